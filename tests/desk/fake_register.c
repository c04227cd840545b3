/* SPDX-License-Identifier: EUPL-1.2 */
#include "fake_register.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "fake_people.h"
#include "fake_stored.h"
#include "notice/roles.h"
#include "spool/call.h"

enum { CONTACTS = 46, READERS = 3 };

static const struct desk_reader_row readers[READERS] = {
	{ .first_at = 1795430400,
	  .last_at = 1795432200,
	  .seq = 41,
	  .number = 1046,
	  .actor = "Supervisor",
	  .login = "sup",
	  .role = NOTICE_ROLE_SUPERVISOR,
	  .parts = 3,
	  .purpose = "quality",
	  .from_ms = 0,
	  .until_ms = 35139 },
	{ .first_at = 1795344000,
	  .last_at = 1795344000,
	  .seq = 37,
	  .number = 1046,
	  .actor = "Supervisor",
	  .login = "sup2",
	  .role = NOTICE_ROLE_SUPERVISOR,
	  .parts = 1,
	  .purpose = "training",
	  .from_ms = 4000,
	  .until_ms = 12000 },
	{ .first_at = 1795257600,
	  .last_at = 1795257600,
	  .seq = 12,
	  .number = 1045,
	  .actor = "",
	  .role = NOTICE_ROLE_QUALITY,
	  .parts = 1,
	  .purpose = "training",
	  .from_ms = -1,
	  .until_ms = -1 },
};

/* Contact number 1000 + i, i from 1; the newest has sound. */
static void fill_row(int i, uint32_t role, struct desk_contact_row *row)
{
	int64_t at = 1795430000 - (CONTACTS - i) * (int64_t)5400;

	*row = (struct desk_contact_row){
		.number = (uint64_t)(1000 + i),
		.started_at = at,
		.answered_at = at + 12,
		.ended_at = at + 12 + (i == CONTACTS ? 35 : 20 + i * 7),
		.duration_ms =
			i == CONTACTS ? 35139 : (uint64_t)(20 + i * 7) * 1000,
		.state = REGISTER_STATE_ENDED,
		.end_reason = CALL_END_BYE,
		.audio_end = 20270523,
		.contact_end = 20271123,
		.recordings = 1,
		.service_number = "+358295550100",
		.agent = "agent-1",
		.agent_name = "Agent 1",
		.agent_number = "+358295550101",
	};
	memset(&row->contact, i, sizeof(row->contact));
	snprintf(row->caller, sizeof(row->caller), "%s",
		 role == NOTICE_ROLE_SUPERVISOR ? "••• 123" : "");
	if (i == CONTACTS - 1) {
		row->duration_ms = 8662;
		row->ended_at = row->answered_at + 9;
		row->flags = REGISTER_FLAG_WITHHELD;
		row->caller[0] = '\0';
		snprintf(row->agent_name, sizeof(row->agent_name), "Agent 2");
	}
	if (i == CONTACTS - 2)
		row->flags = REGISTER_FLAG_SEGMENTS | REGISTER_FLAG_RECOVERED;
	if (i == CONTACTS - 3)
		row->audio_end = 0, row->recordings = 0;
	if (i == CONTACTS - 4) {
		row->state = REGISTER_STATE_UNANSWERED;
		row->answered_at = 0, row->duration_ms = 0;
		row->audio_end = 0, row->recordings = 0;
		row->end_reason = CALL_END_REFUSED;
	}
	if (i == CONTACTS - 5) {
		row->agent[0] = row->agent_name[0] = '\0';
		row->agent_number[0] = '\0';
	}
	if (i == CONTACTS - 6)
		row->flags = REGISTER_FLAG_END_LOST;
}

static int take_contacts(void *self, int end, const struct letter *head,
			 struct letter_fds *fds)
{
	const struct desk_contacts *ask = (const void *)head;
	struct desk_contact_rows rows = {
		.head = { .type = DESK_CONTACT_ROWS,
			  .size = sizeof(rows),
			  .tag = head->tag },
		.result = DESK_NOT_SIGNED_IN,
	};
	const struct person *person = fake_person_of(ask->token);

