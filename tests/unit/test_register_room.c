/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The programs tallenne-register and tallenne-vault together, each in its
 * jail, with house, recorders, chat, desk and door played by the test.
 * Arguments: register, vault, policy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "clear_dir.h"
#include "notice/civil.h"
#include "register/register.h"
#include "vault_room.h"

enum { SOUND_SIZE = 100000 };

static const char *program, *vault_program, *policy_path;

static const char settings_text[] = "direct_codes\ttrue\n"
				    "agents.0.id\ta1\n"
				    "agents.0.name\tAgent 1\n";

/* A register and its vault. */
struct pair {
	struct vault_room vault;
	pid_t pid;
	int control, siprec, finish, chat, desk, door;
	char place[64], door_path[108];
	int dir;
};

static void say(struct pair *pair, uint16_t type, const char *word, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	assert_int_equal(line_post(pair->control, &letter.head, &fds, true), 0);
}

static int give_line(struct pair *pair, const char *peer)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	say(pair, ROOM_LINE, peer, ends[1]);
	(void)close(ends[1]);
	return ends[0];
}

static int listen_at(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int knock(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)),
			 0);
	return fd;
}

static int hear_ready(struct pair *pair)
{
	for (;;) {
		struct room_letter_any letter;
		struct pollfd ready = { .fd = pair->control, .events = POLLIN };
		int r;

		if (poll(&ready, 1, VAULT_ROOM_WAIT_MS) <= 0)
			return -ETIMEDOUT;
		r = line_take(pair->control, &letter.head, sizeof(letter),
			      NULL);
		if (r < 0 || letter.head.type == ROOM_READY)
			return r;
	}
}

