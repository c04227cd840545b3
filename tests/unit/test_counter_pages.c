/* SPDX-License-Identifier: EUPL-1.2 */
/* Public pages: test_counter_pages POLICY UI */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "counter/errors.h"
#include "counter/files.h"
#include "counter/form_page.h"
#include "counter/layout.h"
#include "counter/room.h"
#include "counter/when.h"

static const char *policy_path, *ui_path;

struct world {
	struct lobby lobby;
	struct loop *loop;
	struct http_request request;
	struct http_answer answer;
	struct lobby_route route;
	struct visit visit;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	OWNED(drop_fd) int fd = open(policy_path, O_RDONLY | O_CLOEXEC);

	lobby_init(&world->lobby);
	assert_int_equal(facts_take(&world->lobby.facts, fd), 0);
	world->lobby.ui = open(ui_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(files_read(&world->lobby), 0);
	assert_int_equal(loop_new(&world->loop), 0);
	world->lobby.talks = talks_new(world->loop);
	world->answer = HTTP_ANSWER_NEW;
	world->visit = (struct visit){
		.lobby = &world->lobby,
		.request = &world->request,
		.answer = &world->answer,
		.route = &world->route,
		.host = "https://chat.agency.example",
	};
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	http_answer_drop(&world->answer);
	talks_free(world->lobby.talks);
	loop_free(world->loop);
	files_free(&world->lobby);
	facts_drop(&world->lobby.facts);
	drop_fd(&world->lobby.ui);
	free(world);
	return 0;
}

static void begin_anew(struct world *world, int language)
{
	http_answer_drop(&world->answer);
	world->answer = HTTP_ANSWER_NEW;
	world->visit.language = (enum notice_language)language;
}

static size_t percents(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '%';
	return count;
}

static void every_text_stands_in_three_languages(void **state)
{
	(void)state;
	for (int id = 0; id < TEXTS; id++) {
		const char *fi = text_of((enum text_id)id, NOTICE_FI);

		for (int i = 0; i < NOTICE_LANGUAGES; i++) {
			const char *text = text_of((enum text_id)id,
						   (enum notice_language)i);

			if (!text[0] || strchr(text, '!') ||
			    strchr(text, '$') || percents(text) != percents(fi))
				fail_msg("not right: %s", text);
		}
	}
}

/* Tags that are ours; anything else between < and > came from outside. */
static void no_foreign_tag(const char *page)
{
	static const char *const ours[] = {
		"!doctype", "bdi",   "html",   "head",	  "meta",    "title",
		"link",	    "body",  "a",      "header",  "div",     "span",
		"img",	    "nav",   "ul",     "li",	  "main",    "h1",
		"h2",	    "h3",    "p",      "section", "form",    "input",
		"button",   "ol",    "strong", "time",	  "dl",	     "dt",
		"dd",	    "code",  "pre",    "details", "summary", "footer",
		"textarea", "label", "select", "option",  "article", "data",
	};

	for (const char *at = strchr(page, '<'); at; at = strchr(at + 1, '<')) {
		const char *name = at[1] == '/' ? at + 2 : at + 1;
		size_t size = strcspn(name, " >\n");
		bool known = false;

		for (size_t i = 0; i < COUNT(ours); i++)
			known |= strlen(ours[i]) == size &&
				 !strncmp(name, ours[i], size);
		if (!known)
			fail_msg("a foreign tag: %.40s", at);
	}
}

static const char *const naughty[] = {
	"<script>alert(1)</script>",
	"\"><img src=x onerror=alert(1)>",
	"' onmouseover='alert(1)",
	"</textarea><script>alert(1)</script>",
	"</title><svg/onload=alert(1)>",
	"<!--<b>-->",
	"&lt;b&gt; &amp;",
	"javascript:alert(1)",
	"$ $ %s %n %u",
	"\xff\xfe\xc0\xaf",
	"\xed\xa0\x80",
	"a\x01\x02\x1f\x7f",
	("\xe2\x80\xae"
	 "txet desrever"),
	"\xf0\x9f\x98\x80 \xe2\x80\x8d \xef\xbb\xbf",
};

/* What is left of a naughty word once quotes cannot end and tags not begin. */
static void page_is_safe(struct world *world)
{
	const char *page = world->answer.body.bytes;

	assert_false(world->answer.body.failed);
	for (size_t i = 0; page[i]; i++)
		assert_true((unsigned char)page[i] >= 0x20 || page[i] == '\n' ||
			    page[i] == '\t');
	assert_null(strstr(page, "<script>alert"));
	assert_null(strstr(page, "<img src=x"));
	assert_null(strstr(page, "<svg"));
	assert_null(strstr(page, "<!--"));
	assert_null(strstr(page, "\xff"));
	assert_null(strstr(page, "\xed\xa0\x80"));
}

static void naughty_words_are_only_words(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(naughty); i++)
		for (int language = 0; language < NOTICE_LANGUAGES;
		     language++) {
			struct text log = TEXT_NEW;
			struct chat_state standing = {
				.phase = CHAT_TALKING,
				.receipt = "7Q2M-K4TD-9XWA-3HCF",
			};
			struct form_page page = {
				.state = &standing,
				.is_writing = true,
				.draft = naughty[i],
				.fault = TEXT_say_later,
			};
			struct chat_event event = {
				.seq = 1,
				.kind = CHAT_MESSAGE,
				.side = CHAT_SIDE_VISITOR,
				.flags = CHAT_FLAG_MASKED,
			};

			begin_anew(world, language);
			snprintf(standing.agent_name, CHAT_NAME_SIZE, "%s",
				 naughty[i]);
			snprintf(event.name, CHAT_NAME_SIZE, "%s", naughty[i]);
			event.size = (uint32_t)snprintf(
				event.text, CHAT_TEXT_SIZE, "%s", naughty[i]);
			form_page_event(&world->visit, &log, &event);
			event.kind = CHAT_JOINED;
			form_page_event(&world->visit, &log, &event);
			page.log = (struct slice){ log.bytes, log.size };
			form_page_talk(&world->visit, &page);
			page_is_safe(world);
			no_foreign_tag(world->answer.body.bytes);
			text_drop(&log);

			begin_anew(world, language);
			event.kind = CHAT_MESSAGE;
			transcript_begin(&world->visit, &standing, true);
			transcript_event(&world->visit, &event, true);
			transcript_end(&world->visit, true, true);
			page_is_safe(world);
		}
}

