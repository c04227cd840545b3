/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Reads every case of tests/fixtures/siprec: NAME.txt holds the messages of
 * one dialog, apart by lines "=====", and NAME.expect what must follow from
 * each, as lines "STEP.KEY=VALUE". The README there lists the keys. A new
 * client needs a new pair of files and no code.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/parse/multipart.h"
#include "siprec/parse/parties.h"

enum { STEPS_MAX = 16, HOUSE_MAX = 32, VALUE_SIZE = 512 };

/* house.txt: "service NUMBER" and "agent ID|NAME|NUMBER|USER USER ...". */
struct house {
	int service_count, agent_count;
	char services[HOUSE_MAX][NUMBER_SIZE];
	struct parties_agent agents[HOUSE_MAX];
	char users[HOUSE_MAX][128];
};

struct dialog {
	struct house *house;
	struct metadata metadata;
	struct sdp sdp;
	struct message invite, message;
	struct parties now, before;
	uint64_t ties[STEPS_MAX];
	bool is_metadata_broken;
	int step;
	char answer[SDP_SIZE_MAX];
};

/* Wrong lines are told all at once, not one by one. */
static int faults;

static bool is_service(void *self, const char *e164)
{
	struct house *house = self;

	for (int i = 0; i < house->service_count; i++)
		if (strcmp(house->services[i], e164) == 0)
			return true;
	return false;
}

static bool find_agent(void *self, const char *user, const char *host,
		       const char *number, struct parties_agent *ret_agent)
{
	struct house *house = self;

	(void)host;
	for (int i = 0; i < house->agent_count; i++) {
		struct slice users = slice_of(house->users[i]), word;
		bool is_it = number[0] &&
			     strcmp(number, house->agents[i].number) == 0;

		while (users.size > 0) {
			word = slice_cut(users, ' ', &users);
			is_it |= word.size > 0 &&
				 slice_is_nocase(word, slice_of(user));
		}
		if (!is_it)
			continue;
		*ret_agent = house->agents[i];
		return true;
	}
	return false;
}

static char *load(int dir, const char *name, size_t *ret_size)
{
	OWNED(drop_fd) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char *bytes = NULL;

	if (fd < 0 || file_read(fd, 1 << 20, &bytes, ret_size) < 0)
		fail_msg("cannot read %s", name);
	return bytes;
}

static void load_house(int dir, struct house *house)
{
	size_t size;
	OWNED(drop_memory) char *bytes = load(dir, "house.txt", &size);
	struct slice rest = { bytes, size }, line;

	while (rest.size > 0) {
		line = slice_cut(rest, '\n', &rest);
		if (slice_starts_nocase(line, SLICE("service "))) {
			assert_int_equal(
				slice_text(
					slice_from(line, 8),
					house->services[house->service_count++],
					NUMBER_SIZE),
				0);
		} else if (slice_starts_nocase(line, SLICE("agent "))) {
			int i = house->agent_count++;
			struct parties_agent *agent = &house->agents[i];

			line = slice_from(line, 6);
			assert_int_equal(slice_text(slice_cut(line, '|', &line),
						    agent->id,
						    sizeof(agent->id)),
					 0);
			assert_int_equal(slice_text(slice_cut(line, '|', &line),
						    agent->name,
						    sizeof(agent->name)),
					 0);
			assert_int_equal(slice_text(slice_cut(line, '|', &line),
						    agent->number,
						    sizeof(agent->number)),
					 0);
			assert_int_equal(slice_text(line, house->users[i],
						    sizeof(house->users[i])),
					 0);
		}
	}
}

/* Editors write LF; SIP wants CRLF and a length. */
static struct slice to_wire(struct slice text, char *out, size_t size)
{
	size_t used = 0, body = 0;
	const char *blank = memmem(text.at, text.size, "\n\n", 2);
	size_t head = blank ? (size_t)(blank - text.at) + 2 : text.size;
	bool has_length = memmem(text.at, head, "Content-Length", 14) ||
			  memmem(text.at, head, "\nl:", 3);

	for (size_t i = head; i < text.size; i++)
		body += text.at[i] == '\n' ? 2 : 1;
	for (size_t i = 0; i < text.size; i++) {
		assert_true(used + 64 < size);
		if (i + 1 == head && !has_length)
			used += (size_t)snprintf(out + used, size - used,
						 "Content-Length: %zu\r\n",
						 body);
		if (text.at[i] == '\n')
			out[used++] = '\r';
		out[used++] = text.at[i];
	}
	return (struct slice){ out, used };
}

