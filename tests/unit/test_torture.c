/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The cases of RFC 4475 with the verdict of each, and what a second reader
 * must not be able to see differently.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "siprec/parse/header.h"
#include "siprec/parse/message.h"
#include "siprec/parse/uri.h"

/* The messages themselves are seeds of the fuzzer: tests/fuzz/corpus/sip. */
static const struct {
	const char *name;
	int verdict; /* 0 usable, a status to refuse with, or dropped */
} messages[] = {
	{ "wsinv", 0 },
	{ "intmeth", 0 },
	{ "esc01", 0 },
	{ "escnull", 0 },
	{ "esc02", 0 },
	{ "lwsdisp", 0 },
	{ "longreq", 0 },
	{ "dblreq", 0 },
	{ "semiuri", 0 },
	{ "transports", 0 },
	{ "mpart01", 0 },
	{ "unreason", 0 },
	{ "noreason", 0 },
	{ "badinv01", 400 },
	{ "clerr", 400 },
	{ "ncl", 400 },
	{ "scalar02", 400 },
	{ "scalarlg", 400 },
	{ "quotbal", 400 },
	{ "ltgtruri", 400 },
	{ "lwsruri", 400 },
	{ "lwsstart", 400 },
	{ "trws", 400 },
	{ "escruri", 400 },
	{ "baddate", 0 },
	{ "regbadct", 400 },
	{ "badaspec", 0 },
	{ "baddn", 0 },
	{ "badvers", 505 },
	{ "mismatch01", 400 },
	{ "mismatch02", 400 },
	{ "bigcode", -EBADMSG },
	{ "badbranch", 0 },
	{ "insuf", 400 },
	{ "unkscm", 416 },
	{ "novelsc", 416 },
	{ "unksm2", 0 },
	{ "bext01", 0 },
	{ "invut", 0 },
	{ "regaut01", 0 },
	{ "multi01", 400 },
	{ "mcl01", 400 },
	{ "bcast", 0 },
	{ "zeromf", 0 },
	{ "cparam01", 0 },
	{ "cparam02", 0 },
	{ "regescrt", 0 },
	{ "sdp01", 0 },
	{ "inv2543", 0 },
	{ "smuggle-bare-lf", 400 },
	{ "smuggle-bare-cr", 400 },
	{ "smuggle-nul", 400 },
	{ "smuggle-blank-name", 400 },
	{ "blank-before-colon", 0 },
	{ "blank-before-colon-twice", 400 },
	{ "compact-twice", 400 },
	{ "compact-from-twice", 400 },
	{ "no-colon", 400 },
	{ "first-line-folded", -EBADMSG },
	{ "no-via", -EBADMSG },
	{ "no-end", -EBADMSG },
	{ "not-sip", -EBADMSG },
	{ "tag-twice", 400 },
	{ "many-headers", 513 },
	{ "tab-in-line", -EBADMSG },
};

static char *bytes[COUNT(messages)];
static size_t sizes[COUNT(messages)];

static int load_messages(void **state)
{
	OWNED(drop_fd)
	int dir = open(CORPUS "/sip", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		OWNED(drop_fd)
		int fd = openat(dir, messages[i].name, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || file_read(fd, 1 << 20, &bytes[i], &sizes[i]) < 0)
			return -1;
	}
	return 0;
}

static int free_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++)
		free(bytes[i]);
	return 0;
}

static struct slice find(const char *name)
{
	for (size_t i = 0; i < COUNT(messages); i++)
		if (strcmp(messages[i].name, name) == 0)
			return (struct slice){ bytes[i], sizes[i] };
	fail_msg("no message %s", name);
	return (struct slice){ 0 };
}

static void every_message_gets_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct slice whole = { bytes[i], sizes[i] };
		struct message message;
		int r = message_parse(whole, &message);
		int verdict = r < 0 ? r : message.refuse;

		if (verdict != messages[i].verdict)
			fail_msg("%s: %d (%s), not %d", messages[i].name,
				 verdict, message.why ? message.why : "-",
				 messages[i].verdict);
		if (r == 0 && message.refuse != 0)
			assert_non_null(message.why);
	}
}

static void the_messages_are_cut_short_without_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		for (size_t size = 0; size < sizes[i]; size++) {
			struct slice part = { bytes[i], size };
			struct message message;
			size_t blank, whole;

			if (message_parse(part, &message) == 0)
				assert_true(message.bytes.size <= size);
			if (message_frame(part, &blank, &whole) == 0)
				assert_true(blank + whole <= size);
		}
	}
}

static void odd_blanks_are_read_as_meant(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(message_parse(find("wsinv"), &message), 0);
	assert_int_equal(message.refuse, 0);
	assert_int_equal(message.method, MESSAGE_INVITE);
	assert_int_equal(message.cseq, 9);
	assert_true(slice_is(message.from_tag, SLICE("98asjd8")));
	assert_true(slice_is(message.to_tag, SLICE("1918181833n")));
	assert_true(slice_is(message.via.host, SLICE("192.0.2.2")));
	assert_true(slice_is(message.via.branch, SLICE("390skdjuw")));
	assert_int_equal(message_count(&message, MESSAGE_VIA), 2);
	assert_true(message_value(&message, MESSAGE_VIA, 2).size > 0);
	assert_int_equal(message_value(&message, MESSAGE_VIA, 3).size, 0);
	assert_int_equal(message.body.size, 4);
}

