/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/room.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/settings.h"

enum {
	SPOOL_TICK_MS = 20,
	CALLS_TICK_MS = 100,
	WATCH_TICK_MS = 1000,
	/* Ended calls kept for finish, for each call that may be active. */
	ENDED_PER_CALL = 4,
	STOP_WAIT_S = 5,
	TICK_AHEAD = 8, /* calls, about as long as memory takes */
	BLOCKS_PER_MB = (1 << 20) / SPOOL_BLOCK_SIZE,
	BUFFER_MB_MAX = 65536,
	SEGMENT_MB_MAX = 65536,
};

void media_init(struct media *media)
{
	memset(media, 0, sizeof(*media));
	media->siprec = media->finish = media->writer = -1;
	media->calls_max = 2500;
	media->buffer_mb = 512;
	media->segment_mb = 1024;
	media->silence_s = MEDIA_SILENCE_S;
}

static const struct call *call_at(const struct media *media, uint16_t port,
				  uint32_t *ret_place)
{
	bool is_control;

	return table_at_port(media->table, port, ret_place, &is_control);
}

static void media_soon(void *self, uint16_t port)
{
	uint32_t place;
	const struct call *call = call_at(self, port, &place);

	if (call)
		call_soon(call, place);
}

static void media_next(void *self, uint16_t port)
{
	uint32_t place;
	const struct call *call = call_at(self, port, &place);

	if (call)
		call_next(call);
}

static void media_take(void *self, const struct datagram *datagram)
{
	struct media *media = self;
	struct counts *counts = &media->counts;
	bool is_control;
	struct call *call;
	uint32_t place;

	counts->packets++;
	counts->bytes += datagram->size;
	call = table_at_port(media->table, datagram->port, &place, &is_control);
	if (!call)
		counts->dropped[DROP_PORT]++;
	else if (datagram->is_long)
		counts->dropped[DROP_LONG]++;
	else
		call_take(call, &media->pen, place, datagram->bytes,
			  datagram->size, &datagram->from, is_control,
			  call->state == CALL_WAITING ? datagram->since
						      : datagram->at);
}

static int new_inlet(struct media *media)
{
	const struct inlet_face face = { media_soon, media_next, media_take,
					 media };

	return inlet_new(&face, &media->inlet);
}

int media_prepare(struct media *media, const struct spool_news *news)
{
	uint32_t keys = media->calls_max * (1 + ENDED_PER_CALL);
	int r;

	if (sodium_init() < 0)
		return -ENOTSUP;
	r = secure_start();
	if (r == 0)
		r = spool_sealer_new(&media->sealer);
	if (r == 0)
		r = spool_log_new((uint64_t)media->buffer_mb << 20,
				  media->segment_mb * BLOCKS_PER_MB, news,
				  &media->log);
	if (r == 0)
		r = table_new(media->calls_max, keys, &media->table);
	if (r == 0)
		r = ended_new(media->calls_max * ENDED_PER_CALL, media->table,
			      &media->ended);
	if (r == 0 && !media->inlet)
		r = new_inlet(media);
	if (r < 0)
		return r;
	media->pen = (struct pen){ media->log, media->sealer, &media->counts };
	for (uint32_t port = 1; port < INLET_PORTS; port++)
		if (inlet_has(media->inlet, (uint16_t)port))
			table_add_port(media->table, (uint16_t)port);
	return 0;
}

void media_tick(struct media *media)
{
	nanoseconds now = clock_monotonic();
	struct call *next;

	for (struct call *call = table_next(media->table, NULL); call;
	     call = next) {
		next = table_next(media->table, call);
		/* They lie in a row; no packet has touched most of late. */
		__builtin_prefetch(call + TICK_AHEAD, 1);
		call_tick(call, &media->pen, now);
		if (call->state == CALL_ENDING)
			media_hand_on(media, call);
	}
}