	(void)self, (void)fds;
	if (person)
		rows.result = DESK_OK;
	for (int i = CONTACTS; person && i > 0; i--) {
		struct desk_contact_row row;
		int64_t length;

		fill_row(i, person->account->role, &row);
		length = (int64_t)row.duration_ms / 1000;
		if ((ask->before && row.number >= ask->before) ||
		    (ask->from && row.started_at < ask->from) ||
		    (ask->until && row.started_at >= ask->until) ||
		    (ask->min_s && length < ask->min_s) ||
		    (ask->max_s && length > ask->max_s) ||
		    (ask->agent[0] && strcmp(ask->agent, row.agent) != 0) ||
		    (ask->service_number[0] &&
		     strcmp(ask->service_number, row.service_number) != 0) ||
		    (!ask->with_empty && row.duration_ms == 0))
			continue;
		if (rows.count == ask->limit) {
			rows.next = rows.row[rows.count - 1].number;
			break;
		}
		rows.row[rows.count++] = row;
	}
	return line_post(end, &rows.head, NULL, true);
}

static uint64_t size_of(const struct fake *fake, bool is_long, int kind)
{
	static const char *const ends[] = { "ogg", "dat", "json" };
	struct stat about;
	char name[32];

	snprintf(name, sizeof(name), "%s.%s", is_long ? "long" : "short",
		 ends[kind]);
	if (fstatat(fake->fixtures, name, &about, 0) < 0)
		return 0;
	return (uint64_t)about.st_size;
}

static int take_contact(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct desk_about *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	struct fake *fake = self;
	struct desk_contact_whole whole = {
		.head = { .type = DESK_CONTACT_WHOLE,
			  .size = sizeof(whole),
			  .tag = head->tag },
		.result = DESK_NOT_FOUND,
		.policy_id = "prh-asiakaspalvelu",
		.policy_version = "2018-05-25",
		.policy_hash = 0x0a1b2c3d,
	};
	int i = ask->contact.byte[0];

	(void)fds;
	if (!person) {
		whole.result = DESK_NOT_SIGNED_IN;
	} else if (i == 200) {
		whole.result = DESK_GONE;
	} else if (i > 0 && i <= CONTACTS && ask->contact.byte[15] == i) {
		whole.result = DESK_OK;
		fill_row(i, person->account->role, &whole.row);
		whole.recording_count = whole.row.recordings;
		if (i == CONTACTS - 2)
			whole.recording_count = 2;
	}
	for (uint32_t n = 0; n < whole.recording_count; n++) {
		struct desk_recording *each = &whole.recording[n];
		bool is_long = i == CONTACTS && n == 0;

		memset(&each->call, i, sizeof(each->call));
		each->call.byte[0] = (uint8_t)(100 + n);
		each->began_ms = (whole.row.answered_at + 30 * (int)n) * 1000;
		each->duration_ms = is_long ? 35139 : 8662;
		each->end = whole.row.audio_end;
		each->segment = n;
		if (i == CONTACTS - 5)
			each->state = DESK_RESTRICTED;
		for (int kind = 0; kind < 3; kind++)
			each->size[kind] = size_of(fake, is_long, kind);
	}
	return line_post(end, &whole.head, NULL, true);
}

static int take_readers(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct desk_about *ask = (const void *)head;
	struct desk_reader_rows rows = {
		.head = { .type = DESK_READER_ROWS,
			  .size = sizeof(rows),
			  .tag = head->tag },
		.result = fake_person_of(ask->token) ? DESK_OK
						     : DESK_NOT_SIGNED_IN,
	};

	(void)self, (void)fds;
	if (id_is_none(&ask->contact) || ask->contact.byte[0] == CONTACTS)
		for (; rows.count < READERS; rows.count++) {
			rows.row[rows.count] = readers[rows.count];
			memset(&rows.row[rows.count].contact, CONTACTS,
			       sizeof(struct id));
		}
	return line_post(end, &rows.head, NULL, true);
}

