/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/evil.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/counters.h"
#include "base/room.h"

/*
 * Each act returns 0 if it could be done, or a negative errno. Places that
 * exist in any house are named relative to nothing: a room has no names.
 */
static long done(long r)
{
	return r < 0 ? -errno : 0;
}

static long act_open(const char *path, int flags)
{
	return done(open(path, flags, 0600));
}

static long open_passwd(void)
{
	return act_open("/etc/passwd", O_RDONLY);
}

static long open_root(void)
{
	return act_open("/", O_RDONLY | O_DIRECTORY);
}

static long open_own_memory(void)
{
	return act_open("/proc/self/mem", O_RDWR);
}

static long open_own_maps(void)
{
	return act_open("/proc/self/maps", O_RDONLY);
}

static long open_parents_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
	return act_open(path, O_RDWR);
}

static long open_descriptors(void)
{
	return act_open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
}

static long make_file(void)
{
	return act_open("/tmp/tallenne-evil", O_WRONLY | O_CREAT);
}

static long open_temporary(void)
{
	return act_open("/tmp", O_RDWR | O_TMPFILE);
}

static long open_by_new_call(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { O_RDONLY, 0, 0 };

	return done(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how,
			    sizeof(how)));
}

static long open_by_handle(void)
{
	return done(syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY));
}

static long make_by_creat(void)
{
	return done(syscall(SYS_creat, "/tmp/tallenne-evil", 0600));
}

static long read_link(void)
{
	char to[256];

	return done(readlink("/proc/self/exe", to, sizeof(to)));
}

/* What this process holds to write must not be readable, nor reopened. */
static long read_what_is_write_only(void)
{
	char byte;
	bool found = false;

	for (int fd = 3; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0 || (flags & O_ACCMODE) != O_WRONLY)
			continue;
		found = true;
		if (pread(fd, &byte, 1, 0) >= 0)
			return 0;
	}
	return found ? -EBADF : -ENOENT;
}

static long map_what_is_write_only(void)
{
	bool found = false;

	for (int fd = 3; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0 || (flags & O_ACCMODE) != O_WRONLY)
			continue;
		found = true;
		if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) !=
		    MAP_FAILED)
			return 0;
	}
	return found ? -EACCES : -ENOENT;
}

static long reopen_to_read(void)
{
	for (int fd = 3; fd < 64; fd++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (open(path, O_RDONLY) >= 0)
			return 0;
	}
	return -errno;
}

/* Write where only reading was handed out: sealed memory files. */
static long write_what_is_sealed(void)
{
	bool found = false;

	for (int fd = 3; fd < 256; fd++) {
		int seals = fcntl(fd, F_GET_SEALS);

		if (seals <= 0 || !(seals & F_SEAL_WRITE))
			continue;
		found = true;
		if (pwrite(fd, "x", 1, 0) > 0)
			return 0;
	}
	return found ? -EPERM : -ENOENT;
}

static long truncate_by_path(void)
{
	return done(truncate("/etc/hostname", 0));
}

static long unlink_file(void)
{
	return done(unlink("/tmp/tallenne-victim"));
}

static long unlink_at(void)
{
	return done(unlinkat(AT_FDCWD, "/tmp/tallenne-victim", 0));
}

static long rename_file(void)
{
	return done(rename("/tmp/tallenne-victim", "/tmp/tallenne-evil"));
}

static long link_file(void)
{
	return done(link("/etc/hostname", "/tmp/tallenne-evil"));
}

static long symlink_file(void)
{
	return done(symlink("/etc/passwd", "/tmp/tallenne-evil"));
}

static long make_directory(void)
{
	return done(mkdir("/tmp/tallenne-evil", 0700));
}

static long make_device(void)
{
	return done(mknod("/tmp/tallenne-evil", S_IFCHR | 0600, 0x103));
}

static long change_mode(void)
{
	return done(chmod("/tmp/tallenne-victim", 0777));
}