static const char *flags_text(uint32_t flags, const char *const *names,
			      char *out)
{
	out[0] = '\0';
	for (int i = 0; names[i]; i++)
		if (flags & 1u << i)
			snprintf(out + strlen(out), VALUE_SIZE - strlen(out),
				 "%s%s", out[0] ? "," : "", names[i]);
	return out[0] ? out : "none";
}

static const char *list_text(const struct dialog *dialog, bool are_lanes,
			     char *out)
{
	static const char *const lanes[] = { "unknown", "caller", "agent",
					     "mixed" };
	static const char *const states[] = { "free", "live", "paused" };

	out[0] = '\0';
	for (uint32_t i = 0; i < dialog->sdp.media_count; i++) {
		struct media_stream stream = { 0 };

		sdp_fill_stream(&dialog->sdp.media[i], &stream);
		snprintf(out + strlen(out), VALUE_SIZE - strlen(out), "%s%s",
			 out[0] ? "," : "",
			 are_lanes ? lanes[dialog->now.lanes[i]]
				   : states[stream.state]);
	}
	return out[0] ? out : "none";
}

static const char *value_of(struct dialog *dialog, struct slice key, char *out)
{
	static const char *const directions[] = { "unknown", "in", "out",
						  "internal" };
	static const char *const flags[] = { "no-metadata", "one-lane",
					     "guessed", "broken", NULL };
	static const char *const changes[] = { "joined", "left", "transferred",
					       "lanes", NULL };
	struct parties *now = &dialog->now;

	out[0] = '\0';
	if (slice_is(key, SLICE("refuse")))
		snprintf(out, VALUE_SIZE, "%u", dialog->message.refuse);
	else if (slice_is(key, SLICE("service")))
		return now->service_number;
	else if (slice_is(key, SLICE("direction")))
		return directions[now->direction];
	else if (slice_is(key, SLICE("caller")))
		return now->caller_kind == PARTIES_CALLER_WITHHELD ? "withheld"
		       : now->caller_kind == PARTIES_CALLER_TOLD   ? now->caller
								   : "unknown";
	else if (slice_is(key, SLICE("agent")))
		return now->has_agent ? now->agent.id : "none";
	else if (slice_is(key, SLICE("lanes")))
		return list_text(dialog, true, out);
	else if (slice_is(key, SLICE("media")))
		return list_text(dialog, false, out);
	else if (slice_is(key, SLICE("parties")))
		snprintf(out, VALUE_SIZE, "%u", now->party_count);
	else if (slice_is(key, SLICE("both")))
		return now->are_both_present ? "yes" : "no";
	else if (slice_is(key, SLICE("flags")))
		return flags_text(now->flags, flags, out);
	else if (slice_is(key, SLICE("change")))
		return flags_text(parties_compare(&dialog->before, now),
				  changes, out);
	else if (slice_is(key, SLICE("tie")))
		return !dialog->ties[dialog->step] ? "none"
		       : dialog->ties[dialog->step] == dialog->ties[1]
			       ? "first"
			       : "other";
	else
		fail_msg("unknown key %.*s", (int)key.size, key.at);
	return out;
}

static void wrong(const char *name, int step, struct slice key,
		  struct slice expected, const char *is)
{
	faults++;
	print_message("# %s step %d: %.*s is \"%s\", not \"%.*s\"\n", name,
		      step, (int)key.size, key.at, is, (int)expected.size,
		      expected.at);
}

static void check_line(struct dialog *dialog, const char *name,
		       struct slice line)
{
	char value[VALUE_SIZE];
	struct slice expected, key;
	const char *is;

	key = slice_trim(slice_cut(line, '=', &expected));
	expected = slice_trim(expected);
	if (slice_is(key, SLICE("answer_has"))) {
		if (!memmem(dialog->answer, strlen(dialog->answer), expected.at,
			    expected.size))
			wrong(name, dialog->step, key, expected,
			      dialog->answer);
		return;
	}
	is = value_of(dialog, key, value);
	if (!slice_is(slice_of(is), expected))
		wrong(name, dialog->step, key, expected, is);
}

static void check_step(struct dialog *dialog, const char *name,
		       struct slice expect)
{
	bool is_checked = false;

	while (expect.size > 0) {
		struct slice line =
			slice_trim(slice_cut(expect, '\n', &expect));
		struct slice rest, step = slice_cut(line, '.', &rest);
		uint64_t number;

		if (line.size == 0 || line.at[0] == '#')
			continue;
		if (slice_number(step, STEPS_MAX, &number) < 0)
			fail_msg("%s: no step in \"%.*s\"", name,
				 (int)line.size, line.at);
		if ((int)number != dialog->step)
			continue;
		check_line(dialog, name, rest);
		is_checked = true;
	}
	if (!is_checked)
		fail_msg("%s: nothing expected of step %d", name, dialog->step);
	/* What we do not need is not to be found in what we keep. */
	assert_null(memmem(&dialog->now, sizeof(dialog->now), "MARKER", 6));
	assert_null(memmem(&dialog->metadata, sizeof(dialog->metadata),
			   "MARKER", 6));
}