/* Like the vault: another process writes, and may be cut off. */
static void write_out(int fixture, int pipe, off_t at, size_t left)
{
	char block[4096];

	while (left > 0) {
		ssize_t got =
			pread(fixture, block,
			      left < sizeof(block) ? left : sizeof(block), at);

		if (got <= 0 || write(pipe, block, (size_t)got) != got)
			break;
		at += got;
		left -= (size_t)got;
	}
	_exit(0);
}

static int take_play(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	static const char *const ends[] = { "ogg", "dat", "json" };
	static uint64_t seq = 41;
	const struct desk_play *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	struct fake *fake = self;
	struct desk_playing playing = {
		.head = { .type = DESK_PLAYING,
			  .size = sizeof(playing),
			  .tag = head->tag },
		.result = DESK_OK,
	};
	bool is_granted = fake_has_purpose(ask->purpose);
	bool is_long = ask->call.byte[1] == CONTACTS;
	char name[32];

	if (!person)
		playing.result = DESK_NOT_SIGNED_IN;
	else if (!is_granted)
		playing.result = DESK_PURPOSE_REQUIRED;
	else if (fake->is_locked)
		playing.result = DESK_LOCKED;
	else if (ask->kind < 1 || ask->kind > SEAL_KIND_CHAT)
		playing.result = DESK_INVALID;
	if (playing.result == DESK_OK && ask->kind == SEAL_KIND_CHAT) {
		playing.total = fake_chat_play(fake, ask, fds->fd[0]);
		playing.seq = ++seq;
	} else if (playing.result == DESK_OK) {
		OWNED(drop_fd) int fixture = -1;

		snprintf(name, sizeof(name), "%s.%s",
			 is_long ? "long" : "short", ends[ask->kind - 1]);
		fixture = openat(fake->fixtures, name, O_RDONLY);
		playing.total = size_of(fake, is_long, (int)ask->kind - 1);
		playing.seq = ++seq;
		if (fork() == 0)
			write_out(fixture, fds->fd[0], (off_t)ask->offset,
				  ask->size ? ask->size : playing.total);
	}
	return line_post(end, &playing.head, NULL, true);
}

static int take_figures(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct fake *fake = self;
	struct desk_figures figures = {
		.head = { .type = DESK_FIGURES_ARE,
			  .size = sizeof(figures),
			  .tag = head->tag },
		.vault_locked = fake->is_locked,
		.contacts = CONTACTS,
		.recordings = 41,
		.open_contacts = 1,
		.rows = 123,
		.objects = 123,
		.audit_entries = 41,
		.chats = 4,
		.open_chats = 1,
		.stored_chats = 3,
		.chat_number_gaps = 2,
		.oldest_audio_end = 20261201,
		.swept_at = time(NULL) - 3000,
	};

	(void)fds;
	memset(figures.audit_root, 0xa7, sizeof(figures.audit_root));
	return line_post(end, &figures.head, NULL, true);
}

/* The roles are those of the real one: notice/roles.c. */
static int take_rules(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct fake *fake = self;
	struct desk_rules rules = {
		.head = { .type = DESK_RULES_ARE,
			  .size = sizeof(rules),
			  .tag = head->tag },
		.policy_hash = fake->policy_hash,
	};

	(void)fds;
	for (uint32_t role = 1; role < NOTICE_ROLES; role++) {
		const struct roles_row *row = roles_find(role);

		rules.role[role] = (struct desk_rights){
			row->contacts, row->readers, row->log,	  row->plays,
			row->figures,  row->answers, row->canned,
		};
	}
	return line_post(end, &rules.head, NULL, true);
}

static int take_words(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	struct desk_words words = {
		.head = { .type = DESK_WORDS,
			  .size = sizeof(words),
			  .tag = head->tag },
		.count = 2,
	};

	(void)self, (void)fds;
	if (head->type == DESK_AGENTS) {
		snprintf(words.word[0].id, sizeof(words.word[0].id), "%s",
			 "agent-1");
		snprintf(words.word[0].text, sizeof(words.word[0].text), "%s",
			 "Agent 1");
		snprintf(words.word[1].id, sizeof(words.word[1].id), "%s",
			 "agent-2");
		snprintf(words.word[1].text, sizeof(words.word[1].text), "%s",
			 "Agent 2");
	} else {
		snprintf(words.word[0].id, sizeof(words.word[0].id), "%s",
			 "+358295550100");
		snprintf(words.word[0].text, sizeof(words.word[0].text), "%s",
			 "Patentit");
		snprintf(words.word[1].id, sizeof(words.word[1].id), "%s",
			 "+358295550110");
		snprintf(words.word[1].text, sizeof(words.word[1].text), "%s",
			 "Kaupparekisteri");
	}
	return line_post(end, &words.head, NULL, true);
}

