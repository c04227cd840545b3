/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/found.h"

#include <errno.h>
#include <string.h>

enum { INDEX_SIZE = RECOVER_CALLS_MAX * 2 };

static uint32_t *slot_of(const struct found *found, const struct id *call)
{
	uint32_t at;

	memcpy(&at, call->byte, sizeof(at));
	for (at %= INDEX_SIZE;; at = (at + 1) % INDEX_SIZE) {
		uint32_t *slot = &found->index[at];

		if (*slot == 0 || id_is(&found->calls[*slot - 1].call, call))
			return slot;
	}
}

struct found_call *found_find(const struct found *found, const struct id *call)
{
	uint32_t *slot;

	if (!found->index)
		return NULL;
	slot = slot_of(found, call);
	return *slot ? &found->calls[*slot - 1] : NULL;
}

static int make_room(struct found *found)
{
	uint32_t size = found->room_for ? found->room_for * 2 : 64;
	struct found_call *calls;

	if (!found->index)
		found->index = calloc(INDEX_SIZE, sizeof(*found->index));
	if (!found->index)
		return -ENOMEM;
	if (found->count < found->room_for)
		return 0;
	if (found->count == RECOVER_CALLS_MAX)
		return -ENOSPC;
	calls = reallocarray(found->calls, size, sizeof(*calls));
	if (!calls)
		return -ENOMEM;
	found->calls = calls;
	found->room_for = size;
	return 0;
}

int found_make(struct found *found, const struct id *call,
	       struct found_call **ret_call)
{
	uint32_t *slot;
	int r = make_room(found);

	if (r < 0)
		return r;
	slot = slot_of(found, call);
	if (*slot == 0) {
		found->calls[found->count++] =
			(struct found_call){ .call = *call };
		*slot = found->count;
	}
	*ret_call = &found->calls[*slot - 1];
	return 0;
}

void found_forget(struct found *found)
{
	free(found->calls);
	free(found->index);
	*found = (struct found){ .count = 0 };
}
