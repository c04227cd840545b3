/* SPDX-License-Identifier: EUPL-1.2 */
/* The room siprec: what comes from the house, and the loop. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/room.h"
#include "siprec/attic.h"
#include "siprec/intake.h"
#include "siprec/transport.h"

enum { TICK_MS = WHEEL_TICK_MS, SLOW_TICK_MS = 1000 };

struct siprec {
	struct recorder recorder;
	struct wire wire;
	struct transport *transport;
	struct loop *loop; /* NULL until start */
	struct intake intake;
	struct transport_tls tls;
	bool is_commit_due;
};

static void fail(const char *token, const char *why)
{
	log_error(token, "%s", why);
	exit(EXIT_FAILURE);
}

static void commit(void *self)
{
	struct siprec *siprec = self;

	siprec->is_commit_due = false;
	recorder_commit(&siprec->recorder);
	if (siprec->recorder.is_failed)
		fail("journal", "ending, to begin again with the attic");
}

static int take_journal(struct siprec *siprec, int fd)
{
	int r;

	if (siprec->recorder.journal) {
		(void)close(fd);
		return -EPROTO;
	}
	r = journal_open(fd, &siprec->recorder.journal);
	if (r < 0)
		log_error("journal", "cannot be read: %s", strerror(-r));
	return r;
}

static int take_socket(struct siprec *siprec, enum flow_kind kind, int fd)
{
	if (siprec->loop) { /* sockets are given before the start only */
		(void)close(fd);
		return -EPROTO;
	}
	return transport_socket(siprec->transport, kind, fd);
}

static int take_tls(struct siprec *siprec)
{
	int r;

	if (siprec->tls.chain < 0 || siprec->tls.key < 0)
		return 0;
	r = transport_use_tls(siprec->transport, &siprec->tls);
	if (r < 0)
		log_error("tls", "certificate or key cannot be used");
	return r;
}

/* On reload a new certificate comes with its key, in either order. */
static int keep_file(struct siprec *siprec, int *place, int fd)
{
	drop_fd(place);
	*place = fd;
	if (siprec->loop && place == &siprec->tls.key)
		(void)!take_tls(siprec);
	return 0;
}

static int on_file(void *self, const char *word, uint64_t number, int fd)
{
	struct siprec *siprec = self;
	OWNED(drop_fd) int file = fd;

	(void)number;
	if (!strcmp(word, "settings"))
		return intake_settings(&siprec->intake, file);
	if (!strcmp(word, "policy"))
		return intake_policy(&siprec->intake, file);
	if (!strcmp(word, "keys"))
		return intake_keys(&siprec->intake, file);
	if (!strcmp(word, "journal"))
		return take_journal(siprec, GIVE_FD(file));
	if (!strcmp(word, "attic"))
		return attic_open(file, &siprec->recorder.attic);
	if (!strcmp(word, "udp"))
		return take_socket(siprec, FLOW_UDP, GIVE_FD(file));
	if (!strcmp(word, "tcp"))
		return take_socket(siprec, FLOW_TCP, GIVE_FD(file));
	if (!strcmp(word, "tls"))
		return take_socket(siprec, FLOW_TLS, GIVE_FD(file));
	if (!strcmp(word, "tls-chain"))
		return keep_file(siprec, &siprec->tls.chain, GIVE_FD(file));
	if (!strcmp(word, "tls-key"))
		return keep_file(siprec, &siprec->tls.key, GIVE_FD(file));
	if (!strcmp(word, "tls-peers"))
		return keep_file(siprec, &siprec->tls.peers, GIVE_FD(file));
	return 0;
}

static void schedule(struct siprec *siprec)
{
	if (siprec->is_commit_due)
		return;
	siprec->is_commit_due = true;
	if (loop_after(siprec->loop, 0, commit, siprec) < 0)
		commit(siprec);
}

static void watch_line(struct siprec *siprec, int end, uint32_t waiting,
		       loop_ready_fn *hear)
{
	uint32_t events = EPOLLIN | (waiting > 0 ? EPOLLOUT : 0u);

	if (end >= 0 && loop_watch(siprec->loop, end, events, hear, siprec) < 0)
		fail("line", "cannot watch a line");
}

static void hear_media(void *self, int fd, uint32_t events)
{
	struct siprec *siprec = self;
	struct recorder *recorder = &siprec->recorder;
	int r = 0;

	for (uint32_t i = 0; i < MEDIA_MAX; i++) {
		struct outbox *outbox = &recorder->media[i].outbox;

		if (outbox->end != fd)
			continue;
		if (events & EPOLLOUT)
			r = outbox_flush(outbox);
		for (int k = 0; r == 0 && k < 64; k++) {
			r = media_hear(recorder, i);
			if (outbox->end != fd)
				return;
		}
		if (r < 0 && r != -EAGAIN) {
			loop_unwatch(siprec->loop, fd);
			media_lost(recorder, i);
		} else {
			watch_line(siprec, fd, outbox->count, hear_media);
		}
		break;
	}
	schedule(siprec);
}

static void hear_register(void *self, int fd, uint32_t events)
{
	struct siprec *siprec = self;
	struct recorder *recorder = &siprec->recorder;
	int r = 0;

	if (events & EPOLLOUT)
		r = outbox_flush(&recorder->registry);
	for (int k = 0; r == 0 && k < 64; k++) {
		r = register_hear(recorder);
		if (recorder->registry.end != fd)
			return;
	}
	if (r < 0 && r != -EAGAIN) {
		loop_unwatch(siprec->loop, fd);
		register_lost(recorder);
	} else {
		watch_line(siprec, fd, recorder->registry.count, hear_register);
	}
	schedule(siprec);
}

