/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file survey.h
 * First pass over a call: everything that must be known before the first
 * sample can be written: gates, voices, clocks, marks, reasons for holes.
 *
 * Decodes nothing.
 */
#ifndef TALLENNE_FINISH_SURVEY_H
#define TALLENNE_FINISH_SURVEY_H

#include "finish/track.h"
#include "spool/read.h"

enum {
	SURVEY_MARKS_MAX = 1024,
	SURVEY_SPANS_MAX = 4096,
	/** A call is never longer: record times wrap after 119 hours. */
	SURVEY_HOURS_MAX = 119,
};

/** Why a lane is empty for a while. In the order of their precedence. */
enum survey_cause {
	CAUSE_SILENT,  /**< nothing was received, nothing is known to lack */
	CAUSE_LOSS,    /**< packets were sent and never came */
	CAUSE_OVERRUN, /**< packets came and we were too slow */
	CAUSE_DAMAGED, /**< they were in the spool and could not be opened */
	CAUSE_PAUSE,   /**< recording paused */
	CAUSE_HOLD,    /**< call on hold */
	CAUSES
};

/** A stretch of time in which a hole has a known cause. */
struct survey_span {
	nanoseconds from;
	nanoseconds to;
	enum survey_cause cause;
	int track; /**< -1: all */
};

struct survey_mark {
	nanoseconds at;
	uint32_t kind; /**< enum call_mark */
};

struct survey {
	struct tracks tracks;
	nanoseconds answered_at; /**< 0: never */
	nanoseconds ended_at;
	bool is_closed;		    /**< the spool has the call's own end */
	bool is_mixed;		    /**< tracks_assign() */
	bool is_wide;		    /**< any codec heard is wideband */
	nanoseconds first_heard_at; /**< first RTP packet, 0: none */
	nanoseconds last_heard_at;
	uint64_t missing_blocks;
	uint32_t mark_count;
	uint32_t span_count;
	struct survey_mark mark[SURVEY_MARKS_MAX];
	struct survey_span span[SURVEY_SPANS_MAX];
};

/**
 * Read all of a call once.
 *
 * @param reader       positioned anywhere; is rewound
 * @param answered_at  gate, 0: take what the spool says
 * @param ended_at     gate, 0: take what the spool says, or else the last
 *                     packet
 * @param survey       zeroed; survey_done() frees what it holds
 * @return 0 or -ENOMEM
 */
MUST int survey_take(struct survey *survey, struct spool_reader *reader,
		     nanoseconds answered_at, nanoseconds ended_at);

void survey_done(struct survey *survey);

/** Whether something that arrived then is inside the gates (S10, S11). */
bool survey_is_inside(const struct survey *survey, nanoseconds at);

#endif
