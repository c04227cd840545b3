/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/restored.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "backup/manifest.h"
#include "base/log.h"
#include "house/plan.h"

/* A directory with all below it: folders of objects, no links. */
static int give_all(int dir, uid_t user)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;
	int r = 0;

	if (!list) {
		drop_fd(&own);
		return -errno;
	}
	while (r == 0 && (entry = readdir(list))) {
		OWNED(drop_fd) int below = -1;

		if (strcmp(entry->d_name, "..") == 0)
			continue;
		if (fchownat(own, entry->d_name, user, (gid_t)-1,
			     AT_SYMLINK_NOFOLLOW) < 0)
			r = -errno;
		if (r < 0 || entry->d_type != DT_DIR ||
		    strcmp(entry->d_name, ".") == 0)
			continue;
		below = openat(own, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		r = below < 0 ? -errno : give_all(below, user);
	}
	(void)closedir(list);
	return r;
}

static int give_room(int state, const struct keep *keep, int room)
{
	OWNED(drop_fd)
	int dir = openat(state, plan_rooms[room].name,
			 O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	uid_t user = keep_user(keep, room);

	if (dir < 0)
		return -errno;
	return user == (uid_t)-1 ? 0 : give_all(dir, user);
}

int restored_settle(int state, const struct keep *keep)
{
	int r;

	if (faccessat(state, BACKUP_UNFINISHED, F_OK, 0) == 0) {
		log_error("restore", "the state directory was not restored "
				     "as a whole: empty it and restore again");
		return -EBUSY;
	}
	if (faccessat(state, BACKUP_RESTORED, F_OK, 0) < 0)
		return 0;
	r = give_room(state, keep, HOUSE_ROOM_vault);
	if (r == 0)
		r = give_room(state, keep, HOUSE_ROOM_register);
	if (r == 0 &&
	    (unlinkat(state, BACKUP_RESTORED, 0) < 0 || fsync(state) < 0))
		r = -errno;
	if (r < 0)
		log_error("restore",
			  "what was restored cannot be given to the "
			  "rooms: %s",
			  strerror(-r));
	return r;
}
