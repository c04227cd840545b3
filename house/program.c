/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/room.h"

enum {
	/* Where no user of a room exists: numbers that no system gives out. */
	USER_BASE = 2047934464,
	LOCKED_MEMORY_MAX = 256 << 20,
};

static const struct passwd *find_user(const char *users, int room)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", users, plan_rooms[room].name);
	return getpwnam(name);
}

uid_t program_user(const char *users, int room)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return (uid_t)-1;
	user = find_user(users, room);
	return user ? user->pw_uid : (uid_t)(USER_BASE + room);
}

static gid_t group_of(const char *users, int room)
{
	const struct passwd *user = find_user(users, room);

	return user ? user->pw_gid : (gid_t)(USER_BASE + room);
}

int program_open(int dir, int room)
{
	char name[96];
	int fd;

	snprintf(name, sizeof(name), "tallenne-%s", plan_rooms[room].name);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) { /* as it lies in the build tree */
		snprintf(name, sizeof(name), "../%s/tallenne-%s",
			 plan_rooms[room].name, plan_rooms[room].name);
		fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

void program_become(int program, const char *users, int room, int index,
		    int control)
{
	char number[16], *arguments[3];
	const char *const environment[] = {
		"LANG=C.UTF-8",
		getenv("ASAN_OPTIONS")
			? "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1"
			: NULL,
		NULL
	};
	const struct rlimit locked = { LOCKED_MEMORY_MAX, LOCKED_MEMORY_MAX };
	struct rlimit files;
	uid_t user = program_user(users, room);
	gid_t group = group_of(users, room);
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setrlimit(RLIMIT_MEMLOCK, &locked);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}

	if (user != (uid_t)-1 &&
	    (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0 ||
	     setresuid(user, user, user) < 0))
		_exit(126);
	/* A change of user clears it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
	if (dup2(control, ROOM_CONTROL_FD) < 0)
		_exit(126);
	if (control == ROOM_CONTROL_FD && fcntl(control, F_SETFD, 0) < 0)
		_exit(126);

	snprintf(number, sizeof(number), "%d", index);
	arguments[0] = (char *)(uintptr_t)plan_rooms[room].name;
	arguments[1] = number;
	arguments[2] = NULL;
	(void)fexecve(program, arguments,
		      (char *const *)(uintptr_t)environment);
	_exit(127);
}