static void give_vault(struct pair *pair)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	vault_room_say(&pair->vault, ROOM_LINE, "register", ends[0]);
	say(pair, ROOM_LINE, "vault", ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void start(struct pair *pair)
{
	OWNED(drop_fd)
	int file =
		file_of("settings", settings_text, sizeof(settings_text) - 1);
	OWNED(drop_fd) int policy = open(policy_path, O_RDONLY | O_CLOEXEC);
	OWNED(drop_fd) int door = listen_at(pair->door_path);
	int ends[2];

	assert_true(policy >= 0 && file >= 0);
	assert_int_equal(line_open(ends), 0);
	pair->pid = fork();
	if (pair->pid == 0)
		vault_room_exec(program, ends[1]);
	(void)close(ends[1]);
	pair->control = ends[0];
	say(pair, ROOM_FILE, "settings", file);
	say(pair, ROOM_FILE, "state", pair->dir);
	say(pair, ROOM_FILE, "policy", policy);
	say(pair, ROOM_FILE, "door", door);
	pair->siprec = give_line(pair, "siprec");
	pair->finish = give_line(pair, "finish");
	pair->chat = give_line(pair, "chat");
	pair->desk = give_line(pair, "desk");
	give_vault(pair);
	say(pair, ROOM_GO, "", -1);
	assert_int_equal(hear_ready(pair), 0);
	pair->door = knock(pair->door_path);
}

static int end_of(struct pair *pair)
{
	int status;

	assert_int_equal(waitpid(pair->pid, &status, 0), pair->pid);
	drop_fd(&pair->control);
	drop_fd(&pair->siprec);
	drop_fd(&pair->finish);
	drop_fd(&pair->chat);
	drop_fd(&pair->desk);
	drop_fd(&pair->door);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int prepare(void **state)
{
	static struct pair pair;

	memset(&pair, 0, sizeof(pair));
	pair.vault = vault_room_new();
	snprintf(pair.place, sizeof(pair.place), "/tmp/register-room-XXXXXX");
	assert_non_null(mkdtemp(pair.place));
	pair.dir = open(pair.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(pair.door_path, sizeof(pair.door_path), "%s/door", pair.place);
	assert_int_equal(vault_room_start(&pair.vault, vault_program,
					  VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	start(&pair);
	*state = &pair;
	return 0;
}

static int clear(void **state)
{
	struct pair *pair = *state;

	say(pair, ROOM_STOP, "", -1);
	assert_int_equal(end_of(pair), 0);
	assert_int_equal(vault_room_stop(&pair->vault), 0);
	vault_room_free(&pair->vault);
	clear_dir(pair->dir);
	drop_fd(&pair->dir);
	return rmdir(pair->place);
}

#define ASK(end, ask, answer, want)                                            \
	assert_int_equal(vault_room_ask(end, &(ask).head, NULL,                \
					&(answer).head, want, sizeof(answer)), \
			 0)

static seal_date in_days(int days)
{
	struct civil_zone *zone;
	seal_date date;

	assert_int_equal(civil_zone_load("Europe/Helsinki", &zone), 0);
	date = civil_add_days(civil_date(zone, clock_now(&clock_system)), days);
	civil_zone_free(zone);
	return date;
}

static struct register_contact contact(struct pair *pair, uint64_t number)
{
	nanoseconds now = clock_now(&clock_system);
	struct register_contact contact = {
		.head = { .type = REGISTER_CONTACT, .size = sizeof(contact) },
		.contact = id_new(),
		.number = number,
		.version = 1,
		.state = REGISTER_STATE_ENDED,
		.started_at = now - 90 * NS_PER_S,
		.answered_at = now - 80 * NS_PER_S,
		.ended_at = now - 20 * NS_PER_S,
		.end_reason = 1,
		/* The vault of the test makes keys 30 days ahead. */
		.audio_end = { SEAL_CLASS_AUDIO, in_days(20) },
		.contact_end = { SEAL_CLASS_CONTACT, in_days(25) },
		.service_number = "+358295550100",
		.agent = "a1",
		.agent_name = "Agent 1",
		.caller_tail = "123",
	};
	struct register_noted noted;

	ASK(pair->siprec, contact, noted, REGISTER_NOTED);
	assert_int_equal(noted.result, 0);
	return contact;
}

static uint8_t sound_at(size_t i)
{
	return (uint8_t)(i * 13 + i / 251);
}

/* Seal and hand in, as finish does. */
static struct register_recording record(struct pair *pair,
					const struct register_contact *contact)
{
	static const uint8_t node_seed[32] = { 5 };
	static uint8_t sound[SOUND_SIZE];
	struct register_recording recording = {
		.head = { .type = REGISTER_RECORDING,
			  .size = sizeof(recording) },
		.contact = contact->contact,
		.call = id_new(),
		.number = contact->number,
		.began_at = contact->answered_at,
		.duration_ms = 60000,
		.end = contact->audio_end,
	};
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_taken taken;

	for (size_t i = 0; i < SOUND_SIZE; i++)
		sound[i] = sound_at(i);
	for (uint32_t i = 0; i < 3; i++) {
		struct seal_object about = {
			.object = id_new(),
			.contact = contact->contact,
			.kind = SEAL_KIND_SOUND + i,
		};
		int fd =
			memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);

		assert_int_equal(seal_write(fd, pair->vault.keys,
					    &recording.end, node_seed, &about,
					    sound, SOUND_SIZE),
				 0);
		assert_int_equal(
			fcntl(fd, F_ADD_SEALS,
			      F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
			0);
		recording.object[i] = about.object;
		recording.size[i] = about.size;
		recording.sealed_size[i] = about.sealed_size;
		memcpy(recording.hash[i], about.hash, SEAL_HASH_SIZE);
		/* The last one's key is found in the object itself. */
		if (i < 2)
			recording.wrapped[i] = about.wrapped;
		fds.fd[fds.count++] = fd;
	}
	assert_int_equal(vault_room_ask(pair->finish, &recording.head, &fds,
					&taken.head, REGISTER_TAKEN,
					sizeof(taken)),
			 0);
	assert_int_equal(taken.result, 0);
	return recording;
}

/* Seal a conversation and hand it in, as the room chat does. */
static struct register_chat converse(struct pair *pair)
{
	static const uint8_t node_seed[32] = { 5 };
	static uint8_t text[SOUND_SIZE];
	nanoseconds now = clock_now(&clock_system);
	struct register_chat chat = {
		.head = { .type = REGISTER_CHAT, .size = sizeof(chat) },
		.chat = id_new(),
		.version = 1,
		.phase = REGISTER_PHASE_OVER,
		.started_at = now - 90 * NS_PER_S,
		.answered_at = now - 80 * NS_PER_S,
		.ended_at = now - 20 * NS_PER_S,
		.end_reason = 2,
		.contact_end = { SEAL_CLASS_CONTACT, in_days(25) },
		.has_object = 1,
		.language = "sv",
		.queue = "general",
		.agent = "a1",
		.agent_name = "Agent 1",
		.chat_end = { SEAL_CLASS_CHAT, in_days(20) },
	};
	struct seal_object about = {
		.object = id_new(),
		.contact = chat.chat,
		.kind = SEAL_KIND_CHAT,
	};
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_chat_noted noted;

	for (size_t i = 0; i < SOUND_SIZE; i++)
		text[i] = sound_at(i);
	fds.fd[0] = memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	fds.count = 1;
	assert_int_equal(seal_write(fds.fd[0], pair->vault.keys, &chat.chat_end,
				    node_seed, &about, text, SOUND_SIZE),
			 0);
	assert_int_equal(fcntl(fds.fd[0], F_ADD_SEALS,
			       F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
			 0);
	chat.object = about.object;
	chat.size = about.size;
	chat.sealed_size = about.sealed_size;
	memcpy(chat.hash, about.hash, SEAL_HASH_SIZE);
	chat.wrapped = about.wrapped;
	assert_int_equal(vault_room_ask(pair->chat, &chat.head, &fds,
					&noted.head, REGISTER_CHAT_NOTED,
					sizeof(noted)),
			 0);
	assert_int_equal(noted.result, 0);
	return chat;
}

static struct desk_session session(struct pair *pair, const char *user)
{
	struct door_staff staff = {
		.head = { .type = DOOR_STAFF_ADD, .size = sizeof(staff) },
		.role = NOTICE_ROLE_SUPERVISOR,
		.direct = 1,
	}, made;
	struct desk_sign_in ask = {
		.head = { .type = DESK_SIGN_IN, .size = sizeof(ask) },
	};
	struct desk_session session;

	snprintf(staff.user, sizeof(staff.user), "%s", user);
	snprintf(staff.name, sizeof(staff.name), "Supervisor");
	ASK(pair->door, staff, made, DOOR_STAFF_IS);
	assert_int_equal(made.result, 0);
	memcpy(ask.once, made.once, sizeof(ask.once));
	ASK(pair->desk, ask, session, DESK_SESSION);
	assert_int_equal(session.result, DESK_OK);
	return session;
}

static int32_t play(struct pair *pair, const struct desk_session *who,
		    const struct id *call, uint32_t kind, uint64_t offset,
		    uint64_t size, int *ret_pipe)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = kind,
		.offset = offset,
		.size = size,
		.purpose = "laatu",
	};
	struct desk_playing playing;
	int ends[2];

	memcpy(ask.token, who->token, sizeof(ask.token));
	assert_int_equal(pipe(ends), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(vault_room_ask(pair->desk, &ask.head, &fds,
					&playing.head, DESK_PLAYING,
					sizeof(playing)),
			 0);
	(void)close(ends[1]);
	*ret_pipe = ends[0];
	if (playing.result == DESK_OK)
		assert_int_equal(playing.total, SOUND_SIZE);
	return playing.result;
}

static void assert_heard(int from, uint64_t offset, uint64_t size)
{
	uint8_t part[4096];
	uint64_t at = 0;
	ssize_t got;

	while ((got = read(from, part, sizeof(part))) > 0)
		for (ssize_t i = 0; i < got; i++, at++)
			assert_int_equal(part[i], sound_at(offset + at));
	assert_int_equal(at, size);
	(void)close(from);
}

static void what_was_recorded_is_heard(void **state)
{
	struct pair *pair = *state;
	struct register_contact one = contact(pair, 1);
	struct register_recording recording = record(pair, &one);
	struct desk_session who = session(pair, "sup");
	struct desk_contacts list = {
		.head = { .type = DESK_CONTACTS, .size = sizeof(list) },
		.limit = 20,
	};
	struct desk_contact_rows rows;
	int from;

	memcpy(list.token, who.token, sizeof(list.token));
	ASK(pair->desk, list, rows, DESK_CONTACT_ROWS);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.row[0].recordings, 1);
	assert_string_equal(rows.row[0].caller, "••• 123");

	for (uint32_t kind = 1; kind <= 3; kind++) {
		assert_int_equal(
			play(pair, &who, &recording.call, kind, 0, 0, &from),
			DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);
	}
	assert_int_equal(
		play(pair, &who, &recording.call, 1, 70001, 5000, &from),
		DESK_OK);
	assert_heard(from, 70001, 5000);
}

static void kill_at_any_moment_loses_nothing_taken(void **state)
{
	struct pair *pair = *state;
	struct register_recording recording[6];
	struct desk_session who = session(pair, "sup");
	struct register_last last = {
		.head = { .type = REGISTER_LAST, .size = sizeof(last) },
	};
	int from;

	for (uint64_t n = 1; n <= COUNT(recording); n++) {
		struct register_contact one = contact(pair, n);

		recording[n - 1] = record(pair, &one);
		assert_int_equal(kill(pair->pid, SIGKILL), 0);
		assert_int_equal(end_of(pair), 128 + SIGKILL);
		start(pair);
		ASK(pair->siprec, last, last, REGISTER_LAST);
		assert_int_equal(last.number, n);
	}
	for (size_t i = 0; i < COUNT(recording); i++) {
		assert_int_equal(
			play(pair, &who, &recording[i].call, 1, 0, 0, &from),
			DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);
	}
	struct door_verify verify = {
		.head = { .type = DOOR_VERIFY, .size = sizeof(verify) },
	};
	ASK(pair->door, verify, verify, DOOR_VERIFY);
	struct door_zone zone = {
		.head = { .type = DOOR_ZONE, .size = sizeof(zone) },
	};
	ASK(pair->door, zone, zone, DOOR_ZONE);
	assert_string_equal(zone.zone, "Europe/Helsinki");
	struct door_check whole = {
		.head = { .type = DOOR_CHECK, .size = sizeof(whole) },
		.result = -1,
	};
	ASK(pair->door, whole, whole, DOOR_CHECK);
	assert_int_equal(whole.result, 0);
	assert_int_equal(verify.result, 0);
	assert_int_equal(verify.objects, 3);
}

/* Sealed by one, kept by another, opened by a third: and whole. */
static void what_was_said_is_read(void **state)
{
	struct pair *pair = *state;
	struct register_chat chat[3];
	struct desk_session who = session(pair, "sup");
	struct desk_chats list = {
		.head = { .type = DESK_CHATS, .size = sizeof(list) },
		.limit = 20,
	};
	struct desk_chat_rows rows;
	int from;

	for (size_t i = 0; i < COUNT(chat); i++) {
		chat[i] = converse(pair);
		assert_int_equal(kill(pair->pid, SIGKILL), 0);
		assert_int_equal(end_of(pair), 128 + SIGKILL);
		start(pair);
	}
	memcpy(list.token, who.token, sizeof(list.token));
	ASK(pair->desk, list, rows, DESK_CHAT_ROWS);
	assert_int_equal(rows.count, COUNT(chat));
	for (size_t i = 0; i < COUNT(chat); i++) {
		const struct desk_chat_row *row =
			&rows.row[COUNT(chat) - 1 - i];

		assert_true(id_is(&row->chat, &chat[i].chat));
		assert_int_equal(row->number, i + 1);
		assert_int_equal(row->content_state, DESK_OK);
		assert_int_equal(play(pair, &who, &row->content, SEAL_KIND_CHAT,
				      0, 0, &from),
				 DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);
	}
}

static void the_vault_may_end_and_come_back(void **state)
{
	struct pair *pair = *state;
	struct register_contact one = contact(pair, 1);
	struct register_recording recording = record(pair, &one);
	struct desk_session who = session(pair, "sup");
	struct seal_keyset *keys = pair->vault.keys;
	int from;

	pair->vault.keys = NULL;
	assert_int_equal(vault_room_kill(&pair->vault), 128 + SIGKILL);
	pair->vault.keys = keys;
	assert_int_equal(play(pair, &who, &recording.call, 1, 0, 0, &from),
			 DESK_LATER);
	assert_heard(from, 0, 0);
	struct register_contact two = contact(pair, 2);
	record(pair, &two);
	seal_keyset_free(keys);
	pair->vault.keys = NULL;
	assert_int_equal(vault_room_start(&pair->vault, vault_program,
					  VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	give_vault(pair);
	assert_int_equal(play(pair, &who, &recording.call, 1, 0, 0, &from),
			 DESK_OK);
	assert_heard(from, 0, SOUND_SIZE);
}

static struct door_hold ask_hold(struct pair *pair, uint16_t type,
				 const struct id *contact,
				 const struct id *hold, uint32_t kind)
{
	int64_t now = clock_seconds(&clock_system);
	struct door_hold ask = {
		.head = { .type = type, .size = sizeof(ask) },
		.kind = kind,
		.review_at = now + 86400,
		.expires_at = kind == 3 ? 0 : now + 40 * 86400,
		.reference = "K-2026/17",
	}, answer;

	if (contact)
		ask.contact = *contact;
	if (hold)
		ask.hold = *hold;
	ASK(pair->door, ask, answer, type);
	assert_int_equal(answer.result, 0);
	return answer;
}

/* How many holds there are, and whether all are sealed to their pairs. */
static bool all_are_kept(struct pair *pair, uint32_t count)
{
	struct door_list ask = {
		.head = { .type = DOOR_HOLDS, .size = sizeof(ask) },
	};
	struct door_hold_rows rows;

	ASK(pair->door, ask, rows, DOOR_HOLD_ROWS);
	assert_int_equal(rows.count, count);
	for (uint32_t i = 0; i < rows.count; i++)
		if (!rows.row[i].is_kept)
			return false;
	return true;
}

static void restart_register(struct pair *pair)
{
	assert_int_equal(kill(pair->pid, SIGKILL), 0);
	assert_int_equal(end_of(pair), 128 + SIGKILL);
	start(pair);
}

static void restart_vault(struct pair *pair)
{
	assert_int_equal(vault_room_kill(&pair->vault), 128 + SIGKILL);
	assert_int_equal(vault_room_start(&pair->vault, vault_program,
					  VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	give_vault(pair);
}

static void wait_a_little(int ms)
{
	const struct timespec time = { 0, ms * 1000000L };

	(void)nanosleep(&time, NULL);
}

/*
 * Either is killed at moments that grow by some milliseconds from the answer
 * on, so all through the steps that follow it. Each time all is finished by
 * whoever starts anew, and the held call is heard or not as it should be.
 */
static void killed_at_any_step_a_hold_is_finished(void **state)
{
	enum { ROUNDS = 12, STEP_MS = 5, TURNS = 900 };
	struct pair *pair = *state;
	struct register_contact one = contact(pair, 1), two = contact(pair, 2);
	struct register_recording held = record(pair, &one);
	struct register_recording other = record(pair, &two);
	struct desk_session who = session(pair, "sup");
	int from;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t kind = round % 2 ? 3 : 2;
		struct door_hold hold = ask_hold(pair, DOOR_HOLD_PLACE,
						 &one.contact, NULL, kind);
		int turns = 0;

		wait_a_little(round * STEP_MS);
		if (round % 4 < 2)
			restart_register(pair);
		else
			restart_vault(pair);
		/* It takes itself up within some seconds of its start. */
		while (!all_are_kept(pair, 1) && turns++ < TURNS)
			wait_a_little(100);
		assert_true(all_are_kept(pair, 1));
		assert_int_equal(play(pair, &who, &held.call, 1, 0, 0, &from),
				 kind == 3 ? DESK_RESTRICTED : DESK_OK);
		assert_heard(from, 0, kind == 3 ? 0 : SOUND_SIZE);
		assert_int_equal(play(pair, &who, &other.call, 1, 0, 0, &from),
				 DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);

		(void)ask_hold(pair, DOOR_HOLD_LIFT, NULL, &hold.hold, kind);
		wait_a_little(round * STEP_MS);
		if (round % 4 < 2)
			restart_vault(pair);
		else
			restart_register(pair);
		for (turns = 0; turns < TURNS; turns++) {
			int32_t result =
				play(pair, &who, &held.call, 1, 0, 0, &from);

			assert_heard(from, 0,
				     result == DESK_OK ? SOUND_SIZE : 0);
			if (result == DESK_OK)
				break;
			wait_a_little(100);
		}
		assert_true(turns < TURNS);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clear)
		TEST(what_was_recorded_is_heard),
		TEST(kill_at_any_moment_loses_nothing_taken),
		TEST(what_was_said_is_read),
		TEST(the_vault_may_end_and_come_back),
		TEST(killed_at_any_step_a_hold_is_finished),
#undef TEST
	};

	if (argc < 4)
		return 2;
	program = argv[1];
	vault_program = argv[2];
	policy_path = argv[3];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
