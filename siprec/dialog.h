/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file dialog.h
 * What one dialog with a client consists of (RFC 3261, 12).
 *
 * Flat, because it outlives a crash in shared memory. Of the client's
 * headers it keeps only what a request of ours must repeat: Call-ID, tags,
 * remote target and route. From and To URIs are not kept: a dialog is
 * known by its tags, and they may carry a caller's number.
 */
#ifndef TALLENNE_SIPREC_DIALOG_H
#define TALLENNE_SIPREC_DIALOG_H

#include "siprec/flow.h"
#include "siprec/parse/message.h"
#include "siprec/request.h"

enum {
	DIALOG_CALL_ID_SIZE = 256,
	DIALOG_TAG_SIZE = 128,
	DIALOG_TARGET_SIZE = 512,
	DIALOG_ROUTES_SIZE = 1024,
	DIALOG_LOCAL_SIZE = 96,
};

struct dialog {
	char call_id[DIALOG_CALL_ID_SIZE];
	char remote_tag[DIALOG_TAG_SIZE];
	char local_tag[DIALOG_TAG_SIZE];
	char target[DIALOG_TARGET_SIZE];
	char routes[DIALOG_ROUTES_SIZE];
	char local[DIALOG_LOCAL_SIZE]; /**< our address in it, a URI */
	uint64_t client_key;
	uint32_t remote_cseq;
	uint32_t local_cseq;
	uint32_t invite_cseq; /**< of the latest INVITE */
	uint32_t reserved;
	struct flow flow; /**< where its latest request came from */
};

/**
 * Begin a dialog by its INVITE.
 *
 * @param local_tag  our tag
 * @return 0; -ENAMETOOLONG or -EINVAL: answer 400
 */
MUST int dialog_begin(struct dialog *dialog, const struct message *invite,
		      const struct flow *flow, const char *local_tag);

/** Take the remote target of a re-INVITE or UPDATE, if it tells one. */
void dialog_refresh(struct dialog *dialog, const struct message *request,
		    const struct flow *flow);

/** Whether a request belongs to it. */
bool dialog_has(const struct dialog *dialog, const struct message *request);

/** What a request of ours needs; its CSeq is used up. */
struct request_dialog dialog_ask(struct dialog *dialog);

/** Whether all texts end, for dialogs from shared memory. */
bool dialog_is_sane(const struct dialog *dialog);

#endif
