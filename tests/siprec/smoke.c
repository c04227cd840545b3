/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Proves the room alone: plays the house, media and the register to a real
 * tallenne-siprec, jail and all, while SIPp calls it.
 *
 *	smoke tallenne-siprec policy.yaml DIRECTORY-OF-SCENARIOS
 *
 * Each scenario is a row of the table below: by which transport, whether
 * the room is killed in the middle, and what media and the register must
 * have been told at its end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/room.h"
#include "media/media.h"
#include "register/register.h"
#include "tests/unit/seal_world.h"

enum { ROOM_WAIT_MS = 60000, RUN_WAIT_MS = 180000 };
/* So many tenths of a second of silence after all that is expected, and so
   many if something of it is missing. */
enum { QUIET_TURNS = 15, PATIENT_TURNS = 300 };

struct scenario {
	const char *file;
	const char *transport; /* of sipp: u1, t1 */
	int calls;
	bool is_killed; /* the room is killed while SIPp pauses */
	bool is_silent; /* media hears nothing and says so */
	uint32_t state; /* of the last row */
	uint32_t end_reason;
	int marks; /* at least so many per call */
};

static const struct scenario scenarios[] = {
	{ "basic.xml", "u1", 20, false, false, REGISTER_STATE_ENDED,
	  CALL_END_BYE, 1 },
	{ "basic.xml", "t1", 20, false, false, REGISTER_STATE_ENDED,
	  CALL_END_BYE, 1 },
	{ "hold.xml", "u1", 2, false, false, REGISTER_STATE_ENDED, CALL_END_BYE,
	  3 },
	{ "hold.xml", "t1", 2, false, false, REGISTER_STATE_ENDED, CALL_END_BYE,
	  3 },
	{ "transfer.xml", "u1", 2, false, false, REGISTER_STATE_ENDED,
	  CALL_END_BYE, 2 },
	{ "update.xml", "u1", 2, false, false, REGISTER_STATE_ENDED,
	  CALL_END_BYE, 2 },
	{ "update.xml", "t1", 2, false, false, REGISTER_STATE_ENDED,
	  CALL_END_BYE, 2 },
	{ "refused.xml", "u1", 1, false, false, 0, 0, 0 },
	{ "restart.xml", "u1", 1, true, false, REGISTER_STATE_ENDED,
	  CALL_END_BYE, 1 },
	{ "lost_bye.xml", "u1", 1, false, true, REGISTER_STATE_ENDED,
	  CALL_END_SILENCE, 1 },
};

struct stage {
	const char *program;
	struct seal_world world;
	int policy, journal, attic, udp, tcp;
	uint16_t port;
	pid_t room;
	int control, media, registry;
	/* What was heard in the present scenario. */
	int opens, changes, closes, marks, segments;
	struct id open_call;
	struct register_contact last;
	uint64_t highest;
};

static void die(const char *what)
{
	fprintf(stderr, "smoke: %s\n", what);
	exit(EXIT_FAILURE);
}

static int bound(int type, uint16_t *port)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(*port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) < 0)
		die("cannot bind");
	*port = ntohs(at.sin_port);
	return fd;
}

static void give(struct stage *stage, uint16_t type, const char *word, int fd)
{
	struct room_letter_any letter = { .head = { .type = type,
						    .size = sizeof(letter) } };
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	if (line_post(stage->control, &letter.head, &fds, true) < 0)
		die("the room is gone");
}

static int line_to_room(struct stage *stage, const char *peer)
{
	int ends[2];

	if (line_open(ends) < 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0)
		die("no line");
	give(stage, ROOM_LINE, peer, ends[1]);
	close(ends[1]);
	return ends[0];
}

static int settings_file(void)
{
	static const char text[] = "clients.0.name\tsipp\n"
				   "clients.0.address\t127.0.0.1\n"
				   "probe_s\t2\n"
				   "agents.0.id\tagent-1\n"
				   "agents.0.name\tAgent 1\n"
				   "agents.0.number\t+358295550151\n"
				   "agents.1.id\tagent-2\n"
				   "agents.1.name\tAgent 2\n"
				   "agents.1.number\t+358295550152\n";

	return file_of("settings", text, sizeof(text) - 1);
}

