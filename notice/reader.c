/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	WORD_MAX = 48,
	LIST_MAX = 2048,   /* items of a list */
	SHOWN_MAX = 60,	   /* bytes of a wrong value that are repeated */
	CHOICES_SIZE = 128 /* of the words that would have been right */
};

int yaml_line(const yaml_node_t *node)
{
	return node ? (int)node->start_mark.line + 1 : 0;
}

static FORMAT(4, 0) void note(struct yaml_reader *reader, int line,
			      const char *code, const char *format,
			      va_list arguments)
{
	struct notice_fault *fault;

	if (code[0] == 'E')
		reader->error_count++;
	/* Errors push warnings out when there is no room for both. */
	if (reader->fault_count == reader->fault_max) {
		if (code[0] != 'E' || reader->fault_max == 0)
			return;
		fault = &reader->faults[reader->fault_max - 1];
	} else {
		fault = &reader->faults[reader->fault_count++];
	}
	*fault = (struct notice_fault){ .line = line };
	snprintf(fault->code, sizeof(fault->code), "%s", code);
	policy_code_explain(fault);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, arguments);
}

void yaml_fault(struct yaml_reader *reader, const yaml_node_t *node,
		const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(reader, yaml_line(node), code, format, arguments);
	va_end(arguments);
}

void yaml_fault_at(struct yaml_reader *reader, int line, const char *code,
		   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(reader, line, code, format, arguments);
	va_end(arguments);
}

/*
 * Aliases would make the tree a graph and let a small text mean a lot.
 * The line of the first anchor, alias or tag; 0: there is none.
 */
static int find_anchor_or_tag(yaml_parser_t *parser)
{
	yaml_event_t event;
	bool found = false, done = false;
	int line = 0;

	while (!found && !done) {
		if (!yaml_parser_parse(parser, &event))
			return 0; /* told by the second, real pass */
		found = event.type == YAML_ALIAS_EVENT ||
			(event.type == YAML_SCALAR_EVENT &&
			 (event.data.scalar.anchor || event.data.scalar.tag)) ||
			(event.type == YAML_MAPPING_START_EVENT &&
			 event.data.mapping_start.anchor) ||
			(event.type == YAML_SEQUENCE_START_EVENT &&
			 event.data.sequence_start.anchor);
		if (found)
			line = (int)event.start_mark.line + 1;
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return line;
}

static int is_plain(struct slice text, int *ret_line)
{
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const uint8_t *)text.at,
				     text.size);
	*ret_line = find_anchor_or_tag(&parser);
	yaml_parser_delete(&parser);
	return *ret_line == 0 ? 0 : -EINVAL;
}

int yaml_open(struct yaml_reader *reader, struct slice text,
	      struct notice_fault *faults, size_t fault_max)
{
	yaml_parser_t parser;
	int line, r;
	bool ok;

	memset(reader, 0, sizeof(*reader));
	reader->faults = faults;
	reader->fault_max = fault_max;

	r = is_plain(text, &line);
	if (r == -EINVAL)
		yaml_fault_at(reader, line, "E-YAML",
			      "anchors (&), aliases (*) and tags (!) are not "
			      "used here; a text that begins so needs "
			      "quotation marks");
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const uint8_t *)text.at,
				     text.size);
	ok = yaml_parser_load(&parser, &reader->document);
	if (!ok)
		yaml_fault_at(reader, (int)parser.problem_mark.line + 1,
			      "E-YAML", "this is not YAML: %s",
			      parser.problem ? parser.problem : "unreadable");
	yaml_parser_delete(&parser);
	if (!ok)
		return -EINVAL;
	if (!yaml_top(reader) || yaml_top(reader)->type != YAML_MAPPING_NODE) {
		yaml_fault_at(reader, 1, "E-YAML",
			      "there must be keys at the top");
		yaml_close(reader);
		return -EINVAL;
	}
	return 0;
}

void yaml_close(struct yaml_reader *reader)
{
	yaml_document_delete(&reader->document);
}

const yaml_node_t *yaml_top(struct yaml_reader *reader)
{
	return yaml_document_get_root_node(&reader->document);
}

struct slice yaml_text(struct yaml_reader *reader, const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE) {
		yaml_fault(reader, node, "E-TYPE", "one value is needed here");
		return (struct slice){ "", 0 };
	}
	return (struct slice){ (const char *)node->data.scalar.value,
			       node->data.scalar.length };
}

void yaml_copy(struct yaml_reader *reader, const yaml_node_t *node, char *out,
	       size_t size)
{
	if (slice_text(yaml_text(reader, node), out, size) < 0)
		yaml_fault(reader, node, "E-TOO-LONG",
			   "at most %zu bytes are possible here", size - 1);
}

void yaml_name(struct yaml_reader *reader, const yaml_node_t *node, char *out,
	       size_t size)
{
	size_t faults = reader->error_count;

	yaml_copy(reader, node, out, size);
	if (reader->error_count == faults && out[strspn(out, " \t\r\n")] == 0)
		yaml_fault(reader, node, "E-EMPTY", "a text is needed here");
}

