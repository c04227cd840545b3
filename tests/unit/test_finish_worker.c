/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A worker that ends before its call is finished: killed, or out of memory.
 *
 * Started with the path of tallenne-finish.
 */
#include "finish_house.h"

/* A process that the room started, once there is one. */
static pid_t worker_of(const struct world *world)
{
	char path[64];
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		 (int)world->pid, (int)world->pid);
	for (int i = 0; pid == 0 && i < 100000; i++) {
		FILE *file = fopen(path, "r");

		assert_non_null(file);
		if (fscanf(file, "%d", &pid) != 1)
			pid = 0;
		fclose(file);
		usleep(200);
	}
	return pid;
}

/* One line of a file in the worker's /proc; empty when it is gone. */
static void about(pid_t pid, const char *name, const char *begin,
		  char line[256])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "r");
	line[0] = '\0';
	while (file && fgets(line, 256, file) &&
	       strncmp(line, begin, strlen(begin)) != 0)
		line[0] = '\0';
	if (file)
		fclose(file);
}

static int filters_of(pid_t pid)
{
	static const char begin[] = "Seccomp_filters:";
	char line[256];

	about(pid, "status", begin, line);
	return line[0] ? (int)strtol(line + sizeof(begin) - 1, NULL, 10) : 0;
}

/* Whether it may start nobody, one of the last things before its jail. */
static bool is_alone(pid_t pid)
{
	static const char begin[] = "Max processes";
	char line[256];

	about(pid, "limits", begin, line);
	return line[0] && strtol(line + sizeof(begin) - 1, NULL, 10) == 0;
}

static bool is_at_work(const struct world *world, pid_t pid)
{
	if (!is_alone(pid))
		return false;
	/* The sanitizers' builds have no jail (base/jail.h). */
	return JAIL_HAS_SANITIZER || filters_of(pid) > filters_of(world->pid);
}

/* Wait until it has locked itself in, further than the room that it comes
 * from, and has worked for a while: who dies before is no fault of the call. */
static void let_work(const struct world *world, pid_t pid)
{
	char line[256];
	uint64_t before, now;

	assert_int_not_equal(pid, 0);
	for (int i = 0; i < 100000 && !is_at_work(world, pid); i++)
		usleep(200);
	assert_true(is_at_work(world, pid));
	about(pid, "schedstat", "", line);
	before = now = strtoull(line, NULL, 10);
	for (int i = 0; i < 100000 && now < before + 10 * NS_PER_MS; i++) {
		usleep(200);
		about(pid, "schedstat", "", line);
		now = strtoull(line, NULL, 10);
	}
}

static void a_call_that_crashes_is_tried_twice_and_told_as_damaged(void **state)
{
	struct world world;
	struct register_recording recording;
	struct letter_fds fds;
	pid_t last = 0;

	(void)state;
	start(&world);
	make_long_call(&world);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	for (int i = 0; i < 2; i++) {
		pid_t pid;

		do
			pid = worker_of(&world);
		while (pid == last);
		last = pid;
		let_work(&world, pid);
		assert_int_equal(kill(pid, SIGSEGV), 0);
	}
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 0);
	assert_int_equal(recording.flags, REGISTER_FLAG_DAMAGED);
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), -EBADMSG);
	stop(&world);
}

static void a_worker_out_of_memory_is_no_fault_of_the_call(void **state)
{
	struct world world;
	pid_t pid;

	(void)state;
	start(&world);
	make_long_call(&world);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	pid = worker_of(&world);
	let_work(&world, pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(hear_done(&world), -EAGAIN);
	stop(&world);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_call_that_crashes_is_tried_twice_and_told_as_damaged),
		cmocka_unit_test(
			a_worker_out_of_memory_is_no_fault_of_the_call),
	};

	if (!may_begin(argc, argv))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
