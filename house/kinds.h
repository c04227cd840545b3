/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file kinds.h
 * Kinds of values that a setting may have, each with its check.
 *
 * A room that cannot use a value ends at its start; so a wrong one is found
 * where people ask for it ("tallenne config check"), not at the next boot.
 * Pure but for CONFIG_ZONE, which looks whether the system has the zone.
 */
#ifndef TALLENNE_HOUSE_KINDS_H
#define TALLENNE_HOUSE_KINDS_H

#include "base/bytes.h"

enum config_kind {
	CONFIG_TEXT,
	CONFIG_NUMBER,
	CONFIG_BOOL,
	CONFIG_FILE,
	CONFIG_LISTENER,    /**< address and port: "192.0.2.1:5060" */
	CONFIG_ADDRESS,	    /**< an IP address */
	CONFIG_NETWORKS,    /**< addresses and networks, with commas */
	CONFIG_CERTIFICATE, /**< "sha256:" and 64 hex digits, or a name */
	CONFIG_ZONE,	    /**< a time zone the system knows */
	CONFIG_TOKEN,	    /**< a secret of KINDS_TOKEN_MIN characters */
	CONFIG_KINDS
};

enum { KINDS_TOKEN_MIN = 32 };

/** Whether a value is of a kind. Empty values are of none. */
bool kind_fits(enum config_kind kind, struct slice value);

/** "a whole number", for "... must be ...". */
const char *kind_must_be(enum config_kind kind);

/** "number", for the manual. */
const char *kind_name(enum config_kind kind);

#endif