void media_sweep(struct media *media)
{
	uint64_t last = spool_log_last(media->log);

	spool_log_need_begin(media->log);
	for (struct call *call = table_next(media->table, NULL); call;
	     call = table_next(media->table, call))
		spool_log_need(media->log, call->first_turn, last);
	ended_need(media->ended, media->log);
	spool_log_need_end(media->log);
}

void media_show(struct media *media)
{
	struct spool_figures figures;
	struct counts_gauges gauges = {
		.calls_active = table_count(media->table),
		.calls_waiting = ended_count(media->ended),
		.is_full = media_is_full(media),
		.kernel_drops = inlet_overflows(media->inlet),
	};

	spool_log_figures(media->log, &figures);
	gauges.blocks = figures.blocks;
	gauges.syncs = figures.syncs;
	gauges.failures = figures.failures;
	gauges.blocks_waiting = figures.waiting;
	gauges.lag_ms = (uint64_t)(figures.lag / NS_PER_MS);
	gauges.sync_longest_ms = (uint64_t)(figures.sync_longest / NS_PER_MS);
	counts_show(&media->counts, &gauges);
}

/* ---- lines ---- */

static void drop_line(struct media *media, int *line)
{
	loop_unwatch(media->loop, *line);
	drop_fd(line);
}

static void hear_siprec(void *self, int fd, uint32_t events)
{
	struct media *media = self;
	int r = media_serve_siprec(media, fd);

	(void)events;
	if (r == 0 || r == -EAGAIN)
		return;
	if (r != -EPIPE)
		log_error("siprec", "line cut off: %s", strerror(-r));
	drop_line(media, &media->siprec);
	media_orphan(media);
}

static int take_finished(void *self, int end, const struct letter *head,
			 struct letter_fds *fds)
{
	struct media *media = self;

	(void)end, (void)fds;
	ended_take(media->ended, (const void *)head);
	return 0;
}

static void finish_is_gone(struct media *media, int r)
{
	if (r != -EPIPE)
		log_error("finish", "line cut off: %s", strerror(-r));
	drop_line(media, &media->finish);
	ended_forget_asked(media->ended);
}

static void hear_finish(void *self, int fd, uint32_t events)
{
	static const struct line_rule rules[] = {
		{ FINISH_DONE, sizeof(struct finish_done), take_finished },
	};
	struct media *media = self;
	int r = line_serve(fd, rules, COUNT(rules), media);

	(void)events;
	if (r < 0 && r != -EAGAIN)
		finish_is_gone(media, r);
}

static void ask_finish(struct media *media)
{
	int r = ended_ask(media->ended, media->log, media->finish);

	if (r < 0)
		finish_is_gone(media, r);
}

static void hear_writer(void *self, int fd, uint32_t events)
{
	struct media *media = self;
	int r;

	(void)events;
	loop_unwatch(media->loop, fd);
	r = spool_log_hear(media->log);
	if (r == 0 || r == -EAGAIN)
		r = loop_watch(media->loop, fd, EPOLLIN, hear_writer, media);
	if (r < 0) {
		media->writer = -1;
		log_error("spool", "the writing process is gone; "
				   "writing without it");
	}
	ask_finish(media);
}

static int take_line(void *self, const char *peer, uint64_t number, int end)
{
	struct media *media = self;
	loop_ready_fn *hear;
	int *line;

	(void)number;
	if (!strcmp(peer, "siprec")) {
		line = &media->siprec;
		hear = hear_siprec;
	} else if (!strcmp(peer, "finish")) {
		line = &media->finish;
		hear = hear_finish;
	} else {
		drop_fd(&end);
		return 0;
	}
	if (!media->room) {
		drop_fd(line);
		*line = end;
		return 0;
	}
	if (*line >= 0)
		drop_line(media, line);
	*line = end;
	if (line == &media->siprec)
		media_greet(media);
	else
		ended_forget_asked(media->ended);
	return loop_watch(media->loop, end, EPOLLIN, hear, media);
}

/* ---- files ---- */

