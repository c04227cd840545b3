/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/text.h"

static void is(struct text *text, const char *want)
{
	assert_false(text->failed);
	assert_string_equal(text->bytes, want);
	text_drop(text);
}

static void no_name_can_break_a_page(void **state)
{
	struct text text = TEXT_NEW;

	(void)state;
	text_html(&text, "<script>alert('x')</script> & \"y\"");
	is(&text, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; "
		  "&quot;y&quot;");
}

static void what_is_not_utf8_is_replaced(void **state)
{
	struct text text = TEXT_NEW;

	(void)state;
	/* Overlong "<", a lone surrogate, a cut sequence, Latin-1. */
	text_html(&text, "\xc0\xbc|\xed\xa0\x80|\xe2\x82|\xe4");
	is(&text, "\ufffd\ufffd|\ufffd\ufffd\ufffd|\ufffd\ufffd|\ufffd");
	text_html(&text, "Päivä \U0001f642");
	is(&text, "Päivä \U0001f642");
}

static void controls_vanish(void **state)
{
	struct text text = TEXT_NEW;

	(void)state;
	text_html(&text, "a\x01\x1b[31m\x7f\nb");
	is(&text, "a[31m\nb");
}

static void json_is_always_json(void **state)
{
	struct text text = TEXT_NEW;

	(void)state;
	text_json(&text, "a\"\\\n\x01\xff</script>");
	is(&text, "\"a\\\"\\\\\\u000a\\u0001\\ufffd</script>\"");
}

static void a_url_part_stays_one(void **state)
{
	struct text text = TEXT_NEW;

	(void)state;
	text_url(&text, "/a b&c=ä?");
	is(&text, "%2Fa%20b%26c%3D%C3%A4%3F");
}

static void each_dollar_takes_one_word(void **state)
{
	struct text text = TEXT_NEW;

	(void)state;
	text_fill(&text, "<a href=\"$\">$</a>", "/?a=1&b=\"", "$ & <");
	is(&text, "<a href=\"/?a=1&amp;b=&quot;\">$ &amp; &lt;</a>");
}

static void a_text_has_an_end(void **state)
{
	struct text text = TEXT_NEW;
	char line[1024];

	(void)state;
	memset(line, 'a', sizeof(line));
	for (size_t i = 0; i < TEXT_SIZE_MAX / sizeof(line) + 2; i++)
		text_add(&text, (struct slice){ line, sizeof(line) });
	assert_true(text.failed);
	assert_true(text.size <= TEXT_SIZE_MAX);
	text_drop(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_name_can_break_a_page),
		cmocka_unit_test(what_is_not_utf8_is_replaced),
		cmocka_unit_test(controls_vanish),
		cmocka_unit_test(json_is_always_json),
		cmocka_unit_test(a_url_part_stays_one),
		cmocka_unit_test(each_dollar_takes_one_word),
		cmocka_unit_test(a_text_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
