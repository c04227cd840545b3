/* SPDX-License-Identifier: EUPL-1.2 */
/* The room counter: what comes from the house, and the loop. */
#include <string.h>

#include "base/room.h"
#include "base/settings.h"

struct counter_place {
	struct settings *settings;
	struct loop *loop;
};

static int take_settings(struct counter_place *counter, int fd)
{
	struct settings *fresh;
	int r = settings_load(fd, &fresh);

	if (r < 0)
		return r;
	settings_free(counter->settings);
	counter->settings = fresh;
	return 0;
}

static int take_file(void *self, const char *word, uint64_t number, int given)
{
	struct counter_place *counter = self;
	OWNED(drop_fd) int fd = given;

	(void)number;
	if (!strcmp(word, "settings"))
		return take_settings(counter, fd);
	return 0;
}

static int take_line(void *self, const char *peer, uint64_t number, int end)
{
	(void)self, (void)peer, (void)number;
	drop_fd(&end);
	return 0;
}

static int start(void *self, struct room *room)
{
	struct counter_place *counter = self;

	counter->loop = room_loop(room);
	return 0;
}

static void stop(void *self)
{
	struct counter_place *counter = self;

	loop_end(counter->loop);
}

int main(int argc, char **argv)
{
	static const struct room_face face = {
		.name = "counter",
		.file = take_file,
		.line = take_line,
		.start = start,
		.stop = stop,
	};
	struct counter_place own = { 0 };
	int status = room_main(argc, argv, &face, &own);

	settings_free(own.settings);
	return status;
}