static void start_room(struct stage *stage)
{
	struct room_letter_any ready;
	int ends[2], settings = settings_file();
	int keys = file_of("keys", stage->world.file, stage->world.file_size);

	if (line_open(ends) < 0)
		die("no line");
	stage->room = fork();
	if (stage->room == 0) {
		if (dup2(ends[1], ROOM_CONTROL_FD) < 0 ||
		    fcntl(ROOM_CONTROL_FD, F_SETFD, 0) < 0)
			_exit(1);
		execl(stage->program, stage->program, (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	stage->control = ends[0];
	give(stage, ROOM_FILE, "settings", settings);
	give(stage, ROOM_FILE, "policy", stage->policy);
	give(stage, ROOM_FILE, "keys", keys);
	give(stage, ROOM_FILE, "journal", stage->journal);
	give(stage, ROOM_FILE, "attic", stage->attic);
	give(stage, ROOM_FILE, "udp", stage->udp);
	give(stage, ROOM_FILE, "tcp", stage->tcp);
	close(settings);
	close(keys);
	stage->media = line_to_room(stage, "media");
	stage->registry = line_to_room(stage, "register");
	give(stage, ROOM_GO, "", -1);

	struct pollfd until = { stage->control, POLLIN, 0 };
	if (poll(&until, 1, ROOM_WAIT_MS) != 1 ||
	    line_take(stage->control, &ready.head, sizeof(ready), NULL) < 0 ||
	    ready.head.type != ROOM_READY)
		die("the room does not get ready");
}

static void kill_room(struct stage *stage)
{
	(void)kill(stage->room, SIGKILL);
	(void)waitpid(stage->room, NULL, 0);
	close(stage->control);
	close(stage->media);
	close(stage->registry);
	start_room(stage);
}

static void answer_open(struct stage *stage, const struct media_open *open)
{
	struct media_opened opened = {
		.head = { .type = MEDIA_OPENED,
			  .size = sizeof(opened),
			  .tag = open->head.tag },
		.call = open->call,
	};

	for (uint32_t i = 0; i < open->stream_count; i++)
		if (open->streams[i].state != CALL_STREAM_FREE)
			opened.port[i] = open->streams[i].want_port
						 ? open->streams[i].want_port
						 : (uint16_t)(30000 + 2 * i);
	if (line_post(stage->media, &opened.head, NULL, true) < 0)
		die("media cannot answer");
}

static void hear_media(struct stage *stage)
{
	static union {
		struct letter head;
		struct media_open open;
		struct media_close close;
		struct media_mark mark;
	} letter;
	struct media_closed closed = { .head = { .type = MEDIA_CLOSED,
						 .size = sizeof(closed) },
				       .streams_heard = 2 };

	if (line_take(stage->media, &letter.head, sizeof(letter), NULL) < 0)
		return;
	switch (letter.head.type) {
	case MEDIA_OPEN:
		stage->opens++;
		stage->segments += letter.open.segment > 0;
		stage->open_call = letter.open.call;
		answer_open(stage, &letter.open);
		break;
	case MEDIA_CHANGE:
		stage->changes++;
		answer_open(stage, &letter.open);
		break;
	case MEDIA_MARK:
		stage->marks++;
		break;
	case MEDIA_CLOSE:
		stage->closes++;
		closed.call = letter.close.call;
		if (line_post(stage->media, &closed.head, NULL, true) < 0)
			die("media cannot answer");
		break;
	default:
		die("media was told nonsense");
	}
}

static void hear_register(struct stage *stage)
{
	static union {
		struct letter head;
		struct register_contact contact;
		struct register_last last;
	} letter;
	struct register_noted noted = { .head = { .type = REGISTER_NOTED,
						  .size = sizeof(noted) } };

	if (line_take(stage->registry, &letter.head, sizeof(letter), NULL) < 0)
		return;
	if (letter.head.type == REGISTER_LAST) {
		letter.last.number = stage->highest;
		if (line_post(stage->registry, &letter.head, NULL, true) < 0)
			die("the register cannot answer");
		return;
	}
	stage->last = letter.contact;
	if (letter.contact.number > stage->highest + 1)
		die("a number is missing");
	if (letter.contact.number > stage->highest)
		stage->highest = letter.contact.number;
	noted.number = letter.contact.number;
	noted.version = letter.contact.version;
	if (line_post(stage->registry, &noted.head, NULL, true) < 0)
		die("the register cannot answer");
}

static void say_silent(struct stage *stage)
{
	struct media_closed silent = { .head = { .type = MEDIA_SILENT,
						 .size = sizeof(silent) },
				       .call = stage->open_call };

	if (line_post(stage->media, &silent.head, NULL, true) < 0)
		die("media cannot speak");
}

static pid_t start_sipp(const struct stage *stage,
			const struct scenario *scenario, const char *directory)
{
	char file[512], target[64], calls[16];
	pid_t pid;

	snprintf(file, sizeof(file), "%s/%s", directory, scenario->file);
	snprintf(target, sizeof(target), "127.0.0.1:%u", stage->port);
	snprintf(calls, sizeof(calls), "%d", scenario->calls);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)!dup2(null, 0);
		(void)!dup2(null, 1);
		execlp("sipp", "sipp", target, "-sf", file, "-t",
		       scenario->transport, "-m", calls, "-r", "10", "-i",
		       "127.0.0.1", "-nostdin", "-timeout", "150", "-s",
		       "+358295550100", "-recv_timeout", "60000", "-trace_err",
		       "-error_file", "/dev/stderr", (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* Whether the room has said all that it should. */
static bool is_all_said(const struct stage *stage,
			const struct scenario *scenario)
{
	if (stage->marks < scenario->marks * scenario->calls)
		return false;
	return scenario->state == 0 ||
	       (stage->opens == scenario->calls &&
		stage->closes == scenario->calls &&
		stage->last.state == scenario->state &&
		stage->last.end_reason == scenario->end_reason);
}

/* Serve both lines until SIPp has ended and all is said. */
static int serve(struct stage *stage, const struct scenario *scenario,
		 pid_t sipp)
{
	int status = -1, quiet = 0, turns = 0;
	bool is_done = false, was_killed = false, was_silent = false;

	while ((!is_done ||
		quiet < (is_all_said(stage, scenario) ? QUIET_TURNS
						      : PATIENT_TURNS)) &&
	       turns++ < RUN_WAIT_MS / 100) {
		struct pollfd ready[] = { { stage->media, POLLIN, 0 },
					  { stage->registry, POLLIN, 0 } };
		int count = poll(ready, 2, 100);

		quiet = count > 0 ? 0 : quiet + 1;
		if (ready[0].revents)
			hear_media(stage);
		if (ready[1].revents)
			hear_register(stage);
		if (!is_done && waitpid(sipp, &status, WNOHANG) == sipp)
			is_done = true;
		if (scenario->is_killed && !was_killed &&
		    stage->last.state == REGISTER_STATE_ANSWERED &&
		    quiet == 3) {
			kill_room(stage);
			was_killed = true;
		}
		if (is_done && scenario->is_silent && !was_silent) {
			say_silent(stage);
			was_silent = true;
			quiet = -40; /* the room asks first */
		}
	}
	return is_done && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool play(struct stage *stage, const struct scenario *scenario,
		 const char *directory)
{
	pid_t sipp;
	int status;
	bool is_good;

	stage->opens = stage->changes = stage->closes = 0;
	stage->marks = stage->segments = 0;
	memset(&stage->last, 0, sizeof(stage->last));
	sipp = start_sipp(stage, scenario, directory);
	status = serve(stage, scenario, sipp);
	is_good = status == 0 && is_all_said(stage, scenario);
	printf("%s - %s over %s (sipp %d, opens %d, changes %d, marks %d, "
	       "closes %d, state %u, end %u, flags %u)\n",
	       is_good ? "ok" : "not ok", scenario->file, scenario->transport,
	       status, stage->opens, stage->changes, stage->marks,
	       stage->closes, stage->last.state, stage->last.end_reason,
	       stage->last.flags);
	fflush(stdout);
	return is_good;
}

int main(int argc, char **argv)
{
	struct stage stage = { 0 };
	int failed = 0, journal;

	if (argc < 4)
		die("which program, policy and scenarios?");
	stage.program = argv[1];
	stage.world = seal_world_new();
	stage.policy = open(argv[2], O_RDONLY | O_CLOEXEC);
	journal = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	stage.journal = journal;
	stage.attic = memfd_create("attic", MFD_CLOEXEC);
	stage.udp = bound(SOCK_DGRAM, &stage.port);
	stage.tcp = bound(SOCK_STREAM, &stage.port);
	if (stage.policy < 0 || journal < 0 || stage.attic < 0)
		die("cannot open what the room needs");
	start_room(&stage);
	for (size_t i = 0; i < COUNT(scenarios); i++) {
		if (argc > 4 && strcmp(argv[4], scenarios[i].file))
			continue;
		failed += !play(&stage, &scenarios[i], argv[3]);
	}
	give(&stage, ROOM_STOP, "", -1);
	(void)waitpid(stage.room, NULL, 0);
	seal_world_free(&stage.world);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
