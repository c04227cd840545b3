/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file files.h
 * Scripts, styles and pictures of the public pages, read once before the
 * jail closes. Each has an address that names the version and a hash of
 * its content: what is there never changes, and may be kept for ever.
 */
#ifndef TALLENNE_COUNTER_FILES_H
#define TALLENNE_COUNTER_FILES_H

#include "counter/visit.h"

enum file_id {
	FILE_STYLE,
	FILE_PAGES,
	FILE_NOTICE,
	FILE_MARK,
	FILE_WIDGET,
	FILE_SITE,
	FILES
};

/** Read them all; 0, or -errno if one is missing. */
MUST int files_read(struct lobby *lobby);
void files_free(struct lobby *lobby);

/** Its address on this server. */
const char *files_path(const struct files *files, enum file_id id);
/** "sha384-...", as a page names it (W3C Subresource Integrity). */
const char *files_integrity(const struct files *files, enum file_id id);

#endif
