/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/pick.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "notice/roles.h"
#include "register/contact.h"
#include "register/entry.h"
#include "register/pick_parts.h"
#include "register/refusal.h"
#include "register/target.h"
#include "register/view.h"

static seal_date today_of(const struct books *books)
{
	return civil_date(policy_zone(books->policy), clock_now(&books->clock));
}

static bool may(const struct books *books, const struct session *session,
		const char *purpose, uint32_t use)
{
	return books->policy && roles_find(session->role)->plays &&
	       policy_grants(books->policy, session->role, purpose,
			     (enum notice_use)use);
}

static json_t *entry_of(const char *event, const struct session *session,
			const struct id *pick, const char *purpose)
{
	char actor[ENTRY_ACTOR_SIZE];

	entry_actor(&session->staff, actor);
	return json_pack("{s:s,s:s,s:s,s:o,s:s}", "event", event, "actor",
			 actor, "role", notice_roles[session->role - 1], "set",
			 entry_id(pick), "purpose", purpose);
}

/* End a transaction that an entry belongs to; takes the entry. */
static enum desk_result finish(struct books *books, int r, json_t *entry)
{
	if (r >= 0)
		r = entry_post(books, entry);
	else
		json_decref(entry);
	if (r >= 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	if (r >= 0)
		return DESK_OK;
	books_recall(books);
	return r == -EINVAL ? DESK_GONE : DESK_LATER;
}

static bool make_is_well(const struct books *books,
			 const struct desk_pick_make *ask)
{
	const seal_date today = today_of(books);
	const struct desk_draw *draw = &ask->draw;

	if (!civil_is_date(ask->end) || ask->end <= today ||
	    ask->end > civil_add_months(today, DESK_PICK_MONTHS))
		return false;
	if (!ask->title[0] || !contact_text_is(ask->title, sizeof(ask->title)))
		return false;
	if (ask->use == NOTICE_CLIP)
		return draw->wanted == 0;
	return draw->wanted >= 1 && draw->wanted <= DESK_PICK_ALL &&
	       draw->from >= 0 && draw->until >= 0 && draw->min_s >= 0 &&
	       draw->max_s >= 0 &&
	       contact_text_is(draw->service_number,
			       sizeof(draw->service_number)) &&
	       contact_text_is(draw->agent, sizeof(draw->agent));
}

/* What was searched for stands in the row and not in the log. */
static void add_draw(json_t *entry, const struct desk_draw *draw,
		     uint32_t count)
{
	char seed[2 * DESK_PICK_SEED + 1];

	(void)sodium_bin2hex(seed, sizeof(seed), draw->seed,
			     sizeof(draw->seed));
	json_object_set_new(entry, "seed", json_string(seed));
	json_object_set_new(entry, "population",
			    json_integer(draw->population));
	json_object_set_new(entry, "count", json_integer(count));
}

static int insert(struct books *books, const struct session *session,
		  const struct desk_pick_make *ask, const struct id *pick,
		  const struct desk_draw *draw)
{
	return db_run(
		books->db,
		"INSERT INTO pick (id, use, purpose, title, staff, role,"
		" made_at, end_date, from_s, until_s, min_s, max_s,"
		" service_number, agent, wanted, population, seed)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
		" $13, $14, $15, $16, $17)",
		db_id(pick), db_number(ask->use), db_text(ask->purpose),
		db_text(ask->title), db_id(&session->staff),
		db_number(session->role), db_number(books_seconds(books)),
		db_number(ask->end), db_number(draw->from),
		db_number(draw->until), db_number(draw->min_s),
		db_number(draw->max_s), db_text(draw->service_number),
		db_text(draw->agent), db_number(draw->wanted),
		db_number(draw->population),
		db_bytes(draw->seed, sizeof(draw->seed)));
}

static int insert_item(struct books *books, const struct id *pick,
		       const struct id *call, int64_t place)
{
	return db_run(books->db,
		      "INSERT INTO pick_item (pick, call, place)"
		      " VALUES ($1, $2, $3)",
		      db_id(pick), db_id(call), db_number(place));
}

static enum desk_result make(struct books *books,
			     const struct desk_pick_make *ask,
			     const struct session *session, struct id *ret_pick)
{
	struct desk_draw draw = ask->draw;
	struct id call[DESK_PICK_ALL];
	uint32_t count = 0;
	json_t *entry;
	int r;

	if (db_ask_number(books->db, 0, "SELECT count(*) FROM pick") >=
	    DESK_PICKS_ALL)
		return DESK_FULL;
	draw.population = 0;
	if (ask->use == NOTICE_SAMPLE) {
		enum desk_result result;

		if (!ask->has_seed)
			randombytes_buf(draw.seed, sizeof(draw.seed));
		result = pick_draw(books, session->team, &draw, call, &count);
		if (result != DESK_OK)
			return result;
	}
	*ret_pick = id_new();
	entry = entry_of("set.made", session, ret_pick, ask->purpose);
	json_object_set_new(
		entry, "type",
		json_string(ask->use == NOTICE_CLIP ? "training" : "sample"));
	json_object_set_new(entry, "until", entry_date(ask->end));
	if (ask->use == NOTICE_SAMPLE)
		add_draw(entry, &draw, count);
	db_begin(books->db);
	r = insert(books, session, ask, ret_pick, &draw);
	for (uint32_t i = 0; r >= 0 && i < count; i++)
		r = insert_item(books, ret_pick, &call[i], i);
	return finish(books, r, entry);
}

void pick_make(struct books *books, const struct desk_pick_make *ask,
	       struct desk_picked *ret_answer)
{
	struct session session = { 0 };
	enum desk_result result = session_find(books, ask->token, &session);

