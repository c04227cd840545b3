/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file config.h
 * The configuration file: YAML with one section per room, checked against
 * the rooms' tables of settings (ROOM/settings.def).
 *
 * Besides the rooms' sections there are "house" and "agents" (the roster),
 * which siprec and the register both get.
 */
#ifndef TALLENNE_HOUSE_CONFIG_H
#define TALLENNE_HOUSE_CONFIG_H

#include <stdio.h>

#include "base/settings.h"
#include "house/kinds.h"
#include "notice/notice.h"

/** A setting that exists. */
struct config_setting {
	const char *section, *key, *otherwise, *help;
	enum config_kind kind;
};

/** All settings there are; ends with a NULL section. */
extern const struct config_setting config_settings[];

struct config;

/**
 * Read a configuration.
 *
 * @param text    YAML, borrowed
 * @param faults  room for faults, with line, code and suggestion
 * @param[in,out] fault_count  room; then how many
 * @return 0, -EINVAL with at least one fault, or -ENOMEM
 */
MUST int config_read(struct slice text, struct notice_fault *faults,
		     size_t *fault_count, struct config **ret_config);
void config_free(struct config *config);

/**
 * A section as the room gets it: lines "key<TAB>value", defaults included.
 *
 * @return text that lives as long as the configuration; never NULL
 */
const char *config_section(const struct config *config, const char *section);

/** The line where a setting stands, from 1; 0: a default. */
int config_line(const struct config *config, const char *section,
		const char *key);

/** Settings of a section, to be read by the house itself. */
MUST int config_settings_of(const struct config *config, const char *section,
			    struct settings **ret_settings);

/** The manual of all settings, as Markdown. */
void config_print_manual(FILE *out);

#endif
