/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/errand.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

void errands_init(struct errands *errands)
{
	memset(errands, 0, sizeof(*errands));
	errands->end = -1;
}

static void end_errand(struct errand *errand, int r,
		       const struct letter *answer)
{
	struct errand ended = *errand;

	errand->tag = 0; /* free before "done", which may send the next one */
	ended.done(ended.self, ended.context, r, answer);
}

void errands_drop_line(struct errands *errands)
{
	drop_fd(&errands->end);
	for (int i = 0; i < ERRANDS_MAX; i++)
		if (errands->errand[i].tag)
			end_errand(&errands->errand[i], -EPIPE, NULL);
}

void errands_take_line(struct errands *errands, int end)
{
	errands_drop_line(errands);
	errands->end = end;
}

static uint16_t answer_to(uint16_t type)
{
	switch (type) {
	case VAULT_STATUS:
		return VAULT_STATUS;
	case VAULT_REWRAP:
	case VAULT_REWRAP_TEXT:
		return VAULT_REWRAPPED;
	case VAULT_REMARK_SEAL:
		return VAULT_REMARKED;
	default:
		return VAULT_ANSWER;
	}
}

static size_t size_of(uint16_t answer)
{
	switch (answer) {
	case VAULT_STATUS:
		return sizeof(struct vault_status);
	case VAULT_REWRAPPED:
		return sizeof(struct vault_rewrapped);
	case VAULT_REMARKED:
		return sizeof(struct vault_remarked);
	default:
		return sizeof(struct vault_answer);
	}
}

int errand_send(struct errands *errands, struct letter *letter,
		const struct letter_fds *fds, errand_done_fn *done, void *self,
		const void *context, size_t size)
{
	struct errand *errand = NULL;
	int r;

	assert(size <= ERRAND_CONTEXT_SIZE);
	if (errands->end < 0)
		return -EPIPE;
	for (int i = 0; !errand && i < ERRANDS_MAX; i++)
		if (!errands->errand[i].tag)
			errand = &errands->errand[i];
	if (!errand)
		return -EAGAIN;

	letter->tag = ++errands->last_tag;
	r = line_post(errands->end, letter, fds, false);
	if (r < 0)
		return r;
	*errand = (struct errand){
		.tag = letter->tag,
		.answer = answer_to(letter->type),
		.until = clock_monotonic() + ERRAND_WAIT_MS * NS_PER_MS,
		.done = done,
		.self = self,
	};
	if (size)
		memcpy(errand->context, context, size);
	return 0;
}

static struct errand *find(struct errands *errands, uint64_t tag)
{
	for (int i = 0; tag && i < ERRANDS_MAX; i++)
		if (errands->errand[i].tag == tag)
			return &errands->errand[i];
	return NULL;
}

int errands_hear(struct errands *errands)
{
	union {
		struct letter head;
		struct vault_answer answer;
		struct vault_status status;
		struct vault_rewrapped rewrapped;
		struct vault_remarked remarked;
	} letter;

	while (errands->end >= 0) {
		struct pollfd ready = { .fd = errands->end, .events = POLLIN };
		struct errand *errand;
		int r;

		if (poll(&ready, 1, 0) <= 0)
			return 0;
		r = line_take(errands->end, &letter.head, sizeof(letter), NULL);
		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return r;
		errand = find(errands, letter.head.tag);
		if (!errand)
			continue; /* it came too late */
		if (letter.head.type != errand->answer ||
		    letter.head.size != size_of(letter.head.type))
			return -EBADMSG;
		end_errand(errand, 0, &letter.head);
	}
	return 0;
}

void errands_tick(struct errands *errands)
{
	nanoseconds now = clock_monotonic();

	for (int i = 0; i < ERRANDS_MAX; i++)
		if (errands->errand[i].tag && errands->errand[i].until < now)
			end_errand(&errands->errand[i], -ETIMEDOUT, NULL);
}
