/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/dialog.h"

#include <errno.h>
#include <string.h>

#include "siprec/parse/uri.h"

/* A target is written into a start line: nothing in it may end that. */
static bool is_writable(struct slice uri)
{
	for (size_t i = 0; i < uri.size; i++)
		if ((unsigned char)uri.at[i] <= ' ' || uri.at[i] == '<' ||
		    uri.at[i] == '>')
			return false;
	return uri.size > 0;
}

static int take_target(struct dialog *dialog, const struct message *request)
{
	struct slice contact = message_value(request, MESSAGE_CONTACT, 0);
	struct name_addr address;
	char target[DIALOG_TARGET_SIZE];
	int r;

	if (contact.size == 0)
		return -ENOENT;
	r = name_addr_parse(contact, &address);
	if (r < 0)
		return r;
	if (!is_writable(address.text))
		return -EINVAL;
	r = slice_text(address.text, target, sizeof(target));
	if (r < 0)
		return r;
	memcpy(dialog->target, target, sizeof(target));
	return 0;
}

static int take_routes(struct dialog *dialog, const struct message *invite)
{
	size_t size = 0;

	for (uint32_t i = 0;; i++) {
		struct slice route =
			message_value(invite, MESSAGE_RECORD_ROUTE, i);
		size_t left = sizeof(dialog->routes) - size;
		int r;

		if (route.size == 0)
			return 0;
		if (i > 0) {
			if (left < 3)
				return -ENAMETOOLONG;
			memcpy(dialog->routes + size, ", ", 3);
			size += 2;
			left -= 2;
		}
		r = slice_text(route, dialog->routes + size, left);
		if (r < 0)
			return r;
		if (strpbrk(dialog->routes + size, "\r\n"))
			return -EINVAL;
		size += route.size;
	}
}

int dialog_begin(struct dialog *dialog, const struct message *invite,
		 const struct flow *flow, const char *local_tag)
{
	int r;

	memset(dialog, 0, sizeof(*dialog));
	dialog->flow = *flow;
	dialog->remote_cseq = invite->cseq;
	dialog->invite_cseq = invite->cseq;
	r = slice_text(invite->call_id, dialog->call_id,
		       sizeof(dialog->call_id));
	if (r == 0)
		r = slice_text(invite->from_tag, dialog->remote_tag,
			       sizeof(dialog->remote_tag));
	if (r == 0)
		r = slice_text(slice_of(local_tag), dialog->local_tag,
			       sizeof(dialog->local_tag));
	if (r == 0)
		r = take_routes(dialog, invite);
	if (r == 0)
		r = take_target(dialog, invite);
	return r;
}

void dialog_refresh(struct dialog *dialog, const struct message *request,
		    const struct flow *flow)
{
	dialog->flow = *flow;
	/* A Contact that cannot be used leaves the old target. */
	if (request->method == MESSAGE_INVITE ||
	    request->method == MESSAGE_UPDATE)
		(void)!take_target(dialog, request);
}

bool dialog_has(const struct dialog *dialog, const struct message *request)
{
	return slice_is(request->call_id, slice_of(dialog->call_id)) &&
	       slice_is(request->from_tag, slice_of(dialog->remote_tag)) &&
	       slice_is(request->to_tag, slice_of(dialog->local_tag));
}

struct request_dialog dialog_ask(struct dialog *dialog)
{
	dialog->local_cseq++;
	return (struct request_dialog){
		.call_id = dialog->call_id,
		.local_tag = dialog->local_tag,
		.remote_tag = dialog->remote_tag,
		.target = dialog->target,
		.routes = dialog->routes,
		.local = dialog->local,
		.cseq = dialog->local_cseq,
		.flow = dialog->flow,
	};
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

bool dialog_is_sane(const struct dialog *dialog)
{
	return ends(dialog->call_id, sizeof(dialog->call_id)) &&
	       ends(dialog->remote_tag, sizeof(dialog->remote_tag)) &&
	       ends(dialog->local_tag, sizeof(dialog->local_tag)) &&
	       ends(dialog->target, sizeof(dialog->target)) &&
	       ends(dialog->routes, sizeof(dialog->routes)) &&
	       ends(dialog->local, sizeof(dialog->local));
}
