/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "desk/asks_parts.h"
#include "notice/civil.h"

#define ENDS(field) (memchr((field), '\0', sizeof(field)) != NULL)

bool asks_remarks_hold(const struct desk_remark_rows *rows)
{
	if (rows->count > DESK_REMARKS_MAX)
		return false;
	for (uint32_t i = 0; i < rows->count; i++)
		if (!ENDS(rows->row[i].author) ||
		    rows->row[i].role >= NOTICE_ROLES)
			return false;
	return true;
}

enum desk_result asks_remarks(struct visit *visit, const struct id *call,
			      const char *purpose, uint64_t skip,
			      struct desk_remark_rows *ret_rows,
			      char ret_texts[][DESK_REMARK_SIZE])
{
	struct desk_remarks question = { .call = *call, .skip = skip };
	enum desk_result result;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return DESK_LATER;
	OWNED(drop_fd) int read_end = ends[0];
	OWNED(drop_fd) int write_end = ends[1];
	const struct letter_fds fds = { { write_end, -1, -1, -1 }, 1 };

	asks_begin(&question.head, DESK_REMARKS, sizeof(question),
		   question.token, visit->token);
	snprintf(question.purpose, sizeof(question.purpose), "%s", purpose);
	result = asks_ask(visit->desk, &question.head, &fds, &ret_rows->head,
			  DESK_REMARK_ROWS, sizeof(*ret_rows));
	if (result != DESK_OK)
		return result;
	if (!asks_remarks_hold(ret_rows))
		return asks_give_up(visit->desk, -EBADMSG);
	if (ret_rows->count > 0 &&
	    asks_read_pipe(read_end, ret_texts[0],
			   ret_rows->count * sizeof(ret_texts[0])) < 0)
		return DESK_LATER;
	for (uint32_t i = 0; i < ret_rows->count; i++)
		ret_texts[i][DESK_REMARK_SIZE - 1] = '\0';
	return DESK_OK;
}

enum desk_result asks_remark_add(struct visit *visit, const struct id *call,
				 const char *purpose, int64_t at_ms,
				 const char *text, struct id *ret_remark)
{
	struct desk_remark_add question = { .call = *call, .at_ms = at_ms };
	struct desk_remarked answer;
	enum desk_result result;
	OWNED(drop_fd) int file = file_of("remark", text, strlen(text));
	const struct letter_fds fds = { { file, -1, -1, -1 }, 1 };

	if (file < 0)
		return DESK_LATER;
	asks_begin(&question.head, DESK_REMARK_ADD, sizeof(question),
		   question.token, visit->token);
	snprintf(question.purpose, sizeof(question.purpose), "%s", purpose);
	result = asks_ask(visit->desk, &question.head, &fds, &answer.head,
			  DESK_REMARKED, sizeof(answer));
	*ret_remark = answer.remark;
	return result;
}

enum desk_result asks_remark_drop(struct visit *visit, const struct id *call,
				  const struct id *remark)
{
	struct desk_remark_drop question = { .call = *call, .remark = *remark };
	struct desk_remarked answer;

	asks_begin(&question.head, DESK_REMARK_DROP, sizeof(question),
		   question.token, visit->token);
	return asks_ask(visit->desk, &question.head, NULL, &answer.head,
			DESK_REMARKED, sizeof(answer));
}

bool asks_levels_hold(const struct desk_levels_are *levels)
{
	if (levels->unit_count > DESK_LEVEL_UNITS ||
	    levels->days > DESK_LEVEL_DAYS || !ENDS(levels->unit) ||
	    (levels->last &&
	     (!civil_is_date(levels->last * 100 + 1) ||
	      !civil_is_date(levels->month * 100 + 1) || levels->days < 28)))
		return false;
	for (uint32_t i = 0; i < levels->unit_count; i++)
		if (!ENDS(levels->row[i].id))
			return false;
	return true;
}

enum desk_result asks_levels(struct visit *visit, struct desk_levels *question,
			     struct desk_levels_are *ret_levels)
{
	enum desk_result result;

	asks_begin(&question->head, DESK_LEVELS, sizeof(*question),
		   question->token, visit->token);
	result = asks_ask(visit->desk, &question->head, NULL, &ret_levels->head,
			  DESK_LEVELS_ARE, sizeof(*ret_levels));
	if (result == DESK_OK && !asks_levels_hold(ret_levels))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}