static uint32_t number_in(const struct settings *settings, const char *key,
			  uint32_t otherwise, uint32_t max)
{
	int64_t number = setting_number(settings, otherwise, "%s", key);

	if (number < 1 || number > max) {
		log_warn("settings", "%s is out of range, using %u", key,
			 otherwise);
		return otherwise;
	}
	return (uint32_t)number;
}

static int take_settings(struct media *media, int fd)
{
	OWNED(settings_drop) struct settings *settings = NULL;
	int r = settings_load(fd, &settings);

	if (r < 0)
		return r;
	media->silence_s =
		number_in(settings, "silence_s", media->silence_s, 86400);
	/* The sizes of things are settled once. */
	if (media->room)
		return 0;
	media->calls_max = number_in(settings, "calls_max", media->calls_max,
				     TABLE_CALLS_MAX);
	media->buffer_mb = number_in(settings, "buffer_mb", media->buffer_mb,
				     BUFFER_MB_MAX);
	media->segment_mb = number_in(settings, "segment_mb", media->segment_mb,
				      SEGMENT_MB_MAX);
	return 0;
}

static int take_keys(struct media *media, int fd)
{
	struct seal_keyset *keys;
	int r = seal_keyset_load(fd, &keys);

	if (r < 0) {
		/* The ones we have are good for a year. */
		log_error("keys", "cannot read the new ones: %s", strerror(-r));
		return 0;
	}
	seal_keyset_free(media->keys);
	media->keys = keys;
	return 0;
}

static int take_rtp(struct media *media, uint64_t number, int fd)
{
	uint32_t first = (uint32_t)(number >> 32), count = (uint32_t)number;
	int r = 0;

	if (!media->inlet)
		r = new_inlet(media);
	if (r < 0 || first > UINT16_MAX) {
		drop_fd(&fd);
		return r < 0 ? r : -EPROTO;
	}
	r = inlet_add(media->inlet, fd, (uint16_t)first, count);
	for (uint32_t i = 0; r == 0 && media->table && i < count; i++)
		table_add_port(media->table, (uint16_t)(first + i));
	return r;
}

static int take_segment(struct media *media, uint64_t number, int fd)
{
	if (number == 0 || number > UINT32_MAX ||
	    (!media->log && media->spare_count == MEDIA_SPARES_MAX)) {
		drop_fd(&fd);
		return -EPROTO;
	}
	if (media->log) {
		spool_log_segment(media->log, (uint32_t)number, fd);
		return 0;
	}
	media->spares[media->spare_count].number = (uint32_t)number;
	media->spares[media->spare_count++].fd = fd;
	return 0;
}

static int take_file(void *self, const char *word, uint64_t number, int fd)
{
	struct media *media = self;
	OWNED(drop_fd) int file = fd;

	if (!strcmp(word, "rtp"))
		return take_rtp(media, number, GIVE_FD(file));
	if (!strcmp(word, "spool"))
		return take_segment(media, number, GIVE_FD(file));
	if (!strcmp(word, "settings"))
		return take_settings(media, file);
	if (!strcmp(word, "keys"))
		return take_keys(media, file);
	return 0;
}

/* ---- news of the spool, on to the house ---- */

static void say(struct media *media, const char *word, uint32_t number)
{
	/* Without the house there is nobody to say it to, and no room. */
	if (room_want(media->room, word, number) < 0)
		loop_end(media->loop);
}

static void want_segment(void *self)
{
	say(self, "spool", 0);
}

static void segment_dead(void *self, uint32_t segment)
{
	log_error("spool",
		  "segment %u cannot be written any more; what is "
		  "not durable goes to another",
		  segment);
	say(self, "spool-dead", segment);
}

static void segment_done(void *self, uint32_t segment)
{
	say(self, "spool-done", segment);
}

/* ---- times ---- */

static void on_inlet(void *self);

static void start_inlet(struct media *media, int after_ms)
{
	/* There was room for this timer before. */
	if (loop_after(media->loop, after_ms, on_inlet, media) < 0)
		loop_end(media->loop);
}