static int take_oversight(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct desk_ask *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	struct desk_oversight oversight = {
		.head = { .type = DESK_OVERSIGHT_IS,
			  .size = sizeof(oversight),
			  .tag = head->tag },
		.result = DESK_FORBIDDEN,
	};

	(void)self, (void)fds;
	if (person && roles_find(person->account->role)->log == ROLES_ALL) {
		oversight.result = DESK_OK;
		oversight.refused = 7;
		oversight.count = 1;
		oversight.act[0].at = 1795344000;
		oversight.act[0].act = DESK_ACT_RESET;
		oversight.act[0].role = NOTICE_ROLE_SUPERVISOR;
		snprintf(oversight.act[0].login, sizeof(oversight.act[0].login),
			 "sup");
		snprintf(oversight.act[0].actor, sizeof(oversight.act[0].actor),
			 "uid:1000");
	}
	return line_post(end, &oversight.head, NULL, true);
}

static const struct line_rule rules[] = {
	{ DESK_SIGN_IN, sizeof(struct desk_sign_in), fake_take_sign_in },
	{ DESK_ENROL, sizeof(struct desk_enrol), fake_take_enrol },
	{ DESK_WHO, sizeof(struct desk_ask), fake_take_who },
	{ DESK_SIGN_OUT, sizeof(struct desk_ask), fake_take_who },
	{ DESK_CHOOSE, sizeof(struct desk_choose), fake_take_choose },
	{ DESK_CONTACTS, sizeof(struct desk_contacts), take_contacts },
	{ DESK_CONTACT, sizeof(struct desk_about), take_contact },
	{ DESK_READERS, sizeof(struct desk_about), take_readers },
	{ DESK_PLAY, sizeof(struct desk_play), take_play },
	{ DESK_FIGURES, sizeof(struct desk_ask), take_figures },
	{ DESK_AGENTS, sizeof(struct desk_about), take_words },
	{ DESK_SERVICES, sizeof(struct desk_about), take_words },
	{ DESK_RULES, sizeof(struct desk_ask), take_rules },
	{ DESK_OVERSIGHT, sizeof(struct desk_ask), take_oversight },
	{ DESK_CHATS, sizeof(struct desk_chats), fake_take_chats },
	{ DESK_CHAT, sizeof(struct desk_about), fake_take_chat },
	{ DESK_CANNED, sizeof(struct desk_canned_ask), fake_take_canned },
	{ DESK_CANNED_PUT, sizeof(struct desk_canned_put),
	  fake_take_canned_put },
	{ DESK_CANNED_DROP, sizeof(struct desk_canned_ask),
	  fake_take_canned_drop },
	{ DESK_REMARK_ADD, sizeof(struct desk_remark_add),
	  fake_take_remark_add },
	{ DESK_REMARK_DROP, sizeof(struct desk_remark_drop),
	  fake_take_remark_drop },
	{ DESK_PICKS, sizeof(struct desk_picks), fake_take_picks },
	{ DESK_PICK, sizeof(struct desk_pick_ask), fake_take_pick },
	{ DESK_PICK_MAKE, sizeof(struct desk_pick_make), fake_take_pick_make },
	{ DESK_PICK_CHANGE, sizeof(struct desk_pick_change),
	  fake_take_pick_change },
	{ DESK_LEVELS, sizeof(struct desk_levels), fake_take_levels },
	{ DESK_REMARKS, sizeof(struct desk_remarks), fake_take_remarks },
};

int fake_serve(struct fake *fake, int line)
{
	return line_serve(line, rules, COUNT(rules), fake);
}
