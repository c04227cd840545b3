/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/counts.h"

#include "base/counters.h"

struct row {
	enum counter_kind kind;
	size_t at; /* offset of its uint64_t */
	const char *name;
	const char *help;
};

#define TOTAL(field, name, help)                                               \
	{                                                                      \
		COUNTER_TOTAL, offsetof(struct counts, field), name, help      \
	}
#define DROPPED(reason, word, help)                                            \
	{                                                                      \
		COUNTER_TOTAL,                                                 \
			offsetof(struct counts, dropped) +                     \
				(reason) * sizeof(uint64_t),                   \
			"media_dropped_" word "_total", help                   \
	}

static const struct row totals[] = {
	TOTAL(packets, "media_packets_total", "Datagrams that arrived."),
	TOTAL(bytes, "media_bytes_total", "Bytes of datagrams that arrived."),
	TOTAL(kept, "media_recorded_packets_total", "RTP packets recorded."),
	TOTAL(reports, "media_reports_total", "RTCP sender reports recorded."),
	TOTAL(lost, "media_lost_packets_total",
	      "RTP packets that never came, of ended calls."),
	TOTAL(calls, "media_calls_total", "Calls opened."),
	TOTAL(refused, "media_refused_calls_total",
	      "Calls refused for want of ports, room or keys."),
	TOTAL(refused_full, "media_refused_spool_full_total",
	      "Calls refused because the spool was full."),
	TOTAL(adopted, "media_adopted_calls_total",
	      "Calls that went on while siprec was started anew."),
	DROPPED(DROP_PORT, "port", "Datagrams to a port without a call."),
	DROPPED(DROP_LONG, "long", "Datagrams too long to be RTP."),
	DROPPED(DROP_SOURCE, "forged",
		"Datagrams from elsewhere than the session says."),
	DROPPED(DROP_FORM, "form", "Datagrams that are no RTP."),
	DROPPED(DROP_TAG, "tag", "SRTP packets with a wrong tag."),
	DROPPED(DROP_PAUSED, "paused", "Packets of streams on hold."),
	DROPPED(DROP_EVENT, "event", "Telephone events, never stored."),
	DROPPED(DROP_PAYLOAD, "payload",
		"Packets of a payload type the session does not name."),
	DROPPED(DROP_DUPLICATE, "duplicate", "Packets that came twice."),
	DROPPED(DROP_REPLAY, "replay", "Packets far out of sequence."),
	DROPPED(DROP_INTRUDER, "intruder",
		"Packets of a second source beside the live one."),
	DROPPED(DROP_BEFORE, "before", "Packets from before the answer."),
	DROPPED(DROP_AFTER, "after", "Packets from after the end."),
	DROPPED(DROP_OVERRUN, "overrun",
		"Packets lost because the spool was too slow."),
};

#define GAUGE(kind, field, name, help)                                         \
	{                                                                      \
		kind, offsetof(struct counts_gauges, field), name, help        \
	}

static const struct row gauges_rows[] = {
	GAUGE(COUNTER_GAUGE, calls_active, "media_calls_active",
	      "Calls being received now."),
	GAUGE(COUNTER_GAUGE, calls_waiting, "media_calls_to_finish",
	      "Ended calls that finish has not done yet."),
	GAUGE(COUNTER_TOTAL, blocks, "media_spool_blocks_total",
	      "Blocks of 4096 bytes made durable."),
	GAUGE(COUNTER_TOTAL, syncs, "media_spool_syncs_total",
	      "Batches written and synced."),
	GAUGE(COUNTER_TOTAL, failures, "media_spool_failures_total",
	      "Writes or syncs of the spool that failed."),
	GAUGE(COUNTER_GAUGE, is_full, "media_spool_full",
	      "1 while new calls are refused because the spool is full."),
	GAUGE(COUNTER_GAUGE, blocks_waiting, "media_spool_waiting_blocks",
	      "Blocks in memory that are not durable yet."),
	GAUGE(COUNTER_GAUGE, lag_ms, "media_spool_lag_milliseconds",
	      "Age of the oldest block that is not durable yet."),
	GAUGE(COUNTER_GAUGE, sync_longest_ms,
	      "media_spool_longest_sync_milliseconds",
	      "Longest batch since the process began."),
	GAUGE(COUNTER_TOTAL, kernel_drops, "media_kernel_drops_total",
	      "Datagrams for which a socket had no room."),
};

enum { TOTALS = COUNT(totals), GAUGES = COUNT(gauges_rows) };

static struct counter *counters[TOTALS + GAUGES];
/* What was shown last: a page outlives its process and only grows. */
static uint64_t shown[TOTALS + GAUGES];

void counts_open(void)
{
	for (size_t i = 0; i < TOTALS; i++)
		counters[i] = counter_new(totals[i].kind, totals[i].name,
					  totals[i].help);
	for (size_t i = 0; i < GAUGES; i++)
		counters[TOTALS + i] =
			counter_new(gauges_rows[i].kind, gauges_rows[i].name,
				    gauges_rows[i].help);
}

static void show(size_t index, const struct row *row, const void *figures)
{
	uint64_t value = *(const uint64_t *)((const char *)figures + row->at);

	if (row->kind == COUNTER_GAUGE)
		counter_set(counters[index], value);
	else
		counter_add(counters[index], value - shown[index]);
	shown[index] = value;
}

void counts_show(const struct counts *counts,
		 const struct counts_gauges *gauges)
{
	if (!counters[0])
		return;
	for (size_t i = 0; i < TOTALS; i++)
		show(i, &totals[i], counts);
	for (size_t i = 0; i < GAUGES; i++)
		show(TOTALS + i, &gauges_rows[i], gauges);
}
