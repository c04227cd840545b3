/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/jail.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What every room does: remember, wait, read and write what is open. */
static const char *const common_calls[] = {
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"mlock",
	"munlock",
	"futex",
	"rseq",
	"set_robust_list",
	"get_robust_list",
	"read",
	"readv",
	"pread64",
	"preadv",
	"write",
	"writev",
	"pwrite64",
	"pwritev",
	"lseek",
	"fstat",
	"newfstatat",
	"close",
	"dup",
	"fcntl",
	"ftruncate",
	"memfd_create",
	"fsync",
	"fdatasync",
	"getrandom",
	"clock_gettime",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"timerfd_create",
	"timerfd_settime",
	"eventfd2",
	"pipe2",
	"recvmsg",
	"recvfrom",
	"recvmmsg",
	"sendmsg",
	"sendto",
	"shutdown",
	"getsockopt",
	"getsockname",
	"getpeername",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"restart_syscall",
	"exit",
	"exit_group",
	"getpid",
	"gettid",
	"tgkill",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"sched_yield",
	"sched_getaffinity",
	"prlimit64",
	"getrusage",
	"uname",
};

/* Not mistakes but attacks: the process ends. */
static const char *const deadly_calls[] = {
	"execve",
	"execveat",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"init_module",
	"finit_module",
	"kexec_load",
	"bpf",
	"mount",
	"pivot_root",
	"setns",
	"unshare",
	"keyctl",
};

static int allow(scmp_filter_ctx filter, const char *name, uint32_t action)
{
	int number = seccomp_syscall_resolve_name(name);

	/* A call this architecture does not have cannot be made either. */
	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add(filter, action, number, 0);
}

/*
 * Memory that can be written is never run: nothing becomes executable
 * any more. What the program needs was mapped before.
 */
static int forbid_executable_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp rests =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	static const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNT(calls); i++)
		r = seccomp_rule_add_exact(filter, SCMP_ACT_ALLOW, calls[i], 1,
					   rests);
	return r;
}

static int filter_calls(const struct jail *jail)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = 0;

	if (!filter)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < COUNT(common_calls); i++)
		r = allow(filter, common_calls[i], SCMP_ACT_ALLOW);
	for (size_t i = 0; r == 0 && jail->calls[i]; i++)
		r = allow(filter, jail->calls[i], SCMP_ACT_ALLOW);
	for (size_t i = 0; r == 0 && i < COUNT(deadly_calls); i++)
		r = allow(filter, deadly_calls[i], SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = forbid_executable_memory(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

/* Rights that Debian 12's header does not name, by their numbers. */
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)

static int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

bool jail_has_landlock(void)
{
	return landlock_version() > 0;
}

static uint64_t rights_known(int version)
{
	uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (version >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		rights |= FS_TRUNCATE;
	if (version >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

static uint64_t rights_of(const struct jail_place *place)
{
	uint64_t rights = 0;

	if (place->read)
		rights |= LANDLOCK_ACCESS_FS_READ_FILE |
			  LANDLOCK_ACCESS_FS_READ_DIR;
	if (place->write)
		rights |= LANDLOCK_ACCESS_FS_WRITE_FILE |
			  LANDLOCK_ACCESS_FS_REMOVE_FILE |
			  LANDLOCK_ACCESS_FS_MAKE_REG |
			  LANDLOCK_ACCESS_FS_MAKE_DIR |
			  LANDLOCK_ACCESS_FS_REMOVE_DIR |
			  LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE;
	return rights;
}

static int restrict_paths(const struct jail *jail)
{
	int version = landlock_version();
	struct landlock_ruleset_attr attributes = {
		.handled_access_fs = rights_known(version),
	};
	OWNED(drop_fd) int rules = -1;

	if (version == 0)
		return 0;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attributes,
			     sizeof(attributes), 0);
	if (rules < 0)
		return -errno;

	for (int i = 0; i < jail->place_count; i++) {
		struct landlock_path_beneath_attr beneath = {
			.allowed_access = rights_of(&jail->places[i]) &
					  attributes.handled_access_fs,
			.parent_fd = jail->places[i].dir,
		};

		if (syscall(SYS_landlock_add_rule, rules,
			    LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
			return -errno;
	}
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return -errno;
	return 0;
}

int jail_enter(const struct jail *jail)
{
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	r = restrict_paths(jail);
	if (r < 0 || JAIL_HAS_SANITIZER)
		return r;
	return filter_calls(jail);
}