static int fields(const struct world *world, const char *name)
{
	int count = 0;

	for (size_t i = 0; i < world->answer.field_count; i++)
		count += !strcmp(world->answer.field[i].name, name);
	return count;
}

static bool has_field(const struct world *world, const char *name)
{
	return fields(world, name) > 0;
}

/* Too many feeds: the server refused before we did. */
static void when_to_come_back_is_said_once(void **state)
{
	struct world *world = *state;

	begin_anew(world, NOTICE_EN);
	http_field(&world->answer, "Retry-After", "10");
	error_show(&world->visit, PROBLEM_later);
	assert_int_equal(fields(world, "Retry-After"), 1);
	begin_anew(world, NOTICE_EN);
	error_show(&world->visit, PROBLEM_later);
	assert_int_equal(fields(world, "Retry-After"), 1);
}

/* Nor does a browser keep it in the place of one. */
static void a_transcript_that_fails_half_way_is_no_file(void **state)
{
	const struct chat_state standing = { .receipt = "7Q2M" };
	struct world *world = *state;

	begin_anew(world, NOTICE_EN);
	transcript_begin(&world->visit, &standing, false);
	error_result(&world->visit, CHAT_LATER, NULL, 0);
	assert_int_equal(world->answer.status, 503);
	assert_false(has_field(world, "Content-Disposition"));
	assert_non_null(strstr(world->answer.type, "text/html"));
	assert_null(strstr(world->answer.body.bytes, "7Q2M"));
}

static void a_message_makes_no_lines_of_the_transcript(void **state)
{
	const struct chat_state standing = { .receipt = "7Q2M" };
	struct chat_event event = {
		.seq = 1,
		.kind = CHAT_MESSAGE,
		.side = CHAT_SIDE_VISITOR,
		.text = "one\n1.1.2026 9:00 Agent: two",
	};
	struct world *world = *state;

	event.size = (uint32_t)strlen(event.text);
	begin_anew(world, NOTICE_EN);
	transcript_begin(&world->visit, &standing, false);
	transcript_event(&world->visit, &event, false);
	transcript_end(&world->visit, false, false);
	assert_true(has_field(world, "Content-Disposition"));
	assert_string_equal(world->answer.type, "text/plain; charset=utf-8");
	assert_null(strstr(world->answer.body.bytes, "\n1.1.2026"));
	assert_non_null(strstr(world->answer.body.bytes,
			       "You: one\n    1.1.2026 9:00 Agent: two\n"));
}