static void write_answer(struct dialog *dialog)
{
	struct sdp_ours ours = { .address = "192.0.2.10",
				 .session_id = 1,
				 .version = 1 };
	size_t size = 0;

	for (uint16_t i = 0; i < SDP_MEDIA_MAX; i++)
		ours.places[i].port = (uint16_t)(40000 + 2 * i);
	assert_int_equal(sdp_write_answer(&dialog->sdp, &ours, dialog->answer,
					  sizeof(dialog->answer), &size),
			 0);
}

static void take_body(struct dialog *dialog, const char *name)
{
	struct multipart parts;
	struct slice part;
	int r = multipart_parse(
		message_line(&dialog->message, MESSAGE_CONTENT_TYPE, 0),
		dialog->message.body, &parts);

	if (r < 0)
		fail_msg("%s step %d: body not understood", name, dialog->step);
	part = multipart_find(&parts, MULTIPART_SDP);
	if (part.at) {
		assert_int_equal(sdp_parse(part, &dialog->sdp), 0);
		write_answer(dialog);
	}
	part = multipart_find(&parts, MULTIPART_METADATA);
	if (part.at) {
		r = metadata_apply(&dialog->metadata, part);
		assert_true(r == 0 || r == -EBADMSG);
	}
}

static void take_message(struct dialog *dialog, const char *name,
			 struct slice wire)
{
	struct parties_house house = { .self = dialog->house,
				       .is_service = is_service,
				       .find_agent = find_agent };
	struct parties_input input = { .invite = &dialog->invite,
				       .sdp = &dialog->sdp,
				       .metadata = &dialog->metadata };
	struct parties_tie tie;
	size_t blank, size;

	assert_int_equal(message_frame(wire, &blank, &size), 0);
	assert_int_equal(blank + size, wire.size);
	assert_int_equal(message_parse(wire, &dialog->message), 0);
	if (dialog->message.method == MESSAGE_INVITE)
		dialog->invite = dialog->message;
	take_body(dialog, name);
	dialog->before = dialog->now;
	parties_decide(&house, &input, &dialog->now);
	if (dialog->step > 1)
		parties_inherit(&dialog->before, &dialog->now);
	parties_find_tie(&input, &tie);
	dialog->ties[dialog->step] = tie.key;
}

static void run_case(int dir, struct house *house, const char *name)
{
	size_t size, expect_size, room;
	char other[256];
	OWNED(drop_memory) char *text = load(dir, name, &size);
	OWNED(drop_memory) char *expect = NULL;
	OWNED(drop_memory) char *wire = NULL;
	OWNED(drop_memory) struct dialog *dialog = calloc(1, sizeof(*dialog));
	struct slice rest = { text, size };
	size_t used = 0;

	assert_non_null(dialog);
	snprintf(other, sizeof(other), "%.*s.expect", (int)strlen(name) - 4,
		 name);
	expect = load(dir, other, &expect_size);
	room = 2 * size + STEPS_MAX * 256;
	wire = malloc(room);
	assert_non_null(wire);
	dialog->house = house;
	metadata_init(&dialog->metadata);
	while (rest.size > 0 && dialog->step + 1 < STEPS_MAX) {
		const char *end = memmem(rest.at, rest.size, "\n=====\n", 7);
		struct slice one = rest, sent;

		if (end)
			one.size = (size_t)(end - rest.at) + 1;
		rest = slice_from(rest, one.size + (end ? 6 : 0));
		sent = to_wire(one, wire + used, room - used);
		used += sent.size;
		dialog->step++;
		take_message(dialog, name, sent);
		check_step(dialog, name, (struct slice){ expect, expect_size });
	}
	metadata_done(&dialog->metadata);
}

static void every_dialect_says_who_is_who(void **state)
{
	static struct house house;
	DIR *dir = opendir(FIXTURES);
	struct dirent *entry;
	int count = 0;

	(void)state;
	assert_non_null(dir);
	load_house(dirfd(dir), &house);
	while ((entry = readdir(dir))) {
		size_t size = strlen(entry->d_name);

		if (size < 5 || strcmp(entry->d_name + size - 4, ".txt") != 0 ||
		    strcmp(entry->d_name, "house.txt") == 0)
			continue;
		run_case(dirfd(dir), &house, entry->d_name);
		count++;
	}
	closedir(dir);
	print_message("# %d dialogs\n", count);
	assert_true(count >= 13);
	assert_int_equal(faults, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_says_who_is_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
