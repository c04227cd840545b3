/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/body.h"

#include <errno.h>

static bool is_encoded(const struct message *request)
{
	for (uint32_t i = 0;; i++) {
		struct slice one =
			message_value(request, MESSAGE_CONTENT_ENCODING, i);

		if (one.size == 0)
			return false;
		if (!slice_is_nocase(one, SLICE("identity")))
			return true;
	}
}

/* Whether the whole of it would have to be left out. */
static bool is_foreign(const struct multipart *parts)
{
	bool must_know = false;

	for (uint32_t i = 0; i < parts->count; i++) {
		if (parts->parts[i].kind != MULTIPART_OTHER)
			return false;
		must_know |= parts->parts[i].is_required;
	}
	return must_know;
}

int body_take(const struct message *request, struct multipart *ret_parts)
{
	int r;

	if (request->body.size > 0 && is_encoded(request))
		return -ENOTSUP;
	r = multipart_parse(message_line(request, MESSAGE_CONTENT_TYPE, 0),
			    request->body, ret_parts);
	if (r < 0)
		return r;
	return is_foreign(ret_parts) ? -ENOTSUP : 0;
}