static void line_gone(void *self, int end)
{
	struct siprec *siprec = self;

	if (siprec->loop)
		loop_unwatch(siprec->loop, end);
}

static int on_line(void *self, const char *peer, uint64_t number, int end)
{
	struct siprec *siprec = self;

	if (!strcmp(peer, "media") && number < MEDIA_MAX) {
		media_line(&siprec->recorder, (uint32_t)number, end);
		if (siprec->loop)
			watch_line(siprec, end, 0, hear_media);
	} else if (!strcmp(peer, "register")) {
		register_line(&siprec->recorder, end);
		if (siprec->loop)
			watch_line(siprec, end, 0, hear_register);
	} else {
		(void)close(end);
		return 0;
	}
	if (siprec->loop)
		schedule(siprec);
	return 0;
}

static void watch_lines(struct siprec *siprec)
{
	struct recorder *recorder = &siprec->recorder;

	for (uint32_t i = 0; i < MEDIA_MAX; i++)
		watch_line(siprec, recorder->media[i].outbox.end,
			   recorder->media[i].outbox.count, hear_media);
	watch_line(siprec, recorder->registry.end, recorder->registry.count,
		   hear_register);
}

static void tick(void *self)
{
	struct siprec *siprec = self;

	recorder_tick(&siprec->recorder, clock_monotonic() / NS_PER_MS);
	schedule(siprec);
}

static void slow_tick(void *self)
{
	struct siprec *siprec = self;
	struct recorder *recorder = &siprec->recorder;
	int r = 0;

	transport_tick(siprec->transport);
	watch_lines(siprec);
	if (recorder->journal)
		r = journal_settle(recorder->journal);
	if (r < 0 && r != -ENOSPC)
		fail("journal", "cannot be cleared out");
	counter_set(recorder->tally.loops, loop_slow_count(siprec->loop));
	if (recorder->is_stopping)
		loop_end(siprec->loop);
}

static int restore(struct siprec *siprec)
{
	struct recorder *recorder = &siprec->recorder;
	uint32_t count = 0;
	int r = 0;

	if (recorder->attic)
		count = attic_restore(recorder);
	if (count > 0)
		log_info("attic", "%u sessions go on", count);
	if (recorder->journal && journal_knows_number(recorder->journal))
		r = journal_each_open(recorder->journal, contact_mourn,
				      recorder);
	/* Lines that came before the attic was read. */
	for (uint32_t i = 0; r == 0 && i < MEDIA_MAX; i++)
		if (outbox_is_open(&recorder->media[i].outbox))
			media_known(recorder, i);
	return r;
}

static int on_start(void *self, struct room *room)
{
	struct siprec *siprec = self;
	struct recorder *recorder = &siprec->recorder;
	int r;

	if (!siprec->intake.settings || !recorder->journal) {
		log_error("start", "settings or journal did not come");
		return -EPROTO;
	}
	tally_init(&recorder->tally);
	recorder->now_ms = clock_monotonic() / NS_PER_MS;
	if (recorder->address[0] == '\0' &&
	    transport_address(siprec->transport, recorder->address) < 0) {
		log_error("start", "listens on every address: set advertise "
				   "to the one that clients shall use");
		return -EINVAL;
	}
	r = intake_media_address(&siprec->intake);
	if (r < 0) {
		log_error("start", "house.rtp.address is every address: set "
				   "advertise_rtp to the one that clients "
				   "shall send sound to");
		return r;
	}
	r = take_tls(siprec);
	if (r < 0)
		return r;
	siprec->loop = room_loop(room);
	r = restore(siprec);
	if (r == 0)
		r = transport_serve(siprec->transport, siprec->loop);
	if (r < 0)
		return r;
	watch_lines(siprec);
	register_push(recorder);
	if (loop_every(siprec->loop, TICK_MS, tick, siprec) < 0 ||
	    loop_every(siprec->loop, SLOW_TICK_MS, slow_tick, siprec) < 0)
		return -ENOSPC;
	commit(siprec);
	return 0;
}

/*
 * Nothing is opened, bound or connected in here: sockets and files come
 * from the house. What is left is to accept, and to tune what was accepted.
 */
static void on_jail(void *self, struct jail *jail)
{
	static const char *const calls[] = { "accept4", "setsockopt",
					     "fallocate" };

	(void)self;
	for (size_t i = 0; i < COUNT(calls); i++)
		jail->calls[i] = calls[i];
}

/* Calls go on: the attic keeps them for who comes after. */
static void on_stop(void *self)
{
	struct siprec *siprec = self;

	siprec->recorder.is_stopping = true;
	commit(siprec);
}

int main(int argc, char **argv)
{
	static const struct room_face face = {
		.name = "siprec",
		.file = on_file,
		.line = on_line,
		.start = on_start,
		.jail = on_jail,
		.stop = on_stop,
	};
	static struct siprec siprec = { .tls = { -1, -1, -1 } };
	struct recorder *recorder = &siprec.recorder;
	int r;

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	recorder->clock = &clock_system;
	recorder->wire = &siprec.wire;
	siprec.intake.recorder = recorder;
	recorder->line_gone = line_gone;
	recorder->line_self = &siprec;
	recorder->now_ms = clock_monotonic() / NS_PER_MS;
	tally_init(&recorder->tally);
	if (transport_new(recorder, &siprec.transport) < 0)
		return EXIT_FAILURE;
	siprec.wire = transport_wire(siprec.transport);
	if (recorder_init(recorder) < 0)
		return EXIT_FAILURE;
	r = room_main(argc, argv, &face, &siprec);
	recorder_done(recorder);
	attic_close(recorder->attic);
	transport_free(siprec.transport);
	intake_done(&siprec.intake);
	return r;
}