static void on_inlet(void *self)
{
	struct media *media = self;

	start_inlet(media, inlet_tick(media->inlet));
}

static void on_spool(void *self)
{
	struct media *media = self;

	spool_log_tick(media->log);
	ask_finish(media);
}

static void go_when_done(struct media *media)
{
	bool is_durable =
		spool_log_durable(media->log) == spool_log_last(media->log);

	if (table_count(media->table) + ended_count(media->ended) > 0 ||
	    !is_durable)
		if (clock_monotonic() < media->stop_by)
			return;
	spool_log_stop(media->log);
	media_sweep(media);
	media_show(media);
	loop_end(media->loop);
}

static void on_calls(void *self)
{
	struct media *media = self;

	media_tick(media);
	if (media->is_stopping)
		go_when_done(media);
}

static void on_watch(void *self)
{
	struct media *media = self;
	uint64_t let_go = ended_let_go(media->ended);

	media_watch(media);
	if (ended_changed(media->ended))
		media_sweep(media);
	if (let_go > media->let_go_told)
		log_error("finish",
			  "%llu ended calls are left to recovery: "
			  "finish is too slow or gone",
			  (unsigned long long)(let_go - media->let_go_told));
	media->let_go_told = let_go;
	media_show(media);
}

static int start_timers(struct media *media)
{
	const struct {
		int every_ms;
		loop_time_fn *act;
	} timers[] = {
		{ SPOOL_TICK_MS, on_spool },
		{ CALLS_TICK_MS, on_calls },
		{ WATCH_TICK_MS, on_watch },
	};

	for (size_t i = 0; i < COUNT(timers); i++) {
		int r = loop_every(media->loop, timers[i].every_ms,
				   timers[i].act, media);
		if (r < 0)
			return r;
	}
	start_inlet(media, INLET_TICK_MS);
	return 0;
}

static int start_lines(struct media *media)
{
	int r;

	r = loop_watch(media->loop, media->writer, EPOLLIN, hear_writer, media);
	if (r == 0 && media->siprec >= 0) {
		media_greet(media);
		r = loop_watch(media->loop, media->siprec, EPOLLIN, hear_siprec,
			       media);
	}
	if (r == 0 && media->finish >= 0)
		r = loop_watch(media->loop, media->finish, EPOLLIN, hear_finish,
			       media);
	return r;
}

static int start(void *self, struct room *room)
{
	struct media *media = self;
	const struct spool_news news = { media, want_segment, segment_dead,
					 segment_done };
	int r;

	media->loop = room_loop(room);
	r = media_prepare(media, &news);
	/* Before there is any key or sound in memory. */
	if (r == 0)
		r = spool_log_fork(media->log, &media->writer);
	if (r < 0)
		return r;
	media->room = room;
	counts_open();
	for (int i = 0; i < media->spare_count; i++)
		spool_log_segment(media->log, media->spares[i].number,
				  media->spares[i].fd);
	media->spare_count = 0;
	r = start_lines(media);
	if (r == 0)
		r = start_timers(media);
	return r;
}

/* For asking a socket for time stamps or not (media/inlet.h). */
static void furnish_jail(void *self, struct jail *jail)
{
	(void)self;
	jail->calls[0] = "setsockopt";
}

static void stop(void *self)
{
	struct media *media = self;
	nanoseconds now = clock_monotonic();
	struct call *next;

	(void)inlet_tick(media->inlet);
	for (struct call *call = table_next(media->table, NULL); call;
	     call = next) {
		next = table_next(media->table, call);
		if (call->state != CALL_ENDING)
			media_end_call(media, call, CALL_END_LOST, now);
	}
	media->is_stopping = true;
	media->stop_by = now + STOP_WAIT_S * NS_PER_S;
	spool_log_push(media->log);
}

const struct room_face media_face = {
	.name = "media",
	.file = take_file,
	.line = take_line,
	.start = start,
	.jail = furnish_jail,
	.stop = stop,
};