static void every_character_that_may_stand_in_a_method_does(void **state)
{
	struct message message;
	struct name_addr to;
	char text[256];

	(void)state;
	assert_int_equal(message_parse(find("intmeth"), &message), 0);
	assert_int_equal(message.method, MESSAGE_UNKNOWN);
	assert_int_equal(message.method_text.size, 43);
	assert_int_equal(
		name_addr_parse(message_line(&message, MESSAGE_TO, 0), &to), 0);
	/* The escaped NUL of its display name never ends a string of ours. */
	assert_int_equal(slice_text(to.display, text, sizeof(text)), -EINVAL);
}

static void an_escaped_nul_is_no_user(void **state)
{
	struct message message;
	struct name_addr to;
	char user[URI_USER_SIZE];

	(void)state;
	assert_int_equal(message_parse(find("escnull"), &message), 0);
	assert_int_equal(
		name_addr_parse(message_line(&message, MESSAGE_TO, 0), &to), 0);
	assert_int_equal(uri_user(&to.uri, user, sizeof(user)), -EINVAL);
	assert_string_equal(user, "");
}

static void what_follows_a_datagram_is_ignored(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(message_parse(find("dblreq"), &message), 0);
	assert_int_equal(message.method, MESSAGE_REGISTER);
	assert_int_equal(message.body.size, 0);
	assert_true(message.bytes.size < find("dblreq").size);
}

static void extensions_asked_for_are_found(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(message_parse(find("bext01"), &message), 0);
	assert_true(message_has(&message, MESSAGE_REQUIRE,
				SLICE("nothingsupportsTHISEITHER")));
	assert_false(message_has(&message, MESSAGE_REQUIRE, SLICE("siprec")));
	assert_int_equal(message_count(&message, MESSAGE_PROXY_REQUIRE), 1);
}

static void a_request_of_1999_is_read(void **state)
{
	struct message message;

	(void)state;
	assert_int_equal(message_parse(find("inv2543"), &message), 0);
	assert_int_equal(message.from_tag.size, 0);
	assert_int_equal(message.via.branch.size, 0);
}

static void a_stream_ends_at_what_two_readers_would_cut_apart(void **state)
{
	static const char *const fatal[] = {
		"smuggle-bare-lf",
		"smuggle-bare-cr",
		"smuggle-nul",
		"mcl01",
		"blank-before-colon-twice",
		"compact-twice",
		"ncl",
		"inv2543",
	};
	size_t blank, size;

	(void)state;
	for (size_t i = 0; i < COUNT(fatal); i++)
		if (message_frame(find(fatal[i]), &blank, &size) != -EBADMSG)
			fail_msg("%s went on", fatal[i]);
	assert_int_equal(message_frame(find("clerr"), &blank, &size), -EAGAIN);
}

/* Of this process alone: the machine may have other things to do. */
static nanoseconds time_used(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * NS_PER_S + used.tv_nsec;
}

/* A head as long as it may be, of what is worst to read. */
static void nothing_takes_long(void **state)
{
	static const char *const worst[] = { "\"\\", "\\\";", ";a=\"",
					     ",",    "<",     "\r\n ",
					     ";",    "a,",    ";b" };
	static const char *const headers[] = { "Via: SIP/2.0/UDP a",
					       "Contact: a", "To: a",
					       "From: <sip:a@b>" };
	static char text[MESSAGE_HEAD_MAX + 16];

	(void)state;
	for (size_t i = 0; i < COUNT(worst) * COUNT(headers); i++) {
		size_t size = strlen(worst[i / COUNT(headers)]);
		int used = snprintf(text, sizeof(text),
				    "OPTIONS sip:a SIP/2.0\r\n"
				    "Via: SIP/2.0/UDP a\r\n%s",
				    headers[i % COUNT(headers)]);
		size_t at = (size_t)used;
		struct message message;
		nanoseconds from;

		for (; at + size + 4 < MESSAGE_HEAD_MAX; at += size)
			memcpy(text + at, worst[i / COUNT(headers)], size);
		memcpy(text + at, "\r\n\r\n", 4);
		from = time_used();
		(void)!message_parse((struct slice){ text, at + 4 }, &message);
		/* 1 ms is the aim; a sanitizer needs some more. */
		if (time_used() - from > 20 * NS_PER_MS)
			fail_msg("%s %s took %d us",
				 headers[i % COUNT(headers)],
				 worst[i / COUNT(headers)],
				 (int)((time_used() - from) / 1000));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_gets_its_verdict),
		cmocka_unit_test(the_messages_are_cut_short_without_harm),
		cmocka_unit_test(nothing_takes_long),
		cmocka_unit_test(odd_blanks_are_read_as_meant),
		cmocka_unit_test(
			every_character_that_may_stand_in_a_method_does),
		cmocka_unit_test(an_escaped_nul_is_no_user),
		cmocka_unit_test(what_follows_a_datagram_is_ignored),
		cmocka_unit_test(extensions_asked_for_are_found),
		cmocka_unit_test(a_request_of_1999_is_read),
		cmocka_unit_test(
			a_stream_ends_at_what_two_readers_would_cut_apart),
	};

	return cmocka_run_group_tests(tests, load_messages, free_messages);
}
