/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tallenne demo: all rooms on loopback, two spoken calls over real SIP and
 * RTP, and links to hear them. Gone at Ctrl-C.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "cli/call/call.h"
#include "cli/command.h"
#include "cli/demo/place.h"
#include "cli/demo/speech.h"
#include "cli/demo/visitor.h"
#include "cli/demo/warp.h"
#include "cli/say.h"
#include "register/register.h"

enum {
	START_WAIT_MS = 60000,
	RECORD_WAIT_MS = 30000,
	ASK_WAIT_MS = 10000,
	LOOK_EVERY_MS = 100,
	CALLS = 2,
};

struct values {
	uint16_t web_port, sip_port, chat_port;
	const char *run;
	bool keep, no_calls, once;
};

static const struct option_row options[] = {
	{ "web-port", 0, OPTION_PORT, offsetof(struct values, web_port), "PORT",
	  "port of the staff pages; any free one by default" },
	{ "sip-port", 0, OPTION_PORT, offsetof(struct values, sip_port), "PORT",
	  "port of the recorder, UDP and TCP; any free one by default" },
	{ "chat-port", 0, OPTION_PORT, offsetof(struct values, chat_port),
	  "PORT", "port of the public pages; any free one by default" },
	{ "keep", 0, OPTION_FLAG, offsetof(struct values, keep), NULL,
	  "leave the directory behind at the end" },
	{ "no-calls", 0, OPTION_FLAG, offsetof(struct values, no_calls), NULL,
	  "make no calls and no chat; wait for yours" },
	{ "once", 0, OPTION_FLAG, offsetof(struct values, once), NULL,
	  "end as soon as the calls are recorded" },
	{ "run", 0, OPTION_TEXT, offsetof(struct values, run), "DIR",
	  "warp: run directory of the demo (TALLENNE_RUN)" },
};

static const struct speech_turn first_talk[] = {
	{ SPEECH_AGENT, "fi+f2",
	  "Asiakaspalvelu, hyvää päivää. Tämä puhelu "
	  "tallennetaan palvelun laadun vuoksi." },
	{ SPEECH_CALLER, "fi+m3", "Hei. Kysyisin hakemuksen käsittelyajasta." },
	{ SPEECH_AGENT, "fi+f2", "Käsittely kestää nyt noin kaksi viikkoa." },
	{ SPEECH_CALLER, "fi+m3", "Kiitos, se riittää. Kuulemiin." },
	{ SPEECH_AGENT, "fi+f2", "Kiitos soitosta, kuulemiin." },
};

static const struct speech_turn second_talk[] = {
	{ SPEECH_AGENT, "sv+m1",
	  "Företagsrådgivning, god dag. Samtalet spelas "
	  "in." },
	{ SPEECH_CALLER, "sv+f3", "Hej. Vilken blankett behöver jag?" },
	{ SPEECH_AGENT, "sv+m1",
	  "Den finns på vår webbplats. Tack för "
	  "samtalet." },
};

static const struct demo_call {
	const char *service, *service_shown, *caller, *caller_shown;
	struct call_agent agent;
	const struct speech_turn *turns;
	size_t turn_count;
	const char *wav[SPEECH_SPEAKERS];
} demo_calls[CALLS] = {
	{ "+358295550100",
	  "029 555 0100",
	  "+358405550123",
	  "040 555 0123",
	  { "agent-1", "+358295550901", "agent1@pbx.example" },
	  first_talk,
	  COUNT(first_talk),
	  { "caller1.wav", "agent1.wav" } },
	{ "+358295550101",
	  "029 555 0101",
	  NULL,
	  "numero salattu",
	  { "agent-2", "+358295550902", "agent2@pbx.example" },
	  second_talk,
	  COUNT(second_talk),
	  { "caller2.wav", "agent2.wav" } },
};

