/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file settings.h
 * What the administrator chose for one room.
 *
 * The house reads the configuration file (YAML), checks it against its
 * table of settings and hands each room its own section as plain lines
 * "key<TAB>value\n". Lists are numbered from 0: "clients.0.address". A room
 * therefore contains no YAML parser, and sees no other room's settings.
 */
#ifndef TALLENNE_SETTINGS_H
#define TALLENNE_SETTINGS_H

#include "base/bytes.h"

enum { SETTINGS_SIZE_MAX = 1 << 20, SETTING_KEY_SIZE = 128 };

struct settings;

/**
 * Read settings from a descriptor.
 *
 * @param fd  readable from its start, borrowed
 * @return 0, -EFBIG, -ENOMEM, -EINVAL for a line without a tab, or errno
 */
MUST int settings_load(int fd, struct settings **ret_settings);

/** Read settings from text, which is copied. For tests. */
MUST int settings_of(const char *text, struct settings **ret_settings);

void settings_free(struct settings *settings);

/** Cleanup for OWNED(). */
void settings_drop(struct settings **settings);

/**
 * The value of a setting.
 *
 * @param key  printf format of the key, such as "clients.%d.address"
 * @return borrowed text, NULL if it is not set
 */
const char *setting(const struct settings *settings, const char *key, ...)
	FORMAT(2, 3);

/** The same as a number; otherwise if it is not set or not a number. */
int64_t setting_number(const struct settings *settings, int64_t otherwise,
		       const char *key, ...) FORMAT(3, 4);

/** Whether it is "true" or "yes"; otherwise if it is not set. */
bool setting_is(const struct settings *settings, bool otherwise,
		const char *key, ...) FORMAT(3, 4);

#endif