static long change_mode_of_handed(void)
{
	return done(fchmod(ROOM_CONTROL_FD, 0777));
}

static long change_owner(void)
{
	return done(chown("/tmp/tallenne-victim", 0, 0));
}

static long change_directory(void)
{
	return done(chdir("/"));
}

static long change_root(void)
{
	return done(chroot("/tmp"));
}

static long make_socket(int family, int type)
{
	return done(socket(family, type, 0));
}

static long make_tcp(void)
{
	return make_socket(AF_INET, SOCK_STREAM);
}

static long make_udp(void)
{
	return make_socket(AF_INET, SOCK_DGRAM);
}

static long make_unix(void)
{
	return make_socket(AF_UNIX, SOCK_STREAM);
}

static long make_netlink(void)
{
	return make_socket(AF_NETLINK, SOCK_RAW);
}

static long make_packet(void)
{
	return make_socket(AF_PACKET, SOCK_RAW);
}

static long make_pair(void)
{
	int ends[2];

	return done(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}

static long connect_out(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(9) };

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int fd = 3; fd < 256; fd++)
		if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
			return 0;
	return -errno;
}

static long bind_again(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };

	for (int fd = 3; fd < 256; fd++)
		if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
			return 0;
	return -errno;
}

/* Only RTP sockets: SIP over UDP has to answer. */
static long send_media(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(9) };
	bool found = false;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int fd = 3; fd < 4096; fd++) {
		struct sockaddr_storage name = { 0 };
		socklen_t size = sizeof(name);
		int type = 0;
		socklen_t type_size = sizeof(type);

		if (getsockname(fd, (struct sockaddr *)&name, &size) < 0 ||
		    name.ss_family != AF_INET ||
		    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) <
			    0 ||
		    type != SOCK_DGRAM)
			continue;
		found = true;
		if (sendto(fd, "evil", 4, MSG_DONTWAIT,
			   (const struct sockaddr *)&at, sizeof(at)) > 0)
			return 0;
	}
	return found ? -EPIPE : -ENOENT;
}

static long fork_off(void)
{
	long r = syscall(SYS_fork);

	if (r == 0)
		_exit(0);
	return done(r);
}

static long clone_off(void)
{
	long r = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (r == 0)
		_exit(0);
	return done(r);
}

static long signal_parent(void)
{
	return done(kill(getppid(), 0));
}

static long signal_all(void)
{
	return done(kill(-1, 0));
}

static long become_root(void)
{
	return done(setresuid(0, 0, 0));
}

static long become_other(void)
{
	return done(setuid(1));
}

static long raise_priority(void)
{
	return done(setpriority(0, 0, -20));
}

static long set_clock(void)
{
	struct timeval now = { 0, 0 };

	return done(settimeofday(&now, NULL));
}

static long set_host_name(void)
{
	return done(sethostname("evil", 4));
}

static long watch_files(void)
{
	return done(syscall(SYS_inotify_init1, 0));
}

static long use_io_ring(void)
{
	char parameters[120] = { 0 };

	return done(syscall(SYS_io_uring_setup, 8, parameters));
}

