/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file house.h
 * The words of the control line (base/room.h): what the house hands to
 * which room, and what rooms may ask of it.
 *
 * Only the house opens files and sockets by name. It never looks into what
 * came from outside. When a room ends unasked, the house makes new lines
 * to all its neighbours and starts it anew within a second.
 *
 * ROOM_FILE, house to room ("number" is 0 unless told):
 *
 *	settings        all: own section of the configuration, see
 *	                base/settings.h; sent again on reload
 *	counters        all: page for base/counters.h (taken by base/room.c)
 *	policy          siprec, register, desk, chat, counter: the policy
 *	                file, YAML; sent again on reload after it was checked
 *	policy-signed   register: its signatures (notice/signed.h), before it;
 *	                may be empty
 *	policy-kept-signed, policy-kept
 *	                counter: signatures and text of every policy that ever
 *	                held, in this order, number from 0 on; after a reload
 *	                all of them again
 *	keys            siprec, media, finish, chat: public halves of the
 *	                end-date keys (seal/keyset.h); sent again when the
 *	                vault made more. Not there yet at the very first
 *	                start: wait for it and refuse calls (503) and chats
 *	                until it is
 *	node            finish, chat: seed of the node's signing key, 32 bytes
 *	attic           siprec, chat: shared memory that survives its crash
 *	journal         siprec: its write-ahead journal, read and append;
 *	                chat: two of them, number 0 and 1, read and write
 *	udp, tcp, tls   siprec: bound sockets, number = which of several
 *	tls-chain, tls-key, tls-peers
 *	                siprec, desk, counter: PEM files, where TLS is
 *	                configured
 *	rtp             media: receiving sockets, number = first port << 32 |
 *	                count of ports behind it. count 1: an ordinary
 *	                socket; count > 1: one socket for the whole range
 *	                (BPF sk_lookup), the port comes with each datagram
 *	spool           media: a fresh spool segment to write, number =
 *	                segment number; never readable
 *	spool-read      finish: each spool segment a media process writes, to
 *	                read, number = segment
 *	spool-old       finish: a segment left behind by an ended media
 *	                process, to read, number = segment; whatever is
 *	                unfinished in it is finish's to recover
 *	state           register, vault: its own directory, nobody else's
 *	passphrase      vault: what unlocks the keyring, if configured
 *	door            register, vault: listening SOCK_SEQPACKET socket for
 *	                people's commands (cli/)
 *	web             desk, counter: listening TCP socket, number = which
 *	ui              desk, counter: directory of pages' styles and scripts,
 *	                to read
 *	counters-of     desk: page of another room, to read; number =
 *	                enum house_room << 16 | index
 *
 * ROOM_WANT, room to house:
 *
 *	spool           media: one more segment
 *	spool-done      media: segment "number" holds nothing unfinished;
 *	                the house removes it
 *	spool-dead      media: writing segment "number" failed; the house
 *	                keeps it for finish, hands out another
 *	                (elsewhere if a second spool is configured)
 *	spool-empty     finish: segment "number", left by an earlier media
 *	                process, holds nothing unfinished
 *	journal         chat: a sync of journal "number" failed and nothing in
 *	                it counts any more; the house hands out an empty one in
 *	                its place
 *
 * ROOM_GIVE, room to house:
 *
 *	keys            vault: fresh public halves, for siprec, media, finish,
 *	                chat
 */
#ifndef TALLENNE_HOUSE_H
#define TALLENNE_HOUSE_H

/** Every process room, numbered as in house/plan.def. */
enum house_room {
#define LIBRARY(room, storey)
#define PEOPLE(room, depth)
#define ROOM(room, depth) HOUSE_ROOM_##room,
#define EACH_CORE(room, depth) HOUSE_ROOM_##room,
#define TELL(from, to)
#define ASK(from, to)
#include "house/plan.def"
#undef LIBRARY
#undef PEOPLE
#undef ROOM
#undef EACH_CORE
#undef TELL
#undef ASK
	HOUSE_ROOMS
};

#endif