static void every_kind_of_event_has_words(void **state)
{
	struct world *world = *state;

	for (uint32_t kind = CHAT_JOINED; kind <= CHAT_CLOSED_BY; kind++)
		for (uint32_t reason = 0; reason <= CHAT_REASON_FULL + 1;
		     reason++) {
			struct chat_event event = {
				.seq = 1,
				.kind = kind,
				.side = CHAT_SIDE_SYSTEM,
				.reason = reason,
			};
			struct text log = TEXT_NEW;

			assert_true(form_page_words(&event) < TEXTS);
			form_page_event(&world->visit, &log, &event);
			assert_non_null(strstr(log.bytes, "class=\"system\""));
			text_drop(&log);
		}
}

static void only_the_page_to_follow_refreshes_itself(void **state)
{
	struct world *world = *state;
	struct chat_state standing = { .phase = CHAT_WAITING, .place = 3 };
	struct form_page page = { .state = &standing,
				  .draft = "",
				  .fault = TEXTS };

	begin_anew(world, NOTICE_EN);
	form_page_talk(&world->visit, &page);
	assert_string_equal(world->answer.field[0].name, "Refresh");
	assert_null(strstr(world->answer.body.bytes, "<textarea"));
	assert_non_null(strstr(world->answer.body.bytes, "number 3"));

	begin_anew(world, NOTICE_EN);
	page.is_writing = true;
	form_page_talk(&world->visit, &page);
	assert_non_null(strstr(world->answer.body.bytes, "<textarea"));
	for (size_t i = 0; i < world->answer.field_count; i++)
		assert_string_not_equal(world->answer.field[i].name, "Refresh");

	begin_anew(world, NOTICE_EN);
	standing.phase = CHAT_OVER;
	form_page_talk(&world->visit, &page);
	assert_null(strstr(world->answer.body.bytes, "<textarea"));
	assert_non_null(strstr(world->answer.body.bytes, "/chat/leave"));
	for (size_t i = 0; i < world->answer.field_count; i++)
		assert_string_not_equal(world->answer.field[i].name, "Refresh");
}

static void the_notice_tells_what_the_policy_says(void **state)
{
	static const char *const words[NOTICE_LANGUAGES][3] = {
		{ ">6 kuukautta</data>", ">2 vuotta</data>",
		  ">12 kuukautta</data>" },
		{ ">6 månader</data>", ">2 år</data>", ">12 månader</data>" },
		{ ">6 months</data>", ">2 years</data>", ">12 months</data>" },
	};
	/* S1, S25: who is responsible, and how to reach them. */
	static const char *const named[] = {
		"Tietosuojavaltuutetun toimisto",
		"Asiakaspalvelun vastuuhenkilö",
		"029 555 0190",
		"kirjaamo@agency.example",
		"tietosuoja@agency.example",
	};
	/* S14 */
	static const char *const oldest[NOTICE_LANGUAGES] = {
		"1.10.2017", "1.10.2017", "1 October 2017"
	};
	struct world *world = *state;

	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		begin_anew(world, i);
		do_notice(&world->visit);
		assert_int_equal(world->answer.status, 200);
		no_foreign_tag(world->answer.body.bytes);
		for (size_t w = 0; w < COUNT(words[i]); w++)
			if (!strstr(world->answer.body.bytes, words[i][w]))
				fail_msg("not told: %s", words[i][w]);
		for (size_t n = 0; n < COUNT(named); n++)
			if (!strstr(world->answer.body.bytes, named[n]))
				fail_msg("not named: %s", named[n]);
		assert_non_null(strstr(world->answer.body.bytes, oldest[i]));
	}
}

static void the_notice_shows_the_checkpoint_of_the_log(void **state)
{
	static const char signed_text[] =
		"example.invalid/audit\n12\nroot=\n\n\u2014 a<b key=\n";
	static const char *const words[NOTICE_LANGUAGES] = {
		"tarkistuspisteen", "kontrollpunkten", "this checkpoint"
	};
	struct world *world = *state;

	begin_anew(world, NOTICE_FI);
	do_notice_checkpoint(&world->visit);
	assert_int_equal(world->answer.status, 404);
	begin_anew(world, NOTICE_FI);
	do_notice(&world->visit);
	assert_null(strstr(world->answer.body.bytes, "/notice/checkpoint"));
	world->lobby.checkpoint = strdup(signed_text);
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		begin_anew(world, i);
		do_notice(&world->visit);
		assert_int_equal(world->answer.status, 200);
		no_foreign_tag(world->answer.body.bytes);
		assert_non_null(strstr(world->answer.body.bytes, words[i]));
		assert_non_null(strstr(world->answer.body.bytes,
				       "example.invalid/audit\n12\n"));
		assert_non_null(strstr(world->answer.body.bytes, "a&lt;b"));
	}
	begin_anew(world, NOTICE_FI);
	do_notice_checkpoint(&world->visit);
	assert_int_equal(world->answer.status, 200);
	assert_int_equal(world->answer.body.size, strlen(signed_text));
	assert_memory_equal(world->answer.body.bytes, signed_text,
			    strlen(signed_text));
	free(world->lobby.checkpoint);
	world->lobby.checkpoint = NULL;
}

