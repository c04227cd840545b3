/* SPDX-License-Identifier: EUPL-1.2 */
/* The table of clauses: test_clause POLICY */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "publish/render.h"

static const char *policy_path;

static struct policy *example(void)
{
	OWNED(drop_fd) int fd = open(policy_path, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault faults[16];
	size_t size, count = COUNT(faults);
	struct policy *policy = NULL;

	assert_int_equal(file_read(fd, NOTICE_SIZE_MAX, &text, &size), 0);
	assert_int_equal(policy_read((struct slice){ text, size }, faults,
				     &count, &policy),
			 0);
	return policy;
}

/* How often a slot stands in a template. */
static size_t count_slot(const char *words, struct slice slot)
{
	struct slice rest = slice_of(words);
	struct clause_piece piece;
	size_t count = 0;

	while (clause_next(&rest, &piece))
		count += piece.is_slot && slice_is(piece.words, slot);
	return count;
}

static bool has_digit(const char *words)
{
	struct slice rest = slice_of(words);
	struct clause_piece piece;

	while (clause_next(&rest, &piece))
		for (size_t i = 0; !piece.is_slot && i < piece.words.size; i++)
			if (piece.words.at[i] >= '0' &&
			    piece.words.at[i] <= '9')
				return true;
	return false;
}

/* What is wrong with the texts of a clause, or NULL. */
static const char *fault_of(enum clause_style style,
			    const char *const words[NOTICE_LANGUAGES])
{
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		const char *bar = strchr(words[i], '|');
		struct slice rest = slice_of(words[i]);
		struct clause_piece piece;

		if (!words[i][0] || strchr(words[i], '!'))
			return "empty or loud";
		if (has_digit(words[i]))
			return "a digit";
		if (!bar != (style != CLAUSE_PAIR) ||
		    (bar && (strchr(bar + 1, '|') || bar[1] != '{')))
			return "a pair and no label, or the reverse";
		while (clause_next(&rest, &piece))
			for (int j = 0; piece.is_slot && j < NOTICE_LANGUAGES;
			     j++)
				if (count_slot(words[j], piece.words) !=
				    count_slot(words[i], piece.words))
					return "slots differ";
	}
	return NULL;
}

static void every_clause_has_the_same_slots_in_all_languages(void **state)
{
	(void)state;
	for (size_t i = 0; i < clause_count; i++) {
		const char *fault =
			fault_of(clauses[i].style, clauses[i].words);

		if (fault)
			fail_msg("%s: %s", clauses[i].id, fault);
	}
	for (size_t i = 0; i < clause_section_count; i++)
		for (int j = 0; j < NOTICE_LANGUAGES; j++)
			assert_false(has_digit(clause_sections[i].title[j]));
}

static void what_would_be_wrong_with_a_clause_is_found(void **state)
{
	static const char *const rows[][NOTICE_LANGUAGES] = {
		{ "enintään {period}", "högst {period}", "at most" },
		{ "enintään {period}", "högst {period} {period}",
		  "at most {period}" },
		{ "enintään 6 kk", "högst", "at most" },
		{ "yksi", "ett {period}", "one {period}" },
		{ "Nimi|{dpo}", "Namn|{dpo}", "Name|{dpo}" },
		{ "yksi", "", "one" },
	};
	static const char *const good[] = { "{a.gen} ja {b}", "{b} och {a}",
					    "{a}, {b}" };
	static const char *const pair[] = { "Nimi|{a}", "Namn {a}",
					    "Name|{a}" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_non_null(fault_of(CLAUSE_PARAGRAPH, rows[i]));
	assert_non_null(fault_of(CLAUSE_PAIR, pair));
	assert_null(fault_of(CLAUSE_PARAGRAPH, good));
}

static bool is_used(const char *slot)
{
	for (size_t i = 0; i < clause_count; i++)
		if (count_slot(clauses[i].words[NOTICE_FI], slice_of(slot)))
			return true;
	return false;
}

static void every_slot_is_used(void **state)
{
	static const char *const slots[] = {
#define SLOT(name, kind) #name,
#include "publish/slots.def"
#undef SLOT
	};

	(void)state;
	for (size_t i = 0; i < COUNT(slots); i++)
		if (!is_used(slots[i]))
			fail_msg("no clause has {%s}", slots[i]);
}

static void clauses_stand_in_the_order_of_their_sections(void **state)
{
	(void)state;
	for (size_t i = 1; i < clause_count; i++) {
		assert_true(clauses[i].section >= clauses[i - 1].section);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(clauses[i].id, clauses[j].id);
	}
}

/* "S1 S25", of thirty. */
static void sentences_are_those_of_the_notice(void **state)
{
	(void)state;
	for (size_t i = 0; i < clause_count; i++) {
		struct slice rest = slice_of(clauses[i].sentences);

		while (rest.size > 0) {
			struct slice each = slice_cut(rest, ' ', &rest);
			uint64_t number;

			assert_true(each.size > 1 && each.at[0] == 'S');
			assert_int_equal(
				slice_number(slice_from(each, 1), 30, &number),
				0);
			assert_true(number > 0);
		}
	}
}

static void a_slot_of_no_name_is_none(void **state)
{
	struct policy *policy = example();
	const struct fact_ask ask = { .policy = policy };
	struct fact fact = { .slot = "untouched" };

	(void)state;
	assert_false(fact_fill(SLICE("nothing"), &ask, &fact));
	assert_false(fact_fill(SLICE(""), &ask, &fact));
	assert_string_equal(fact.slot, "untouched");
	policy_free(policy);
}

static void a_fact_has_one_value_in_all_languages(void **state)
{
	static const enum clause_document kinds[] = {
		CLAUSE_NOTICE, CLAUSE_SPOKEN, CLAUSE_RECORD, CLAUSE_DESCRIPTION
	};
	struct policy *policy = example();

	(void)state;
	for (size_t k = 0; k < COUNT(kinds); k++)
		for (int i = 0; i < NOTICE_LANGUAGES; i++) {
			struct document *one, *other;

			assert_int_equal(
				document_new(policy, kinds[k], NOTICE_FI, &one),
				0);
			assert_int_equal(document_new(policy, kinds[k],
						      (enum notice_language)i,
						      &other),
					 0);
			assert_int_equal(one->clause_count,
					 other->clause_count);
			for (size_t c = 0; c < one->clause_count; c++)
				assert_ptr_equal(one->clauses[c].clause,
						 other->clauses[c].clause);
			document_free(one);
			document_free(other);
		}
	policy_free(policy);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_clause_has_the_same_slots_in_all_languages),
		cmocka_unit_test(what_would_be_wrong_with_a_clause_is_found),
		cmocka_unit_test(every_slot_is_used),
		cmocka_unit_test(clauses_stand_in_the_order_of_their_sections),
		cmocka_unit_test(sentences_are_those_of_the_notice),
		cmocka_unit_test(a_slot_of_no_name_is_none),
		cmocka_unit_test(a_fact_has_one_value_in_all_languages),
	};

	if (argc < 2)
		return 2;
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
