/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/recover.h"

#include <errno.h>
#include <string.h>

#include "base/counters.h"
#include "base/log.h"
#include "finish/found.h"
#include "seal/format.h"

struct left {
	uint32_t number;
	uint32_t next; /* block to look at */
	bool is_searched;
	bool is_partial; /* more calls than there is room for */
	uint32_t *calls; /* indexes of those in it */
	uint32_t count;
	uint32_t size;
};

struct recover {
	struct loop *loop;
	struct segments *segments;
	struct recover_face face;
	struct left *left[SEGMENTS_MAX];
	size_t left_count;
	struct found found;
	uint32_t asked;	    /* in ASKED_* and FOUND_WORKING */
	nanoseconds newest; /* when a segment was added last */
	bool is_turning;
	bool is_locked;	       /* the vault; then nobody asks it for keys */
	nanoseconds status_at; /* when it was asked how it stands, or 0 */
	struct counter *recovered;
	struct counter *waiting;
	struct counter *headless;
};

int recover_new(struct loop *loop, struct segments *segments,
		const struct recover_face *face, struct recover **ret_recover)
{
	struct recover *recover = calloc(1, sizeof(*recover));

	if (!recover)
		return -ENOMEM;
	recover->loop = loop;
	recover->segments = segments;
	recover->face = *face;
	recover->recovered =
		counter_new(COUNTER_TOTAL, "finish_recovered_total",
			    "Calls finished that a crash had left behind.");
	recover->waiting =
		counter_new(COUNTER_GAUGE, "finish_recovery_waiting",
			    "Calls left behind that wait to be finished.");
	recover->headless = counter_new(
		COUNTER_TOTAL, "finish_unrecoverable_total",
		"Calls left behind whose key is not in the spool any more.");
	*ret_recover = recover;
	return 0;
}

static void forget_all(struct recover *recover)
{
	found_forget(&recover->found);
	recover->asked = 0;
}

void recover_free(struct recover *recover)
{
	if (!recover)
		return;
	for (size_t i = 0; i < recover->left_count; i++) {
		free(recover->left[i]->calls);
		free(recover->left[i]);
	}
	forget_all(recover);
	free(recover);
}

static int note(struct recover *recover, struct left *left,
		const struct spool_head *head, const struct spool_first *first)
{
	struct found_call *found = NULL;
	int r = found_make(&recover->found, &head->call, &found);

	if (r < 0)
		return r;
	if (head->kind == SPOOL_FIRST) {
		found->first = *first;
		found->has_first = true;
	}
	if (found->seen_in == left->number)
		return 0;
	found->seen_in = left->number;
	if (left->count == left->size) {
		uint32_t size = left->size ? left->size * 2 : 64;
		uint32_t *calls =
			reallocarray(left->calls, size, sizeof(*calls));

		if (!calls)
			return -ENOMEM;
		left->calls = calls;
		left->size = size;
	}
	left->calls[left->count++] = (uint32_t)(found - recover->found.calls);
	return 0;
}

/* ---- looking through a segment, a bit at a time ---- */

static void turn(void *self);

static void turn_again(struct recover *recover)
{
	if (!recover->is_turning &&
	    loop_after(recover->loop, 0, turn, recover) >= 0)
		recover->is_turning = true;
}

/* Look at some blocks; true when the segment has no more. */
static bool look(struct recover *recover, struct left *left,
		 const struct spool_segment *segment)
{
	for (int i = 0; i < RECOVER_BLOCKS_AT_ONCE; i++) {
		struct spool_first first = { .number = 0 };
		struct spool_head head;
		int r = spool_look(segment, left->next, &head, &first);

		if (r < 0 && r != -EBADMSG)
			return true;
		/* Then it stays, and is looked through at the next start. */
		if (r == 0 && note(recover, left, &head, &first) < 0)
			left->is_partial = true;
		left->next++;
	}
	return false;
}

static void turn(void *self)
{
	struct recover *recover = self;

	recover->is_turning = false;
	for (size_t i = 0; i < recover->left_count; i++) {
		struct left *left = recover->left[i];
		const struct spool_segment *segment;

		if (left->is_searched)
			continue;
		segment = segments_find(recover->segments, left->number);
		left->is_searched = !segment || look(recover, left, segment);
		if (left->is_searched)
			log_info("spool", "segment %u left behind: %u calls",
				 left->number, left->count);
		turn_again(recover);
		return;
	}
	recover_tick(recover);
}

