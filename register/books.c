/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/books.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "notice/signed.h"
#include "register/contact.h"
#include "register/entry.h"
#include "register/log_end.h"
#include "register/schema.h"
#include "register/tally.h"

enum { AGENTS_MAX = 4096, HOUR_S = 3600, MINUTE_S = 60 };

/* The key exists once, durably, before anything is sealed with it. */
static int make_key(int dir, uint8_t *key)
{
	int r;

	(void)unlinkat(dir, "staff.key.new", 0);
	OWNED(drop_fd)
	int fd = openat(dir, "staff.key.new",
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	randombytes_buf(key, BOOKS_KEY_SIZE);
	r = file_write_at(fd, key, BOOKS_KEY_SIZE, 0);
	if (r < 0)
		return r;
	if (fsync(fd) < 0 ||
	    renameat(dir, "staff.key.new", dir, "staff.key") < 0 ||
	    fsync(dir) < 0)
		return -errno;
	return 0;
}

static int open_key(struct books *books, int dir)
{
	books->key = sodium_malloc(BOOKS_KEY_SIZE);
	if (!books->key)
		return -ENOMEM;
	OWNED(drop_fd) int fd = openat(dir, "staff.key", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? make_key(dir, books->key) : -errno;
	return file_read_at(fd, books->key, BOOKS_KEY_SIZE, 0);
}

static int open_store(struct books *books, int dir)
{
	if (mkdirat(dir, "objects", 0700) < 0 && errno != EEXIST)
		return -errno;
	OWNED(drop_fd)
	int objects =
		openat(dir, "objects", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (objects < 0)
		return -errno;
	return store_open(objects, &books->store);
}

/* Only ever forward: a number used once in this process is not used again. */
static void recall_outbox(struct books *books)
{
	int64_t next =
		1 + db_ask_number(books->db, 0, "SELECT max(seq) FROM outbox");
	int64_t sent = db_ask_number(
		books->db, next - 1,
		"SELECT seq - 1 FROM outbox ORDER BY seq LIMIT 1");

	if (next > books->outbox_next)
		books->outbox_next = next;
	if (sent > books->outbox_sent)
		books->outbox_sent = books->outbox_cleared = sent;
}

/* Highest number of a channel, and how many there are, dead ones too. */
static void recall_series(struct books *books, uint32_t channel, uint32_t tomb,
			  uint64_t *ret_highest, uint64_t *ret_known)
{
	*ret_highest = (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT max(n) FROM (SELECT max(number) AS n FROM contact"
		" WHERE channel = $1 UNION ALL SELECT max(number)"
		" FROM tombstone WHERE kind = $2) AS numbers",
		db_number(channel), db_number(tomb));
	*ret_known = (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT (SELECT count(*) FROM contact WHERE channel = $1) +"
		" (SELECT count(*) FROM tombstone WHERE kind = $2)",
		db_number(channel), db_number(tomb));
}

/* What is counted on in memory is read from the tables once. */
void books_recall(struct books *books)
{
	struct db *db = books->db;

	recall_series(books, REGISTER_CHANNEL_CALL, CONTACT_TOMB,
		      &books->highest, &books->known);
	recall_series(books, REGISTER_CHANNEL_CHAT, CONTACT_TOMB_CHAT,
		      &books->chat_highest, &books->chat_known);
	recall_outbox(books);
	books->reader_next =
		1 + db_ask_number(db, 0, "SELECT max(id) FROM reader");
	books->swept_at = db_ask_number(db, 0, "SELECT max(at) FROM sweep");
	counter_set(tally.number_gaps, books_gaps(books));
	counter_set(tally.chat_number_gaps, books_chat_gaps(books));
}

int books_open(int dir, db_broken_fn *broken, struct books **ret_books)
{
	OWNED(books_drop) struct books *books = calloc(1, sizeof(*books));
	int r;

	if (!books)
		return -ENOMEM;
	errands_init(&books->errands);
	books->choice = (struct books_choice){
		.session_s = 8 * HOUR_S,
		.idle_s = 30 * MINUTE_S,
		.once_s = 30 * MINUTE_S,
		.grant_months = 12,
	};
	books->vault_locked = true;
	r = open_key(books, dir);
	if (r == 0)
		r = db_open(dir, "register.db", broken, &books->db);
	if (r == 0)
		r = schema_update(books->db);
	if (r == 0)
		r = open_store(books, dir);
	if (r < 0)
		return r;
	books_recall(books);
	*ret_books = books;
	books = NULL;
	return 0;
}

void books_close(struct books *books)
{
	if (!books)
		return;
	/* Whoever waits for an answer is gone already: tell nobody. */
	memset(books->errands.errand, 0, sizeof(books->errands.errand));
	errands_drop_line(&books->errands);
	db_close(books->db);
	store_close(books->store);
	policy_free(books->policy);
	sodium_free(books->key);
	free(books);
}

void books_drop(struct books **books)
{
	books_close(*books);
	*books = NULL;
}

/*
 * The roster is copied: a contact of last year still knows its agent, who
 * may have left since and then serves no more.
 */
static int take_agents(struct books *books, const struct settings *settings)
{
	int r = db_run(books->db, "UPDATE agent SET serves = 0");

	for (int i = 0; r >= 0 && i < AGENTS_MAX; i++) {
		const char *id = setting(settings, "agents.%d.id", i);
		const char *name = setting(settings, "agents.%d.name", i);
		const char *number = setting(settings, "agents.%d.number", i);
		const char *team = setting(settings, "agents.%d.team", i);

		if (!id)
			break;
		r = db_run(books->db,
			   "INSERT INTO agent (id, name, number, team)"
			   " VALUES ($1, $2, $3, $4) ON CONFLICT (id)"
			   " DO UPDATE SET name = $2, number = $3, team = $4,"
			   " serves = 1",
			   db_text(id), db_text(name ? name : ""),
			   db_text(number ? number : ""),
			   db_text(team ? team : ""));
	}
	return r < 0 ? r : 0;
}

int books_set(struct books *books, const struct settings *settings)
{
	struct books_choice *choice = &books->choice;
	const char *test = setting(settings, "test_number");
	int r;

	choice->direct_codes = setting_is(settings, false, "direct_codes");
	choice->reader_names = setting_is(settings, false, "reader_names");
	choice->session_s =
		setting_number(settings, 8, "session_hours") * HOUR_S;
	choice->idle_s =
		setting_number(settings, 30, "idle_minutes") * MINUTE_S;
	choice->once_s =
		setting_number(settings, 30, "once_minutes") * MINUTE_S;
	choice->grant_months = setting_number(settings, 12, "grant_months");
	choice->reads_a_day = setting_number(settings, 100, "reads_per_day");
	books->clock.ahead =
		setting_number(settings, 0, "clock_ahead_s") * NS_PER_S;
	if (!test || slice_text(slice_of(test), choice->test_number,
				sizeof(choice->test_number)) < 0)
		choice->test_number[0] = '\0';

	db_begin(books->db);
	r = take_agents(books, settings);
	if (r < 0) {
		db_roll_back(books->db);
		return r;
	}
	return db_commit(books->db);
}

/* Whether another text went by the same name before. */
static bool is_ambiguous(struct books *books, const struct policy *policy)
{
	return db_ask_number(books->db, 0,
			     "SELECT count(*) FROM policy_version"
			     " WHERE id = $1 AND version = $2 AND hash <> $3",
			     db_text(policy_id(policy)),
			     db_text(policy_version(policy)),
			     db_number(policy_hash(policy))) > 0;
}

/* The names of the keys are words of offices, not of persons. */
static json_t *signers(const struct policy *policy, struct slice note)
{
	uint32_t signed_by = policy_signed_by(policy, policy, note);
	json_t *list = json_array();

	for (size_t i = 0; i < policy_signer_count(policy); i++)
		if (signed_by & 1U << i)
			json_array_append_new(
				list, json_string(policy_signer(policy, i)));
	return list;
}

static int note_policy(struct books *books, const struct policy *policy,
		       struct slice note)
{
	json_t *entry = json_pack(
		"{s:s,s:s,s:s,s:s,s:I,s:s,s:o}", "event", "policy.activated",
		"actor", "svc_register", "id", policy_id(policy), "version",
		policy_version(policy), "policy",
		(json_int_t)policy_hash(policy), "sha256",
		policy_sha256(policy), "signed_by", signers(policy, note));

	if (policy_supersedes(policy)[0])
		json_object_set_new(entry, "supersedes",
				    json_string(policy_supersedes(policy)));

	if (is_ambiguous(books, policy)) {
		json_object_set_new(entry, "same_version", json_true());
		log_warn("policy",
			 "its text is another, but id and version are those of "
			 "a policy before it: give it a version of its own "
			 "(SHA-256 now %.8s)",
			 policy_sha256(policy));
	}
	return entry_post(books, entry);
}

int books_take_policy(struct books *books, struct policy *policy,
		      struct slice note)
{
	int64_t hash = policy_hash(policy);
	int r;

	policy_free(books->policy);
	books->policy = policy;
	if (books_mark(books, "policy", -1) == hash)
		return 0; /* it went on, whatever was started anew */
	db_begin(books->db);
	r = db_run(books->db,
		   "INSERT INTO policy_version (hash, id, version, since)"
		   " VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING",
		   db_number(hash), db_text(policy_id(policy)),
		   db_text(policy_version(policy)),
		   db_number(books_seconds(books)));
	if (r >= 0)
		r = note_policy(books, policy, note);
	if (r >= 0)
		r = log_end_promise(books);
	if (r >= 0)
		r = books_keep_mark(books, "policy", hash);
	if (r < 0) {
		db_roll_back(books->db);
		return r;
	}
	return db_commit(books->db);
}

uint64_t books_gaps(const struct books *books)
{
	return books->highest - books->known;
}

uint64_t books_chat_gaps(const struct books *books)
{
	return books->chat_highest - books->chat_known;
}

int64_t books_mark(struct books *books, const char *name, int64_t otherwise)
{
	return db_ask_number(books->db, otherwise,
			     "SELECT value FROM mark WHERE name = $1",
			     db_text(name));
}

int books_keep_mark(struct books *books, const char *name, int64_t value)
{
	int r = db_run(books->db,
		       "INSERT INTO mark (name, value) VALUES ($1, $2)"
		       " ON CONFLICT (name) DO UPDATE SET value = $2",
		       db_text(name), db_number(value));

	return r < 0 ? r : 0;
}
