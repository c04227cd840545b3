/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file tally.h
 * Everything this room counts. Each row: field, kind, name, help.
 */
#ifndef TALLENNE_SIPREC_TALLY_H
#define TALLENNE_SIPREC_TALLY_H

#include "base/counters.h"

#define TALLY_ROWS(ROW)                                                        \
	ROW(messages, TOTAL, "sip_messages_total",                             \
	    "SIP messages taken from configured clients.")                     \
	ROW(bad_messages, TOTAL, "sip_bad_messages_total",                     \
	    "Messages that were none, or malformed.")                          \
	ROW(strangers, TOTAL, "sip_strangers_total",                           \
	    "Datagrams and connections of no configured client.")              \
	ROW(handshakes_failed, TOTAL, "sip_tls_failures_total",                \
	    "TLS handshakes that failed or showed an unknown certificate.")    \
	ROW(retransmissions_in, TOTAL, "sip_retransmissions_in_total",         \
	    "Requests that came again and were answered from memory.")         \
	ROW(retransmissions_out, TOTAL, "sip_retransmissions_out_total",       \
	    "Answers and requests of ours sent again.")                        \
	ROW(quota, TOTAL, "sip_quota_total",                                   \
	    "Requests refused because a client exceeded its quota.")           \
	ROW(share, TOTAL, "sip_share_total",                                   \
	    "Requests refused because a client's share of places is full.")    \
	ROW(reserved, TOTAL, "sip_reserved_total",                             \
	    "Ends of sessions that took a place held free for them.")          \
	ROW(unplaced, TOTAL, "sip_unplaced_total",                             \
	    "Ends of sessions that were taken without a place.")               \
	ROW(stateless, TOTAL, "sip_stateless_total",                           \
	    "Requests that change nothing, answered without a place.")         \
	ROW(slow, TOTAL, "sip_connections_cut_total",                          \
	    "Connections cut: too slow, too many, or not SIP.")                \
	ROW(unsent, TOTAL, "sip_unsent_total",                                 \
	    "Messages that could not be sent.")                                \
	ROW(connections, GAUGE, "sip_connections",                             \
	    "TCP and TLS connections open now.")                               \
	ROW(sessions, GAUGE, "sip_sessions", "Recording sessions now.")        \
	ROW(contacts, GAUGE, "calls", "Calls being followed now.")             \
	ROW(calls_begun, TOTAL, "calls_begun_total",                           \
	    "Calls that got a register number.")                               \
	ROW(calls_answered, TOTAL, "calls_answered_total",                     \
	    "Calls whose answer was seen; their sound is kept.")               \
	ROW(calls_unanswered, TOTAL, "calls_unanswered_total",                 \
	    "Calls that ended without an answer; nothing was kept.")           \
	ROW(calls_silent, TOTAL, "calls_silent_total",                         \
	    "Answered calls of which no sound came: there is no recording.")   \
	ROW(ends_bye, TOTAL, "calls_ended_bye_total",                          \
	    "Calls ended by the end-of-call signal.")                          \
	ROW(ends_silence, TOTAL, "calls_ended_silence_total",                  \
	    "Calls ended by time-out because the signal was lost.")            \
	ROW(ends_expired, TOTAL, "calls_ended_expired_total",                  \
	    "Calls ended because their session timer ran out.")                \
	ROW(ends_lost, TOTAL, "calls_ended_lost_total",                        \
	    "Calls ended because a room or client was lost.")                  \
	ROW(ends_other, TOTAL, "calls_ended_other_total",                      \
	    "Calls ended by a limit or a rule of the policy.")                 \
	ROW(not_listed, TOTAL, "calls_refused_not_listed_total",               \
	    "Calls not recorded: number is no configured service number.")     \
	ROW(no_number, TOTAL, "calls_refused_no_number_total",                 \
	    "Calls not recorded: their client told no service number.")        \
	ROW(excluded, TOTAL, "calls_refused_excluded_total",                   \
	    "Calls not recorded: number is excluded.")                         \
	ROW(direction, TOTAL, "calls_refused_direction_total",                 \
	    "Calls not recorded: not inbound.")                                \
	ROW(not_sampled, TOTAL, "calls_refused_sample_total",                  \
	    "Calls not recorded: outside the sample.")                         \
	ROW(not_scheduled, TOTAL, "calls_refused_schedule_total",              \
	    "Calls not recorded: outside the schedule.")                       \
	ROW(manual, TOTAL, "calls_refused_manual_total",                       \
	    "Calls not recorded: only when an agent asks.")                    \
	ROW(too_old, TOTAL, "calls_refused_too_old_total",                     \
	    "Calls not recorded: before collection began.")                    \
	ROW(not_yet_valid, TOTAL, "calls_refused_not_yet_valid_total",         \
	    "Calls not recorded: the policy holds from a later day on.")       \
	ROW(not_recorded, TOTAL, "calls_not_recorded_total",                   \
	    "Calls that should have been recorded and could not be.")          \
	ROW(no_key, TOTAL, "calls_refused_no_key_total",                       \
	    "Calls answered 503: no end-date key yet.")                        \
	ROW(no_media, TOTAL, "calls_refused_no_media_total",                   \
	    "Calls answered 503: no media process or no port.")                \
	ROW(no_room, TOTAL, "calls_refused_no_room_total",                     \
	    "Calls answered 503: a table is full.")                            \
	ROW(restarts, TOTAL, "client_restarts_total",                          \
	    "Sessions that a restarted client opened anew.")                   \
	ROW(segments, TOTAL, "calls_reopened_total",                           \
	    "Calls that went on as another segment.")                          \
	ROW(segments_refused, TOTAL, "calls_reopening_refused_total",          \
	    "Running calls whose next segment media refused at first.")        \
	ROW(ports_lost, TOTAL, "calls_ports_lost_total",                       \
	    "Calls that could not keep their ports in another segment.")       \
	ROW(ports_refused, TOTAL, "calls_ports_refused_total",                 \
	    "Calls ended because their client did not take new ports.")        \
	ROW(metadata_broken, TOTAL, "metadata_broken_total",                   \
	    "Metadata documents that were not wholly understood.")             \
	ROW(loops, TOTAL, "slow_handlers_total",                               \
	    "Handlers of this room that took longer than 50 ms.")              \
	ROW(backlog, GAUGE, "journal_backlog",                                 \
	    "Contacts the register has not acknowledged yet.")                 \
	ROW(journal_failures, TOTAL, "journal_failures_total",                 \
	    "Failed writes of the journal; each ends the room.")               \
	ROW(letters_refused, TOTAL, "register_refusals_total",                 \
	    "Contacts the register refused.")

struct tally {
#define ROW(field, kind, name, help) struct counter *field;
	TALLY_ROWS(ROW)
#undef ROW
};

/** Make all counters; after the counter page has come. */
static inline void tally_init(struct tally *tally)
{
#define ROW(field, kind, name, help)                                           \
	tally->field = counter_new(COUNTER_##kind, name, help);
	TALLY_ROWS(ROW)
#undef ROW
}

/** One more. */
#define TALLY(tally, field) counter_add((tally)->field, 1)

#endif