static const struct demo_person {
	enum notice_role role;
	const char *user, *name, *agent, *may;
} people[] = {
	{ NOTICE_ROLE_SUPERVISOR, "supervisor", "Supervisor", "",
	  "finds and plays calls, purpose first" },
	{ NOTICE_ROLE_QUALITY, "trainer", "Trainer", "",
	  "the same without callers' numbers" },
	{ NOTICE_ROLE_AGENT, "agent1", "Agent 1", "agent-1",
	  "answers chats, sees own calls and who heard them" },
	{ NOTICE_ROLE_AGENT, "agent2", "Agent 2", "agent-2",
	  "the same, for a chat to be passed on to" },
	{ NOTICE_ROLE_DPO, "dpo", "Data protection officer", "",
	  "sees figures and proofs, hears nothing" },
	{ NOTICE_ROLE_ADMIN, "admin", "Administrator", "",
	  "runs it, sees no contact and hears nothing" },
};

static int add_person(int door, const struct demo_person *person, char once[32])
{
	struct door_staff staff = {
		.head = { .type = DOOR_STAFF_ADD, .size = sizeof(staff) },
		.role = person->role,
		.direct = 1,
	};
	struct door_staff answer;
	int r;

	snprintf(staff.user, sizeof(staff.user), "%s", person->user);
	snprintf(staff.name, sizeof(staff.name), "%s", person->name);
	snprintf(staff.agent, sizeof(staff.agent), "%s", person->agent);
	snprintf(staff.language, sizeof(staff.language), "en");
	r = line_ask(door, &staff.head, NULL, &answer.head, DOOR_STAFF_IS,
		     sizeof(answer), NULL, ASK_WAIT_MS);
	if (r < 0)
		return r;
	if (answer.result < 0)
		return answer.result;
	answer.once[sizeof(answer.once) - 1] = '\0';
	snprintf(once, 32, "%s", answer.once);
	return 0;
}

static int print_links(const struct place *place, int door)
{
	int r = 0;

	printf("Chat as a visitor:\n"
	       "  http://%s/chat\n"
	       "  http://%s/demo-site  (on the page of an agency)\n"
	       "Read the privacy notice, as anybody may:\n"
	       "  http://%s/notice\n"
	       "Open as staff:\n",
	       place->chat, place->chat, place->chat);
	for (size_t i = 0; r == 0 && i < COUNT(people); i++) {
		char once[32];

		r = add_person(door, &people[i], once);
		if (r == 0)
			printf("  %-24s http://%s/?once=%s\n  %-24s %s\n",
			       people[i].name, place->web, once, "",
			       people[i].may);
	}
	return r;
}

static int make_call(const struct place *place, const struct demo_call *call)
{
	struct call_plan plan = call_plan_default();
	OWNED(call_summary_drop) struct call_summary summary = { 0 };
	char wav[SPEECH_SPEAKERS][PLACE_PATH_SIZE + 32], fault[CALL_FAULT_SIZE];
	char host[PLACE_ADDRESS_SIZE];
	struct slice port;
	uint64_t number = 0;
	int r = speech_make(place->dir, call->turns, call->turn_count,
			    call->wav);

	if (r == -ENOENT)
		printf("  (espeak-ng is not installed; the calls are a "
		       "synthetic signal)\n");
	else if (r < 0)
		return r;
	plan.talk_ms = r == -ENOENT ? 8000 : 0;
	if (r == 0) {
		for (int who = 0; who < SPEECH_SPEAKERS; who++)
			snprintf(wav[who], sizeof(wav[who]), "%s/%s",
				 place->path, call->wav[who]);
		plan.caller_wav = wav[SPEECH_CALLER];
		plan.agent_wav = wav[SPEECH_AGENT];
	}
	r = slice_text(slice_cut(slice_of(place->sip), ':', &port), host,
		       sizeof(host));
	if (r == 0)
		r = slice_number(port, UINT16_MAX, &number);
	if (r < 0)
		return r;
	plan.host = host;
	plan.port = (uint16_t)number;
	plan.transport = CALL_TCP;
	plan.service = call->service;
	plan.caller = call->caller;
	plan.agent = call->agent;

	printf("  calling    %s <- %-14s %s ... ", call->service_shown,
	       call->caller_shown, call->agent.id);
	(void)fflush(stdout);
	r = call_run(&plan, &summary, fault);
	if (r < 0 || summary.ok != 1) {
		printf("failed: %s\n", r < 0 ? fault : summary.report[0].fault);
		return r < 0 ? r : -EREMOTEIO;
	}
	printf("%llu packets over RTP\n", (unsigned long long)summary.packets);
	return 0;
}

