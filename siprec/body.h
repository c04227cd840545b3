/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file body.h
 * The body of a request that offers or tells something: taken apart, or
 * refused if we would have to pretend that it was not there (RFC 3261,
 * 8.2.3).
 */
#ifndef TALLENNE_SIPREC_BODY_H
#define TALLENNE_SIPREC_BODY_H

#include "siprec/parse/message.h"
#include "siprec/parse/multipart.h"

/** What a 415 tells. */
#define BODY_ACCEPTED                                                          \
	"Accept: application/sdp, application/rs-metadata, "                   \
	"application/rs-metadata+xml, multipart/mixed\r\n"                     \
	"Accept-Encoding: identity\r\n"

/**
 * Take a body apart. One without Content-Type is taken for what it looks
 * like; a part of an unknown kind beside one that we know is left alone.
 *
 * @return 0, also if there is no body; -EBADMSG: answer 400; -ENOTSUP:
 *         encoded, or it has a part that must be understood and none that
 *         we understand: answer 415
 */
MUST int body_take(const struct message *request, struct multipart *ret_parts);

#endif