	*ret_answer = (struct desk_picked){
		.head = { .type = DESK_PICKED,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	if (result == DESK_OK && !books->policy)
		result = DESK_LATER;
	if (result == DESK_OK &&
	    (!contact_text_is(ask->purpose, sizeof(ask->purpose)) ||
	     (ask->use != NOTICE_CLIP && ask->use != NOTICE_SAMPLE)))
		result = DESK_INVALID;
	if (result == DESK_OK && !ask->purpose[0])
		result = DESK_PURPOSE_REQUIRED;
	else if (result == DESK_OK &&
		 !may(books, &session, ask->purpose, ask->use))
		result = DESK_FORBIDDEN;
	refusal_note(books, &session, result, "set", NULL);
	if (result == DESK_OK && !make_is_well(books, ask))
		result = DESK_INVALID;
	if (result == DESK_OK)
		result = make(books, ask, &session, &ret_answer->pick);
	ret_answer->result = result;
}

enum desk_result pick_find(struct books *books, const struct session *session,
			   const struct id *pick, struct desk_pick_row *row)
{
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db, PICK_COLUMNS " WHERE pick.id = $1", db_id(pick));

	if (!books->policy || !db_rows_next(&rows))
		return DESK_NOT_FOUND;
	pick_load(books, session, &rows, row);
	return row->end >= today_of(books) &&
			       may(books, session, row->purpose, row->use)
		       ? DESK_OK
		       : DESK_NOT_FOUND;
}

static enum desk_result change_item(struct books *books,
				    const struct desk_pick_change *ask,
				    const struct session *session,
				    const struct desk_pick_row *row)
{
	const bool adds = ask->act == DESK_PICK_ADD;
	const int64_t place = db_ask_number(books->db, 0,
					    "SELECT coalesce(max(place), -1)"
					    " + 1 FROM pick_item"
					    " WHERE pick = $1",
					    db_id(&ask->pick));
	json_t *entry =
		entry_of("set.changed", session, &ask->pick, row->purpose);
	int r;

	json_object_set_new(entry, "type",
			    json_string(adds ? "added" : "removed"));
	json_object_set_new(entry, "recording", entry_id(&ask->call));
	db_begin(books->db);
	if (adds)
		r = insert_item(books, &ask->pick, &ask->call, place);
	else
		r = db_run(books->db,
			   "DELETE FROM pick_item WHERE pick = $1"
			   " AND call = $2",
			   db_id(&ask->pick), db_id(&ask->call));
	if ((adds && r == -EEXIST) || (!adds && r == 0)) {
		db_roll_back(books->db);
		json_decref(entry);
		return adds ? DESK_OK : DESK_NOT_FOUND;
	}
	return finish(books, r, entry);
}

static enum desk_result drop(struct books *books, const struct id *pick,
			     json_t *entry, const char *cause)
{
	json_object_set_new(entry, "cause", json_string(cause));
	db_begin(books->db);
	return finish(books,
		      db_run(books->db, "DELETE FROM pick WHERE id = $1",
			     db_id(pick)),
		      entry);
}

static enum desk_result change(struct books *books,
			       const struct desk_pick_change *ask,
			       struct session *session)
{
	struct desk_pick_row row;
	struct target target = { 0 };
	enum desk_result result = pick_find(books, session, &ask->pick, &row);
	struct target_want want = {
		.token = ask->token,
		.call = ask->call,
		.kind = SEAL_KIND_SOUND,
		.purpose = row.purpose,
		.use = NOTICE_CLIP,
	};

