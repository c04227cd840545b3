/* SPDX-License-Identifier: EUPL-1.2 */
/* Notes of the fake register, in memory and in clear. */
#include <stdio.h>
#include <string.h>

#include "fake_people.h"
#include "fake_stored.h"

enum { NOTES_MAX = 16 };

static struct note {
	struct id call;
	struct desk_remark_row row;
	char text[DESK_REMARK_SIZE];
} notes[NOTES_MAX];
static size_t note_count;

static int answer(int end, const struct letter *head, int32_t result,
		  const struct id *remark)
{
	struct desk_remarked is = {
		.head = { .type = DESK_REMARKED,
			  .size = sizeof(is),
			  .tag = head->tag },
		.result = result,
	};

	if (remark)
		is.remark = *remark;
	return line_post(end, &is.head, NULL, true);
}

int fake_take_remark_add(void *self, int end, const struct letter *head,
			 struct letter_fds *fds)
{
	const struct desk_remark_add *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	struct note *note = &notes[note_count];

	(void)self;
	if (!person || note_count == NOTES_MAX)
		return answer(end, head,
			      person ? DESK_FULL : DESK_NOT_SIGNED_IN, NULL);
	memset(note, 0, sizeof(*note));
	if (pread(fds->fd[0], note->text, DESK_REMARK_MAX, 0) < 1)
		return answer(end, head, DESK_INVALID, NULL);
	note->call = ask->call;
	note->row = (struct desk_remark_row){
		.remark = id_new(),
		.at_ms = ask->at_ms,
		.made_at = 1795430400,
		.is_own = 1,
		.role = person->account->role,
	};
	snprintf(note->row.author, sizeof(note->row.author), "%s",
		 person->account->name);
	note_count++;
	return answer(end, head, DESK_OK, &note->row.remark);
}

int fake_take_remarks(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct desk_remarks *ask = (const void *)head;
	struct desk_remark_rows rows = {
		.head = { .type = DESK_REMARK_ROWS,
			  .size = sizeof(rows),
			  .tag = head->tag },
		.result = fake_person_of(ask->token) ? DESK_OK
						     : DESK_NOT_SIGNED_IN,
		.seq = 43,
	};

	(void)self;
	for (size_t i = 0; i < note_count; i++) {
		if (!id_is(&notes[i].call, &ask->call) ||
		    rows.total++ < ask->skip || rows.count == DESK_REMARKS_MAX)
			continue;
		rows.row[rows.count++] = notes[i].row;
		if (write(fds->fd[0], notes[i].text, sizeof(notes[i].text)) < 0)
			rows.result = DESK_LATER;
	}
	return line_post(end, &rows.head, NULL, true);
}

/* October of 2026: one number with enough calls, one with too few. */
int fake_take_levels(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct desk_levels *ask = (const void *)head;
	struct desk_levels_are levels = {
		.head = { .type = DESK_LEVELS_ARE,
			  .size = sizeof(levels),
			  .tag = head->tag },
		.result = fake_person_of(ask->token) ? DESK_OK
						     : DESK_NOT_SIGNED_IN,
		.k = 10,
		.month = 202610,
		.first = 202609,
		.last = 202610,
		.channel = ask->channel,
		.days = 31,
	};

	(void)self, (void)fds;
	memcpy(levels.unit, ask->unit, sizeof(levels.unit));
	if (!ask->unit[0]) {
		levels.unit_count = 2;
		snprintf(levels.row[0].id, sizeof(levels.row[0].id), "%s",
			 "+358295550100");
		levels.row[0].is = (struct desk_level){ 1, 214, 1204 };
		snprintf(levels.row[1].id, sizeof(levels.row[1].id), "%s",
			 "+358295550110");
	} else {
		levels.total = (struct desk_level){ 1, 214, 1204 };
		for (uint32_t i = 0; i < DESK_LEVEL_DAYS; i++)
			if (i % 7 != 2 && i % 7 != 3)
				levels.day[i] = (struct desk_level){ 1, 200 + i,
								     50 + i };
		for (uint32_t i = 0; i < DESK_LEVEL_HOURS; i++)
			if (i != 7 && i != 16)
				levels.hour[i] = (struct desk_level){
					1, 210, i > 7 && i < 16 ? 150 : 0
				};
	}
	return line_post(end, &levels.head, NULL, true);
}

int fake_take_remark_drop(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct desk_remark_drop *ask = (const void *)head;

	(void)self, (void)fds;
	for (size_t i = 0; i < note_count; i++)
		if (id_is(&notes[i].row.remark, &ask->remark)) {
			notes[i] = notes[--note_count];
			return answer(end, head, DESK_OK, NULL);
		}
	return answer(end, head, DESK_NOT_FOUND, NULL);
}
