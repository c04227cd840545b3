/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

enum { PATH_SIZE = 1024 };

int places_enter(int parent, const char *name, mode_t mode)
{
	int fd;

	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_named(const struct settings *house, const char *key)
{
	const char *path = setting(house, "%s", key);
	int fd = places_enter(AT_FDCWD, path ? path : "", 0711);

	if (fd < 0)
		log_error("start", "cannot use the directory of house.%s: %s",
			  key, strerror(-fd));
	return fd;
}

int places_programs(void)
{
	char self[PATH_SIZE];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *name;
	int fd;

	if (size < 0)
		return -errno;
	self[size] = '\0';
	name = strrchr(self, '/');
	if (!name)
		return -ENOENT;
	*name = '\0';
	fd = open(self, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Beside the program in a build, below share/ where it is installed. */
static int open_ui(void)
{
	static const char *const places[] = { "ui", "../ui",
					      "../../share/tallenne/ui",
					      TALLENNE_UI_DIR };
	OWNED(drop_fd) int programs = places_programs();
	int fd = -1;

	if (programs < 0)
		return programs;
	for (size_t i = 0; fd < 0 && i < COUNT(places); i++)
		fd = openat(programs, places[i],
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_spool(const struct settings *house, int state)
{
	const char *spool = setting(house, "spool");

	return spool && spool[0] ? open_named(house, "spool")
				 : places_enter(state, "spool", 0700);
}

int places_open(const struct settings *house, struct places *ret_places)
{
	struct places places = { -1, -1, -1, -1 };
	int r;

	r = places.state = open_named(house, "state");
	if (r >= 0)
		r = places.run = open_named(house, "run");
	if (r >= 0)
		r = places.spool = open_spool(house, places.state);
	if (r >= 0) {
		r = places.ui = open_ui();
		if (r < 0)
			log_error("start", "the pages' styles and scripts are "
					   "missing");
	}
	if (r < 0) {
		places_close(&places);
		return r;
	}
	*ret_places = places;
	return 0;
}

void places_close(struct places *places)
{
	drop_fd(&places->state);
	drop_fd(&places->run);
	drop_fd(&places->spool);
	drop_fd(&places->ui);
}