	if (result != DESK_OK || !row.is_own)
		return result == DESK_OK ? DESK_FORBIDDEN : result;
	if (ask->act == DESK_PICK_DROP)
		return drop(
			books, &ask->pick,
			entry_of("set.ended", session, &ask->pick, row.purpose),
			"dropped");
	if (row.use != NOTICE_CLIP ||
	    (ask->act != DESK_PICK_ADD && ask->act != DESK_PICK_REMOVE))
		return DESK_INVALID;
	/* What goes in is what may be heard: the same decision. */
	if (ask->act == DESK_PICK_ADD) {
		result = target_open(books, &want, session, &target);
		/* All of them: a team may see fewer than there are. */
		if (result == DESK_OK &&
		    db_ask_number(books->db, 0,
				  "SELECT count(*) FROM pick_item"
				  " WHERE pick = $1",
				  db_id(&ask->pick)) >= DESK_PICK_ALL)
			result = DESK_FULL;
	}
	return result == DESK_OK ? change_item(books, ask, session, &row)
				 : result;
}

void pick_change(struct books *books, const struct desk_pick_change *ask,
		 struct desk_picked *ret_answer)
{
	struct session session = { 0 };
	enum desk_result result = session_find(books, ask->token, &session);

	*ret_answer = (struct desk_picked){
		.head = { .type = DESK_PICKED,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
		.pick = ask->pick,
	};
	if (result == DESK_OK)
		result = change(books, ask, &session);
	ret_answer->result = result;
}

/* One that ended or was withdrawn; whoever made it does not end it. */
static bool find_ended(struct books *books, struct id *ret_pick,
		       char purpose[32], const char **ret_cause)
{
	const seal_date today = today_of(books);

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db, "SELECT id, purpose, use, end_date FROM pick");
	while (db_rows_next(&rows)) {
		const struct notice_purpose *found;
		uint32_t use = (uint32_t)db_rows_number(&rows, 2);

		db_rows_bytes(&rows, 0, ret_pick, sizeof(*ret_pick));
		db_rows_text(&rows, 1, purpose, 32);
		found = policy_purpose_find(books->policy, purpose);
		*ret_cause = "due";
		if (db_rows_number(&rows, 3) < today)
			return true;
		*ret_cause = "withdrawn";
		if (!found || !(found->uses & use) || !found->roles)
			return true;
	}
	return false;
}

void pick_end(struct books *books)
{
	enum desk_result result = DESK_OK;
	const char *cause;
	char purpose[32];
	struct id pick;

	while (books->policy && result == DESK_OK &&
	       find_ended(books, &pick, purpose, &cause))
		result = drop(books, &pick,
			      json_pack("{s:s,s:s,s:o,s:s}", "event",
					"set.ended", "actor", "svc_register",
					"set", entry_id(&pick), "purpose",
					purpose),
			      cause);
	if (result != DESK_OK)
		log_warn("pick", "a set cannot be ended: no space");
}
