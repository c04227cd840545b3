/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Preloaded into tallenne-vault by test_vault_kill.c: stands between the
 * program and the kernel, counts the calls by which it changes anything
 * outside itself, and at one of them lets the power fail.
 *
 *	SHIM_KILL_AT=n     before the nth call: what was not synced of the
 *	                   audit log is lost, and the process is killed
 *	SHIM_FAIL_SYNC=n   the nth sync of the audit log fails
 * A file that replaces another must be synced before, the directory after
 * it and before anything is said; else the process ends with 98.
 *
 *	SHIM_LIE=1         syncs of the audit log say yes and do nothing:
 *	                   the control, with which the test must go red
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int kill_at, fail_sync, lies, calls, syncs;
static int log_fd = -1;
static int new_fd = -1;	    /* a file about to replace another, unsynced */
static int is_dir_unsynced; /* since a file was replaced */
static off_t durable;	    /* size of the log as the disk has it */

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("SHIM_KILL_AT"),
		   *sync = getenv("SHIM_FAIL_SYNC");

	kill_at = at ? (int)strtol(at, NULL, 10) : 0;
	fail_sync = sync ? (int)strtol(sync, NULL, 10) : 0;
	lies = getenv("SHIM_LIE") != NULL;
}

static void *real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		_exit(99);
	return function;
}

static void count(void)
{
	if (++calls != kill_at)
		return;
	if (log_fd >= 0)
		(void)syscall(SYS_ftruncate, log_fd, durable);
	(void)syscall(SYS_tgkill, getpid(), gettid(), SIGKILL);
}

static void note_size(int fd)
{
	struct stat about;

	if (syscall(SYS_fstat, fd, &about) == 0)
		durable = about.st_size;
}

/* With 64-bit offsets these are the symbols openat64 and pwrite64. */
int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list rest;
	int fd;

	va_start(rest, flags);
	if (flags & O_CREAT)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	if (fd >= 0 && !strncmp(path, "log-2", 5) && flags & O_APPEND) {
		log_fd = fd;
		note_size(fd);
	}
	if (fd >= 0 && strstr(path, ".new"))
		new_fd = fd;
	return fd;
}

int fdatasync(int fd)
{
	int r;

	count();
	if (fd == log_fd && lies)
		return 0;
	if (fd == log_fd && ++syncs == fail_sync) {
		errno = EIO;
		return -1;
	}
	r = (int)syscall(SYS_fdatasync, fd);
	if (r == 0 && fd == log_fd)
		note_size(fd);
	return r;
}

int fsync(int fd)
{
	int r;

	count();
	if (fd == log_fd && lies)
		return 0;
	r = (int)syscall(SYS_fsync, fd);
	if (fd == new_fd)
		new_fd = -1;
	else
		is_dir_unsynced = 0;
	if (r == 0 && fd == log_fd)
		note_size(fd);
	return r;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	count();
	return syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	count();
	return syscall(SYS_pwrite64, fd, bytes, size, at);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	count();
	if (is_dir_unsynced)
		_exit(98);
	return syscall(SYS_sendmsg, fd, message, flags);
}

int renameat(int from, const char *old, int to, const char *new)
{
	int (*call)(int, const char *, int, const char *) = real("renameat");

	count();
	if (new_fd >= 0)
		_exit(98);
	is_dir_unsynced = 1;
	return call(from, old, to, new);
}
