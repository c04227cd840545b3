/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file api_json.h
 * The register's answers as JSON. Names are those of the letters; times are
 * RFC 3339 in UTC, dates ISO 8601, what is not known is null.
 */
#ifndef TALLENNE_DESK_API_JSON_H
#define TALLENNE_DESK_API_JSON_H

#include "desk/visit.h"

/** A key and its value; a comma before it unless it is the first. */
void api_json_name(struct text *out, const char *literal);
void api_json_words(struct text *out, const char *key, const char *value);
void api_json_number(struct text *out, const char *key, uint64_t value);
void api_json_yes(struct text *out, const char *key, bool value);
void api_json_date(struct text *out, const char *key, seal_date date);
void api_json_time(struct text *out, int64_t at);
void api_json_me(struct text *out, const struct desk_session *session);
void api_json_purposes(struct text *out, const struct desk_session *session);
/** A contact; with its recordings if whole is not NULL. */
void api_json_contact(struct text *out, const struct desk_contact_row *row,
		      const struct desk_contact_whole *whole);
void api_json_recordings(struct text *out,
			 const struct desk_contact_whole *whole);
void api_json_readers(struct text *out, const struct desk_reader_rows *rows);
void api_json_figures(struct text *out, const struct desk_figures *figures);

#endif
