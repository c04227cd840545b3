/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/config.h"

#include <errno.h>
#include <string.h>

#include "house/sense.h"
#include "notice/reader.h"

enum { SECTIONS_MAX = 16, KEY_MAX = SETTING_KEY_SIZE, WORDS_MAX = 160 };

const struct config_setting config_settings[] = {
#define SETTING(key, kind, otherwise, help)                                    \
	{ SECTION, key, otherwise, help, CONFIG_##kind },
#define SECTION "house"
#include "house/settings.def"
#undef SECTION
#define SECTION "siprec"
#include "siprec/settings.def"
#undef SECTION
#define SECTION "media"
#include "media/settings.def"
#undef SECTION
#define SECTION "finish"
#include "finish/settings.def"
#undef SECTION
#define SECTION "register"
#include "register/settings.def"
#undef SECTION
#define SECTION "vault"
#include "vault/settings.def"
#undef SECTION
#define SECTION "chat"
#include "chat/settings.def"
#undef SECTION
#define SECTION "desk"
#include "desk/settings.def"
#undef SECTION
#define SECTION "counter"
#include "counter/settings.def"
#undef SECTION
#undef SETTING
	{ NULL, NULL, NULL, NULL, CONFIG_TEXT },
};

struct section {
	const char *name;
	char *text;
	size_t size;
	char *lines; /* where each of them stands, in the same form */
	size_t lines_size;
	FILE *out, *lines_out; /* while it is read */
};

struct config {
	struct section sections[SECTIONS_MAX];
	size_t section_count;
};

/* The roster is shared by the rooms that have "agents.*" settings. */
static bool has_agents(const char *section)
{
	for (const struct config_setting *s = config_settings; s->section; s++)
		if (!strcmp(s->section, section) &&
		    !strncmp(s->key, "agents.", 7))
			return true;
	return false;
}

static const struct config_setting *find_setting(const char *section,
						 const char *pattern)
{
	for (const struct config_setting *s = config_settings; s->section; s++)
		if (!strcmp(s->section, section) && !strcmp(s->key, pattern))
			return s;
	return NULL;
}

struct walk {
	struct yaml_reader *reader;
	struct section *section;
	char key[KEY_MAX];     /* "clients.0.address" */
	char pattern[KEY_MAX]; /* "clients.*.address" */
};

static void say_unknown(struct walk *walk, const yaml_node_t *node)
{
	const char *words[WORDS_MAX + 1] = { NULL };
	const char *near;
	size_t count = 0;

	for (const struct config_setting *s = config_settings; s->section; s++)
		if (!strcmp(s->section, walk->section->name) &&
		    count < WORDS_MAX)
			words[count++] = s->key;
	near = yaml_nearest(slice_of(walk->pattern), words);
	yaml_fault(walk->reader, node, "E-UNKNOWN-KEY",
		   "there is no setting %s.%s%s%s%s", walk->section->name,
		   walk->pattern, near ? "; did you mean " : "",
		   near ? near : "", near ? "?" : "");
}

/* Append ".step" to key and pattern; false if it becomes too long. */
static bool step_into(struct walk *walk, const char *step, const char *pattern)
{
	size_t key = strlen(walk->key), shape = strlen(walk->pattern);
	int a = snprintf(walk->key + key, KEY_MAX - key, "%s%s", key ? "." : "",
			 step);
	int b = snprintf(walk->pattern + shape, KEY_MAX - shape, "%s%s",
			 shape ? "." : "", pattern);

	return (size_t)a < KEY_MAX - key && (size_t)b < KEY_MAX - shape;
}

static void take_leaf(struct walk *walk, const yaml_node_t *node)
{
	struct slice value = yaml_text(walk->reader, node);
	const struct config_setting *setting =
		find_setting(walk->section->name, walk->pattern);

	/* One value where a list may stand is a list of one. */
	if (!setting) {
		size_t key = strlen(walk->key), shape = strlen(walk->pattern);

		if (step_into(walk, "0", "*"))
			setting = find_setting(walk->section->name,
					       walk->pattern);
		if (!setting)
			walk->key[key] = walk->pattern[shape] = '\0';
	}
	if (!setting) {
		say_unknown(walk, node);
		return;
	}
	if (!kind_fits(setting->kind, value)) {
		yaml_fault(walk->reader, node, "E-TYPE", "%s.%s must be %s",
			   walk->section->name, walk->key,
			   kind_must_be(setting->kind));
		return;
	}
	if (slice_find(value, '\n') < value.size ||
	    slice_find(value, '\0') < value.size) {
		yaml_fault(walk->reader, node, "E-TYPE",
			   "%s.%s must be one line", walk->section->name,
			   walk->key);
		return;
	}
	fprintf(walk->section->out, "%s\t%.*s\n", walk->key, (int)value.size,
		value.at);
	fprintf(walk->section->lines_out, "%s\t%d\n", walk->key,
		yaml_line(node));
}

static void take_node(struct walk *walk, const yaml_node_t *node);

static void take_child(struct walk *walk, const yaml_node_t *node,
		       const char *step, const char *pattern)
{
	size_t key = strlen(walk->key), shape = strlen(walk->pattern);

	if (step_into(walk, step, pattern))
		take_node(walk, node);
	else
		yaml_fault(walk->reader, node, "E-TOO-LONG",
			   "this key is too long");
	walk->key[key] = walk->pattern[shape] = '\0';
}

static void take_node(struct walk *walk, const yaml_node_t *node)
{
	yaml_document_t *document = &walk->reader->document;
	char step[KEY_MAX];
	int index = 0;

	switch (node->type) {
	case YAML_MAPPING_NODE:
		for (const yaml_node_pair_t *pair =
			     node->data.mapping.pairs.start;
		     pair < node->data.mapping.pairs.top; pair++) {
			yaml_copy(walk->reader,
				  yaml_document_get_node(document, pair->key),
				  step, sizeof(step));
			take_child(
				walk,
				yaml_document_get_node(document, pair->value),
				step, step);
		}
		break;
	case YAML_SEQUENCE_NODE:
		for (const yaml_node_item_t *item =
			     node->data.sequence.items.start;
		     item < node->data.sequence.items.top; item++) {
			snprintf(step, sizeof(step), "%d", index++);
			take_child(walk,
				   yaml_document_get_node(document, *item),
				   step, "*");
		}
		break;
	case YAML_SCALAR_NODE:
		take_leaf(walk, node);
		break;
	case YAML_NO_NODE:
		break;
	}
}

static struct section *find_section(struct config *config, const char *name)
{
	for (size_t i = 0; i < config->section_count; i++)
		if (!strcmp(config->sections[i].name, name))
			return &config->sections[i];
	return NULL;
}

static void take_section(struct yaml_reader *reader, struct config *config,
			 const yaml_node_t *name_node, const yaml_node_t *value)
{
	const char *words[SECTIONS_MAX + 2] = { NULL };
	struct slice name = yaml_text(reader, name_node);
	size_t count = 0;
	bool found = false;

	if (value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0)
		return; /* an empty section */
	for (size_t i = 0; i < config->section_count; i++) {
		struct section *section = &config->sections[i];
		struct walk walk = { .reader = reader, .section = section };
		bool is_roster = slice_is(name, SLICE("agents")) &&
				 has_agents(section->name);

		words[count++] = section->name;
		if (is_roster)
			take_child(&walk, value, "agents", "agents");
		else if (slice_is(name, slice_of(section->name)))
			take_node(&walk, value);
		else
			continue;
		found = true;
	}
	words[count] = "agents";
	if (!found)
		(void)yaml_word(reader, name_node, words);
}

/* Defaults go last: the first line of a key is the one that counts. */
static void add_defaults(struct config *config)
{
	for (const struct config_setting *s = config_settings; s->section; s++)
		if (s->otherwise[0] && !strchr(s->key, '*'))
			fprintf(find_section(config, s->section)->out,
				"%s\t%s\n", s->key, s->otherwise);
}

static int open_sections(struct config *config)
{
	for (const struct config_setting *s = config_settings; s->section;
	     s++) {
		struct section *section;

		if (find_section(config, s->section))
			continue;
		assert(config->section_count < SECTIONS_MAX);
		section = &config->sections[config->section_count++];
		section->name = s->section;
		section->out = open_memstream(&section->text, &section->size);
		section->lines_out =
			open_memstream(&section->lines, &section->lines_size);
		if (!section->out || !section->lines_out)
			return -ENOMEM;
	}
	return 0;
}

static void close_sections(struct config *config)
{
	for (size_t i = 0; i < config->section_count; i++) {
		if (config->sections[i].out)
			(void)fclose(config->sections[i].out);
		if (config->sections[i].lines_out)
			(void)fclose(config->sections[i].lines_out);
		config->sections[i].out = config->sections[i].lines_out = NULL;
	}
}

void config_free(struct config *config)
{
	if (!config)
		return;
	close_sections(config);
	for (size_t i = 0; i < config->section_count; i++) {
		free(config->sections[i].text);
		free(config->sections[i].lines);
	}
	free(config);
}

int config_read(struct slice text, struct notice_fault *faults,
		size_t *fault_count, struct config **ret_config)
{
	struct yaml_reader reader;
	struct config *config;
	const yaml_node_t *top;
	int r = yaml_open(&reader, text, faults, *fault_count);

	if (r < 0) {
		*fault_count = reader.fault_count;
		return r;
	}
	config = calloc(1, sizeof(*config));
	r = config ? open_sections(config) : -ENOMEM;
	if (r < 0) {
		yaml_close(&reader);
		config_free(config);
		return r;
	}
	top = yaml_top(&reader);
	for (const yaml_node_pair_t *pair = top->data.mapping.pairs.start;
	     pair < top->data.mapping.pairs.top; pair++)
		take_section(
			&reader, config,
			yaml_document_get_node(&reader.document, pair->key),
			yaml_document_get_node(&reader.document, pair->value));
	add_defaults(config);
	close_sections(config);
	if (reader.error_count == 0)
		sense_check(config, &reader);
	*fault_count = reader.fault_count;
	yaml_close(&reader);
	if (reader.error_count > 0) {
		config_free(config);
		return -EINVAL;
	}
	*ret_config = config;
	return 0;
}

const char *config_section(const struct config *config, const char *section)
{
	for (size_t i = 0; i < config->section_count; i++)
		if (!strcmp(config->sections[i].name, section))
			return config->sections[i].text;
	return "";
}

int config_line(const struct config *config, const char *section,
		const char *key)
{
	OWNED(settings_drop) struct settings *lines = NULL;

	for (size_t i = 0; i < config->section_count; i++)
		if (!strcmp(config->sections[i].name, section) &&
		    settings_of(config->sections[i].lines, &lines) == 0)
			return (int)setting_number(lines, 0, "%s", key);
	return 0;
}

int config_settings_of(const struct config *config, const char *section,
		       struct settings **ret_settings)
{
	return settings_of(config_section(config, section), ret_settings);
}

void config_print_manual(FILE *out)
{
	const char *section = "";

	for (const struct config_setting *s = config_settings; s->section;
	     s++) {
		if (strcmp(section, s->section) != 0) {
			section = s->section;
			fprintf(out,
				"%s## %s\n\n| key | kind | default | meaning "
				"|\n"
				"|---|---|---|---|\n",
				s == config_settings ? "" : "\n", section);
		}
		fprintf(out, "| `%s` | %s | %s%s%s | %s |\n", s->key,
			kind_name(s->kind), s->otherwise[0] ? "`" : "",
			s->otherwise, s->otherwise[0] ? "`" : "", s->help);
	}
}