int recover_add(struct recover *recover, uint32_t segment)
{
	struct left *left;

	for (size_t i = 0; i < recover->left_count; i++)
		if (recover->left[i]->number == segment)
			return 0;
	if (recover->left_count == SEGMENTS_MAX)
		return -ENOSPC;
	left = calloc(1, sizeof(*left));
	if (!left)
		return -ENOMEM;
	left->number = segment;
	left->next = 1;
	recover->left[recover->left_count++] = left;
	recover->newest = clock_monotonic();
	turn_again(recover);
	return 0;
}

/* ---- questions and answers ---- */

static void later(struct found_call *found, enum found_state state, int seconds)
{
	found->state = state;
	found->not_before = clock_monotonic() + seconds * NS_PER_S;
}

static void ask_known(struct recover *recover, struct found_call *found)
{
	struct register_is_known ask = {
		.head = { .type = REGISTER_IS_KNOWN, .size = sizeof(ask) },
		.call = found->call,
	};

	if (recover->face.is_known(recover->face.self, &found->call))
		later(found, FOUND_NEW, 5);
	else if (recover->face.ask_known(recover->face.self, &ask) == 0) {
		found->state = FOUND_ASKED_KNOWN;
		recover->asked++;
	}
}

static void ask_key(struct recover *recover, struct found_call *found)
{
	struct vault_recover ask = {
		.head = { .type = VAULT_RECOVER,
			  .size = sizeof(ask),
			  .tag = (uint64_t)(found - recover->found.calls) },
		.call = found->call,
		.wrapped = found->first.wrapped,
	};

	if (!found->has_first) {
		/* Its first block may be in a segment yet to come. */
		if (clock_monotonic() - recover->newest <
		    RECOVER_HEADLESS_S * NS_PER_S)
			return;
		counter_add(recover->headless, 1);
		log_error("recover", "a call's first block is in no segment");
		found->state = FOUND_DONE;
	} else if (!recover->is_locked &&
		   recover->face.ask_key(recover->face.self, &ask) == 0) {
		found->state = FOUND_ASKED_KEY;
		recover->asked++;
	}
}

void recover_known(struct recover *recover,
		   const struct register_is_known *answer)
{
	struct found_call *found = found_find(&recover->found, &answer->call);

	if (!found || found->state != FOUND_ASKED_KNOWN)
		return;
	recover->asked--;
	found->state = answer->is_known == 1 ? FOUND_DONE : FOUND_UNKNOWN;
	recover_tick(recover);
}

static struct finish_call call_of(const struct found_call *found)
{
	return (struct finish_call){
		.head = { .type = FINISH_CALL,
			  .size = sizeof(struct finish_call) },
		.contact = found->first.contact,
		.call = found->call,
		.number = found->first.number,
		.segment = found->first.segment,
		.end = found->first.wrapped.end,
		.reason = CALL_END_LOST,
	};
}

static void be_asked(struct recover *recover, struct found_call *found, int r)
{
	if (r < 0) {
		later(found, FOUND_UNKNOWN, RECOVER_AGAIN_S);
		return;
	}
	found->state = FOUND_WORKING;
	recover->asked++;
}

static void work(struct recover *recover, struct found_call *found,
		 const uint8_t key[SEAL_KEY_SIZE])
{
	struct finish_call call = call_of(found);

	memcpy(call.key, key, sizeof(call.key));
	be_asked(recover, found, recover->face.work(recover->face.self, &call));
	explicit_bzero(&call, sizeof(call));
}

/*
 * The key of the call is beyond repair, and so is the call. The register
 * hears so, that nobody waits for it: if the head, which stands there in
 * clear and may be what is damaged, still names a contact at all.
 */
static void give_up(struct recover *recover, struct found_call *found)
{
	struct finish_call call = call_of(found);

	if (!found->is_given_up) {
		counter_add(recover->headless, 1);
		log_error("recover", "the vault cannot open a call's key");
	}
	found->is_given_up = true;
	if (id_is_none(&call.contact) || call.number == 0 ||
	    call.number > INT64_MAX ||
	    call.end.data_class != SEAL_CLASS_AUDIO ||
	    !seal_date_is(call.end.date)) {
		found->state = FOUND_DONE;
		return;
	}
	be_asked(recover, found,
		 recover->face.give_up(recover->face.self, &call));
}