/* The script asks nothing: its page is that of one queue. */
static void every_queue_has_a_page_with_the_script(void **state)
{
	static const struct {
		const char *query, *element, *link, *option;
	} rows[] = {
		{ "", "<tallenne-chat data-page data-queue=\"asiakaspalvelu\">",
		  "queue=asiakaspalvelu\" aria-current=\"page\">",
		  "\"asiakaspalvelu\" selected>" },
		{ "queue=yritysneuvonta",
		  "<tallenne-chat data-page data-queue=\"yritysneuvonta\">",
		  "queue=yritysneuvonta\" aria-current=\"page\">",
		  "\"yritysneuvonta\" selected>" },
		{ "queue=%22%3E%3Cb%3E",
		  "<tallenne-chat data-page data-queue=\"asiakaspalvelu\">",
		  "queue=asiakaspalvelu\" aria-current=\"page\">",
		  "\"asiakaspalvelu\" selected>" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *page;

		begin_anew(world, NOTICE_SV);
		world->request.query = slice_of(rows[i].query);
		form_page_start(&world->visit, true);
		page = world->answer.body.bytes;
		assert_non_null(strstr(page, rows[i].element));
		assert_non_null(strstr(page, rows[i].link));
		if (strstr(page, "<select"))
			assert_non_null(strstr(page, rows[i].option));
		begin_anew(world, NOTICE_SV);
		form_page_start(&world->visit, false);
		assert_null(
			strstr(world->answer.body.bytes, "<nav class=\"tabs"));
	}
}

static void the_lines_for_agencies_name_version_and_hash(void **state)
{
	struct world *world = *state;
	const char *path = files_path(world->lobby.files, FILE_WIDGET);

	begin_anew(world, NOTICE_FI);
	do_chat_embed(&world->visit);
	assert_non_null(strstr(world->answer.body.bytes,
			       "https://chat.agency.example/chat/widget-"));
	assert_non_null(strstr(world->answer.body.bytes, path));
	assert_non_null(
		strstr(world->answer.body.bytes,
		       files_integrity(world->lobby.files, FILE_WIDGET)));
	assert_non_null(
		strstr(world->answer.body.bytes, "https://www.agency.example"));
}

static void times_are_written_as_people_do(void **state)
{
	struct world *world = *state;
	const struct civil_zone *zone = policy_zone(world->lobby.facts.policy);
	const nanoseconds at = 1796022000 * NS_PER_S;
	char out[WHEN_TEXT_SIZE];

	when_day(zone, at, NOTICE_FI, out);
	assert_string_equal(out, "ma 30.11. klo 9.00");
	when_day(zone, at, NOTICE_SV, out);
	assert_string_equal(out, "må 30.11. kl. 9.00");
	when_day(zone, at, NOTICE_EN, out);
	assert_string_equal(out, "Monday 30 November at 09:00");
	when_clock(NULL, at, NOTICE_FI, out);
	assert_string_equal(out, "7.00");
	when_date(zone, at, NOTICE_EN, out);
	assert_string_equal(out, "30 November 2026");
	when_civil(20180525, NOTICE_FI, out);
	assert_string_equal(out, "25.5.2018");
}

#define WITH_WORLD(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_stands_in_three_languages),
		WITH_WORLD(naughty_words_are_only_words),
		WITH_WORLD(when_to_come_back_is_said_once),
		WITH_WORLD(a_transcript_that_fails_half_way_is_no_file),
		WITH_WORLD(a_message_makes_no_lines_of_the_transcript),
		WITH_WORLD(every_kind_of_event_has_words),
		WITH_WORLD(only_the_page_to_follow_refreshes_itself),
		WITH_WORLD(the_notice_tells_what_the_policy_says),
		WITH_WORLD(the_notice_shows_the_checkpoint_of_the_log),
		WITH_WORLD(every_queue_has_a_page_with_the_script),
		WITH_WORLD(the_lines_for_agencies_name_version_and_hash),
		WITH_WORLD(times_are_written_as_people_do),
	};

	if (argc < 3)
		return 2;
	policy_path = argv[1];
	ui_path = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