/* Edits (insert, remove, change, swap neighbours) from one to the other. */
static size_t distance(struct slice a, struct slice b)
{
	size_t rows[3][WORD_MAX + 1];

	if (a.size > WORD_MAX || b.size > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b.size; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.size; i++) {
		size_t *now = rows[i % 3], *last = rows[(i - 1) % 3];
		const size_t *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b.size; j++) {
			size_t same = a.at[i - 1] != b.at[j - 1];
			size_t best = last[j - 1] + same;

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
			    a.at[i - 2] == b.at[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[a.size % 3][b.size];
}

const char *yaml_nearest(struct slice word, const char *const *words)
{
	const char *best = NULL;
	size_t least = word.size / 3 + 1;

	for (size_t i = 0; words[i]; i++) {
		size_t away = distance(word, slice_of(words[i]));

		if (away <= least) {
			best = words[i];
			least = away > 0 ? away - 1 : 0;
		}
	}
	return best;
}

/* "none, masked or hidden"; "fi, sv, en ..." where there are too many. */
static void list_choices(const char *const *words, char out[CHOICES_SIZE])
{
	size_t size = 0;

	out[0] = '\0';
	for (size_t i = 0; words[i]; i++) {
		const char *comma = i == 0 ? "" : words[i + 1] ? ", " : " or ";
		size_t more = strlen(comma) + strlen(words[i]);

		if (size + more + sizeof(" ...") > CHOICES_SIZE) {
			(void)snprintf(out + size, CHOICES_SIZE - size, " ...");
			return;
		}
		(void)snprintf(out + size, CHOICES_SIZE - size, "%s%s", comma,
			       words[i]);
		size += more;
	}
}

void yaml_unknown(struct yaml_reader *reader, const yaml_node_t *node,
		  const char *code, const char *const *words)
{
	struct slice word = yaml_text(reader, node);
	const char *near = yaml_nearest(word, words);
	int shown = (int)(word.size > SHOWN_MAX ? SHOWN_MAX : word.size);
	char choices[CHOICES_SIZE];

	list_choices(words, choices);
	if (near)
		yaml_fault(reader, node, code,
			   "\"%.*s\" is not known; did you mean \"%s\"?", shown,
			   word.at, near);
	else
		yaml_fault(reader, node, code,
			   "\"%.*s\" is not known; it can be %s", shown,
			   word.at, choices);
}

int yaml_word(struct yaml_reader *reader, const yaml_node_t *node,
	      const char *const *words)
{
	struct slice word;

	if (node->type != YAML_SCALAR_NODE) {
		yaml_fault(reader, node, "E-TYPE", "one word is needed here");
		return -1;
	}
	word = yaml_text(reader, node);
	for (int i = 0; words[i]; i++)
		if (slice_is(word, slice_of(words[i])))
			return i;
	yaml_unknown(reader, node, "E-UNKNOWN-WORD", words);
	return -1;
}

void yaml_twice(struct yaml_reader *reader, const yaml_node_t *node,
		int first_line)
{
	struct slice word = yaml_text(reader, node);

	yaml_fault(reader, node, "E-TWICE",
		   "\"%.*s\" stands here twice, first on line %d",
		   (int)(word.size > SHOWN_MAX ? SHOWN_MAX : word.size),
		   word.at, first_line);
}

/* The same word twice in a list is a slip: one of them meant another. */
static void refuse_same(struct yaml_reader *reader,
			const yaml_node_item_t *first,
			const yaml_node_item_t *item)
{
	const yaml_node_t *node =
		yaml_document_get_node(&reader->document, *item);

	if (node->type != YAML_SCALAR_NODE)
		return;
	for (; first < item; first++) {
		const yaml_node_t *other =
			yaml_document_get_node(&reader->document, *first);

		if (other->type != YAML_SCALAR_NODE ||
		    !slice_is(yaml_text(reader, node),
			      yaml_text(reader, other)))
			continue;
		yaml_twice(reader, node, yaml_line(other));
		return;
	}
}

void yaml_each(struct yaml_reader *reader, const yaml_node_t *node,
	       void (*take)(struct yaml_reader *reader, const yaml_node_t *item,
			    void *target),
	       void *target)
{
	const yaml_node_item_t *first;

	if (node->type != YAML_SEQUENCE_NODE) {
		take(reader, node, target);
		return;
	}
	first = node->data.sequence.items.start;
	if (node->data.sequence.items.top - first > LIST_MAX) {
		yaml_fault(reader, node, "E-TOO-MANY", "at most %d items",
			   LIST_MAX);
		return;
	}
	for (const yaml_node_item_t *item = first;
	     item < node->data.sequence.items.top; item++) {
		refuse_same(reader, first, item);
		take(reader, yaml_document_get_node(&reader->document, *item),
		     target);
	}
}