static long use_performance_events(void)
{
	char attributes[128] = { 0 };

	return done(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}

static long use_user_faults(void)
{
	return done(syscall(SYS_userfaultfd, 0));
}

static long take_descriptor(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	return fd < 0 ? -errno : done(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static long allow_core_dumps(void)
{
	return done(syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0));
}

static long share_memory(void)
{
	return done(syscall(SYS_shmget, 1, 4096, 01600));
}

static long list_names(void)
{
	char attributes[64];

	return done(
		syscall(SYS_listxattr, "/etc", attributes, sizeof(attributes)));
}

static long mark_file(void)
{
	return done(syscall(SYS_setxattr, "/tmp", "user.evil", "x", 1, 0));
}

static long run_written_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -errno;
	return done(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static long map_executable_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -errno : 0;
}

static const struct act {
	const char *name;
	long (*do_it)(void);
} acts[] = {
#define ACT(name)                                                              \
	{                                                                      \
#name, name                                                    \
	}
	ACT(open_passwd),
	ACT(open_root),
	ACT(open_own_memory),
	ACT(open_own_maps),
	ACT(open_parents_memory),
	ACT(open_descriptors),
	ACT(make_file),
	ACT(open_temporary),
	ACT(open_by_new_call),
	ACT(open_by_handle),
	ACT(make_by_creat),
	ACT(read_link),
	ACT(read_what_is_write_only),
	ACT(map_what_is_write_only),
	ACT(reopen_to_read),
	ACT(write_what_is_sealed),
	ACT(truncate_by_path),
	ACT(unlink_file),
	ACT(unlink_at),
	ACT(rename_file),
	ACT(link_file),
	ACT(symlink_file),
	ACT(make_directory),
	ACT(make_device),
	ACT(change_mode),
	ACT(change_mode_of_handed),
	ACT(change_owner),
	ACT(change_directory),
	ACT(change_root),
	ACT(make_tcp),
	ACT(make_udp),
	ACT(make_unix),
	ACT(make_netlink),
	ACT(make_packet),
	ACT(make_pair),
	ACT(connect_out),
	ACT(bind_again),
	ACT(send_media),
	ACT(fork_off),
	ACT(clone_off),
	ACT(signal_parent),
	ACT(signal_all),
	ACT(become_root),
	ACT(become_other),
	ACT(raise_priority),
	ACT(set_clock),
	ACT(set_host_name),
	ACT(watch_files),
	ACT(use_io_ring),
	ACT(use_performance_events),
	ACT(use_user_faults),
	ACT(take_descriptor),
	ACT(allow_core_dumps),
	ACT(share_memory),
	ACT(list_names),
	ACT(mark_file),
	ACT(run_written_memory),
	ACT(map_executable_memory),
};

static long run_shell(void)
{
	char *const arguments[] = { (char[]){ "sh" }, NULL };

	return done(execve("/bin/sh", arguments, NULL));
}

static long trace_parent(void)
{
	return done(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static long read_other_memory(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	return done(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static long load_bpf(void)
{
	char attributes[128] = { 0 };

	return done(syscall(SYS_bpf, 0, attributes, sizeof(attributes)));
}

static long mount_something(void)
{
	return done(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static long leave_namespaces(void)
{
	return done(unshare(CLONE_NEWUSER));
}

static const struct act deadly_acts[] = {
	ACT(run_shell), ACT(trace_parent),    ACT(read_other_memory),
	ACT(load_bpf),	ACT(mount_something), ACT(leave_namespaces),
};

static void say(const char *room, const struct act *act, const char *how,
		long r)
{
	char line[160];
	int size =
		r < 0 ? snprintf(line, sizeof(line), "evil %s %s: %s (%s)\n",
				 room, act->name, how, strerrorname_np((int)-r))
		      : snprintf(line, sizeof(line), "evil %s %s: %s\n", room,
				 act->name, how);

	(void)!write(STDERR_FILENO, line, (size_t)size);
}

static void try_one(const char *room, const struct act *act)
{
	long r = act->do_it();

	say(room, act, r < 0 ? "refused" : "DONE", r);
}

void evil_try(const char *room)
{
	struct counter *turn = counter_new(COUNTER_TOTAL, "evil_turns_total",
					   "Deadly acts tried so far.");
	uint64_t at = atomic_load(&turn->value);

	if (at == 0)
		for (size_t i = 0; i < COUNT(acts); i++)
			try_one(room, &acts[i]);
	if (at >= COUNT(deadly_acts))
		return;
	counter_add(turn, 1);
	say(room, &deadly_acts[at], "trying", 0);
	try_one(room, &deadly_acts[at]);
}
