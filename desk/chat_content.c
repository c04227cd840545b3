/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/chat_content.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "desk/chats.h"
#include "desk/seat_words.h"
#include "desk/when.h"

static const char *words_of(const json_t *object, const char *key)
{
	const char *words = json_string_value(json_object_get(object, key));

	return words ? words : "";
}

/* Seconds since the epoch of RFC 3339 in UTC; 0 if it is none. */
static int64_t time_of(const json_t *object, const char *key)
{
	const char *words = words_of(object, key);
	struct tm parts = { 0 };
	const char *rest = strptime(words, "%Y-%m-%dT%H:%M:%S", &parts);

	return rest && (*rest == '.' || *rest == 'Z') ? timegm(&parts) : 0;
}

static void time_out(struct visit *visit, const json_t *object)
{
	int64_t at = time_of(object, "at");
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];

	if (at == 0)
		return;
	when_exact(at, visit->language, when);
	when_machine(at, machine);
	text_fill(visit_out(visit), " <time datetime=\"$\">$</time>", machine,
		  when);
}

static void by_out(struct visit *visit, const json_t *object,
		   const char *otherwise)
{
	const char *name = words_of(object, "name");

	text_fill(visit_out(visit),
		  "<p class=\"cd-by\"><strong><bdi>$</bdi></strong>",
		  name[0] ? name : otherwise);
	time_out(visit, object);
	text_say(visit_out(visit), "</p>");
}

static void message(struct visit *visit, const json_t *event,
		    const char *language)
{
	const char *from = words_of(event, "from");
	bool is_agent = !strcmp(from, "agent");
	struct text *out = visit_out(visit);

	text_fill(out, "<li class=\"cd-message $\">",
		  is_agent ? "agent" : "visitor");
	by_out(visit, event,
	       say(visit, is_agent ? TEXT_agent : TEXT_chat_visitor));
	text_fill(out, "<p class=\"cd-text\" dir=\"auto\" lang=\"$\">$</p>",
		  language, words_of(event, "text"));
	if (json_is_true(json_object_get(event, "masked")))
		text_fill(out, "<p class=\"cd-masked\">$</p>",
			  say(visit, TEXT_chat_masked));
	text_say(out, "</li>\n");
}

/* Who came, passed it on, ended it. */
static void happening(struct visit *visit, const json_t *event,
		      const char *reason)
{
	const char *kind = words_of(event, "kind");
	struct text *out = visit_out(visit);

	text_say(out, "<li class=\"cd-event\"><p>");
	if (!strcmp(kind, "joined"))
		text_fill(out, "<bdi>$</bdi> $", words_of(event, "name"),
			  say(visit, TEXT_chat_joined));
	else if (!strcmp(kind, "passed"))
		text_fill(out, "<bdi>$</bdi> $", words_of(event, "name"),
			  say(visit, TEXT_chat_passed_on));
	else if (!strcmp(kind, "queued"))
		text_fill(out, "$", say(visit, TEXT_chat_queued));
	else
		text_fill(out, "$ $", say(visit, TEXT_chat_closed),
			  chats_reason(visit, seat_reason_of(reason)));
	time_out(visit, event);
	text_say(out, "</p></li>\n");
}

static uint64_t events_out(struct visit *visit, const json_t *document,
			   uint64_t from)
{
	const json_t *events = json_object_get(document, "events");
	const char *language = words_of(document, "language");
	size_t start = visit_out(visit)->size;
	uint64_t next = 0;

	text_say(visit_out(visit), "<ol class=\"cd-transcript\">\n");
	for (size_t i = from; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);

		if (visit_out(visit)->size - start > CHAT_CONTENT_PAGE_SIZE) {
			next = i + 1;
			break;
		}
		if (!strcmp(words_of(event, "kind"), "message"))
			message(visit, event, language);
		else
			happening(visit, event,
				  words_of(document, "end_reason"));
	}
	text_say(visit_out(visit), "</ol>\n");
	return next;
}

static void notes_out(struct visit *visit, const json_t *document)
{
	const json_t *notes = json_object_get(document, "notes");
	struct text *out = visit_out(visit);

	if (json_array_size(notes) == 0)
		return;
	text_fill(out,
		  "<section class=\"cd-notes\"><h3>$</h3>"
		  "<p class=\"hint\">$</p><ol>\n",
		  say(visit, TEXT_chat_notes),
		  say(visit, TEXT_chat_notes_apart));
	for (size_t i = 0; i < json_array_size(notes); i++) {
		const json_t *note = json_array_get(notes, i);

		text_say(out, "<li>");
		by_out(visit, note, say(visit, TEXT_agent));
		text_fill(out, "<p class=\"cd-text\" dir=\"auto\">$</p></li>\n",
			  words_of(note, "text"));
	}
	text_say(out, "</ol></section>\n");
}

int chat_content_draw(struct visit *visit, struct slice document, uint64_t from,
		      uint64_t *ret_next)
{
	json_t *whole = json_loadb(document.at, document.size, 0, NULL);
	int r = 0;

	if (strcmp(words_of(whole, "format"), "tallenne.chat.1") != 0 ||
	    !json_is_array(json_object_get(whole, "events")) ||
	    !json_is_array(json_object_get(whole, "notes"))) {
		r = -EBADMSG;
	} else {
		*ret_next = events_out(visit, whole, from > 0 ? from - 1 : 0);
		if (*ret_next == 0)
			notes_out(visit, whole);
	}
	json_decref(whole);
	return r;
}