/* How many recordings the register has by now. */
static int count_recorded(int door, struct desk_contact_rows *rows)
{
	struct door_list ask = {
		.head = { .type = DOOR_CONTACTS, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
	};
	int count = 0;
	int r = line_ask(door, &ask.head, NULL, &rows->head, DOOR_CONTACT_ROWS,
			 sizeof(*rows), NULL, ASK_WAIT_MS);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < rows->count && i < DESK_ROWS_MAX; i++)
		count += rows->row[i].recordings > 0;
	return count;
}

static int wait_recorded(int door)
{
	struct desk_contact_rows rows;
	int r = 0;

	for (int waited = 0; waited < RECORD_WAIT_MS; waited += LOOK_EVERY_MS) {
		r = count_recorded(door, &rows);
		if (r < 0 || r >= CALLS)
			break;
		(void)poll(NULL, 0, LOOK_EVERY_MS);
	}
	if (r < 0)
		return r;
	if (r < CALLS)
		return -ETIMEDOUT;
	for (uint32_t i = rows.count; i-- > 0;) {
		const struct desk_contact_row *row = &rows.row[i];

		printf("  sealed     contact %llu, %llu.%llu s; the sound may "
		       "exist until %u.%u.%u, the history until %u.%u.%u\n",
		       (unsigned long long)row->number,
		       (unsigned long long)row->duration_ms / 1000,
		       (unsigned long long)row->duration_ms / 100 % 10,
		       row->audio_end % 100, row->audio_end / 100 % 100,
		       row->audio_end / 10000, row->contact_end % 100,
		       row->contact_end / 100 % 100, row->contact_end / 10000);
	}
	return 0;
}

/* Until Ctrl-C, TERM, or the house ends by itself. */
static int wait_for_end(const struct place *place, int signals,
			struct visitor *visitor)
{
	siginfo_t about;

	for (;;) {
		struct pollfd ends[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = visitor->events, .events = POLLIN },
		};

		if (poll(ends, COUNT(ends), 1000) > 0 && ends[0].revents)
			return 0;
		visitor_stay(visitor);
		about.si_pid = 0;
		if (waitid(P_PID, (id_t)place->house, &about,
			   WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    about.si_pid != 0)
			return -ECHILD;
	}
}

static int tell_failure(const struct place *place, const char *what, int r)
{
	say_error("%s: %s", what, strerror(-r));
	if (place->path[0])
		fprintf(stderr, "  what the rooms said: %s/log\n", place->path);
	return r;
}

static int let_visitor_in(const struct place *place, struct visitor *visitor)
{
	int r = visitor_come(visitor, place->chat);

	if (r == 0)
		printf("  chat       a visitor waits in the queue, answers "
		       "when "
		       "an agent writes\n");
	return r;
}

static int show(const struct values *values, struct place *place, int signals,
		struct visitor *visitor)
{
	OWNED(drop_fd) int door = -1;
	int r = place_start(place, START_WAIT_MS);