void recover_key(struct recover *recover, const struct vault_recovered *answer)
{
	struct found_call *found;

	if (answer->head.tag >= recover->found.count)
		return;
	found = &recover->found.calls[answer->head.tag];
	if (found->state != FOUND_ASKED_KEY)
		return;
	recover->asked--;
	switch (answer->result) {
	case 0:
		work(recover, found, answer->key);
		break;
	case -EKEYREVOKED:
		/* Its end date has come: it must not be any more. */
		found->state = FOUND_DONE;
		break;
	case -EBADMSG:
		give_up(recover, found);
		break;
	case -ENOKEY:
		if (!recover->is_locked)
			log_warn(
				"recover",
				"calls wait in the spool: the vault is locked");
		recover->is_locked = true;
		found->state = FOUND_UNKNOWN;
		break;
	default:
		later(found, FOUND_UNKNOWN, RECOVER_AGAIN_S);
		break;
	}
}

void recover_status(struct recover *recover, const struct vault_status *answer)
{
	if (!recover->is_locked || answer->is_locked)
		return;
	log_info("recover", "the vault is open again");
	recover->is_locked = false;
	recover_tick(recover);
}

static void ask_status(struct recover *recover, nanoseconds now)
{
	if (recover->status_at != 0 &&
	    now - recover->status_at < RECOVER_STATUS_S * NS_PER_S)
		return;
	if (recover->face.ask_status(recover->face.self) == 0)
		recover->status_at = now;
}

void recover_over(struct recover *recover, const struct id *call, int result)
{
	struct found_call *found = found_find(&recover->found, call);

	if (!found || found->state != FOUND_WORKING)
		return;
	recover->asked--;
	if (result == -EAGAIN) {
		later(found, FOUND_NEW, RECOVER_AGAIN_S);
		return;
	}
	if (!found->is_given_up)
		counter_add(recover->recovered, 1);
	found->state = FOUND_DONE;
}

void recover_ask_again(struct recover *recover)
{
	recover->status_at = 0;
	for (uint32_t i = 0; i < recover->found.count; i++) {
		struct found_call *found = &recover->found.calls[i];

		if (found->state == FOUND_ASKED_KNOWN)
			found->state = FOUND_NEW;
		else if (found->state == FOUND_ASKED_KEY)
			found->state = FOUND_UNKNOWN;
		else
			continue;
		recover->asked--;
	}
}

static bool is_empty(const struct recover *recover, const struct left *left)
{
	if (!left->is_searched || left->is_partial)
		return false;
	for (uint32_t i = 0; i < left->count; i++)
		if (recover->found.calls[left->calls[i]].state != FOUND_DONE)
			return false;
	return true;
}

static void let_go(struct recover *recover)
{
	for (size_t i = recover->left_count; i-- > 0;) {
		struct left *left = recover->left[i];
		uint32_t number = left->number;

		if (!is_empty(recover, left))
			continue;
		free(left->calls);
		free(left);
		recover->left[i] = recover->left[--recover->left_count];
		segments_drop(recover->segments, number);
		recover->face.empty(recover->face.self, number);
	}
	if (recover->left_count == 0)
		forget_all(recover);
}

void recover_tick(struct recover *recover)
{
	nanoseconds now = clock_monotonic();
	uint64_t waiting = 0;

	for (size_t i = 0; i < recover->left_count; i++)
		if (!recover->left[i]->is_searched) {
			turn_again(recover);
			return;
		}
	for (uint32_t i = 0; i < recover->found.count; i++) {
		struct found_call *found = &recover->found.calls[i];

		waiting += found->state != FOUND_DONE;
		if (now < found->not_before ||
		    recover->asked >= RECOVER_ASKED_MAX)
			continue;
		if (found->state == FOUND_NEW)
			ask_known(recover, found);
		else if (found->state == FOUND_UNKNOWN)
			ask_key(recover, found);
	}
	if (recover->is_locked && waiting > 0)
		ask_status(recover, now);
	counter_set(recover->waiting, waiting);
	let_go(recover);
}
