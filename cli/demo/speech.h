/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file speech.h
 * Two people talking, as two WAV files of equal length: who does not speak
 * is silent meanwhile. Spoken by espeak-ng.
 */
#ifndef TALLENNE_CLI_DEMO_SPEECH_H
#define TALLENNE_CLI_DEMO_SPEECH_H

#include "base/base.h"

enum speech_who { SPEECH_CALLER, SPEECH_AGENT, SPEECH_SPEAKERS };

/** One turn. */
struct speech_turn {
	enum speech_who who;
	const char *voice; /**< of espeak-ng: "fi+f2" */
	const char *text;
};

/**
 * Speak a conversation.
 *
 * @param dir    open directory for the files, borrowed
 * @param turns  in order; a short silence follows each
 * @param names  of the files to make, by enum speech_who
 * @return 0, -ENOENT if espeak-ng is not installed, -EBADMSG if it made no
 *         sound we can read, or another negative errno
 */
MUST int speech_make(int dir, const struct speech_turn *turns, size_t count,
		     const char *const names[SPEECH_SPEAKERS]);

#endif