	if (r < 0)
		return tell_failure(place, "the rooms did not start", r);
	door = place_door(place, "register");
	if (door < 0)
		return tell_failure(place, "the register's door is shut", door);
	printf("  policy     the example notice (fi, sv, en): calls 6 months, "
	       "chats 24, history 12;\n"
	       "             here with chats at any hour\n"
	       "  keys       fresh; the recorder holds the public halves "
	       "only\n"
	       "  recorder   SIPREC sip:%s over UDP and TCP\n",
	       place->sip);
	for (size_t i = 0; r == 0 && !values->no_calls && i < CALLS; i++)
		r = make_call(place, &demo_calls[i]);
	if (r < 0)
		return tell_failure(place, "the call failed", r);
	if (!values->no_calls)
		r = wait_recorded(door);
	if (r < 0)
		return tell_failure(place, "the calls were not recorded", r);
	if (!values->no_calls)
		r = let_visitor_in(place, visitor);
	if (r < 0)
		return tell_failure(place, "the chat failed", r);
	r = print_links(place, door);
	if (r < 0)
		return tell_failure(place, "cannot add staff", r);
	printf("A link is good for one sign-in, within 30 minutes. Commands "
	       "in another window:\n"
	       "  export TALLENNE_RUN=%s/run\n"
	       "  tallenne staff reset supervisor --direct   # a new link\n"
	       "  tallenne status; tallenne doctor; tallenne contact list\n"
	       "  tallenne demo warp 7mo                     # half a year on\n"
	       "Try:  choose a purpose, then press Space. Ctrl-C ends the "
	       "demo and removes everything.\n",
	       place->path);
	(void)fflush(stdout);
	if (values->once)
		return 0;
	r = wait_for_end(place, signals, visitor);
	return r < 0 ? tell_failure(place, "the house ended", r) : 0;
}

static int run(void *self, int argc, char **argv)
{
	const struct values *values = self;
	struct place_wishes wishes = { values->web_port, values->sip_port,
				       values->chat_port, 0 };
	const uint16_t ports[] = { values->web_port, values->sip_port,
				   values->chat_port };
	struct visitor visitor = { .events = -1 };
	struct place place;
	OWNED(drop_fd) int signals = -1;
	sigset_t ends;
	int r;

	if (argc == 2 && strcmp(argv[0], "warp") == 0)
		return warp_demo(values->run, argv[1]);
	if (argc > 0) {
		say_error("demo, or demo warp PERIOD; unexpected word: %s",
			  argv[0]);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < COUNT(ports); i++) {
		if (place_is_free(ports[i]))
			continue;
		say_error("port %u is taken by another program; without "
			  "--web-port, --sip-port and --chat-port free ones "
			  "are found",
			  ports[i]);
		return EXIT_ERROR;
	}
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	signals = signalfd(-1, &ends, SFD_CLOEXEC);

	printf("tallenne %s demo - everything on 127.0.0.1, data in a "
	       "temporary directory, gone when you stop (Ctrl-C)\n",
	       TALLENNE_VERSION);
	(void)fflush(stdout);
	r = place_make(&wishes, &place);
	if (r < 0)
		(void)tell_failure(&place, "cannot make a place", r);
	else
		r = show(values, &place, signals, &visitor);
	visitor_leave(&visitor);
	place_end(&place, values->keep || r < 0);
	if (r == 0)
		printf("Everything is gone.\n");
	return r < 0 ? EXIT_ERROR : EXIT_OK;
}

static const struct command_verb verbs[] = {
	{ "warp", "PERIOD",
	  "of a running demo: let it be 7mo, 2y or 10d after today, erase "
	  "what has come to its end by then, and tell what is left" },
};

static const struct command_example examples[] = {
	{ "tallenne demo", "two calls, a chat, six links, on free ports" },
	{ "tallenne demo --no-calls --sip-port 5060",
	  "wait for calls of your own session border controller" },
	{ "tallenne demo warp 7mo",
	  "in another window: the sound is gone, the history is not" },
};

const struct command command_demo = {
	.name = "demo",
	.words = "",
	.about = "Starts all rooms on loopback with fresh keys and the "
		 "example policy, makes two spoken calls over real SIP and "
		 "RTP, and prints one-time links to hear them.\n\n"
		 "Everything lies in one temporary directory that is removed "
		 "at the end. Other commands find the demo by its run "
		 "directory, which it prints: TALLENNE_RUN, or --run.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = options,
	.option_count = COUNT(options),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne(1), tallenne-call(1), tallenne-serve(1)",
	.values_size = sizeof(struct values),
	.run = run,
};
