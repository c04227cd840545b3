/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file keys.h
 * The vocabulary of the policy as tables: what each key is called, what its
 * value looks like, where in the model it goes. Private to notice/.
 *
 * A policy is read by these tables and by nothing else, and the JSON Schema,
 * the types in the manual and the check that every key is enforced
 * (notice/coverage.c) walk the same tables. A key that no table lists is an
 * error that names the nearest key that is.
 */
#ifndef TALLENNE_NOTICE_KEYS_H
#define TALLENNE_NOTICE_KEYS_H

#include <stddef.h>

#include "notice/reader.h"

/**
 * What a value looks like, and what a table without a function of its own
 * stores of it. Words and truths are stored as int, 0 being "not stated":
 * the first word is 1; false is 1 and true is 2. Lists of words are bits of
 * a uint32_t, the first word bit 0.
 */
enum key_shape {
	KEY_TEXT,	/**< char[size], never empty */
	KEY_TEXT_EMPTY, /**< char[size], may be empty */
	KEY_TEXTS,	/**< char[NOTICE_LANGUAGES][size] */
	KEY_TEXT_LIST,	/**< char[max][size] and a size_t count */
	KEY_WORD,	/**< int */
	KEY_WORDS,	/**< uint32_t */
	KEY_BOOL,	/**< int */
	KEY_DATE,	/**< seal_date */
	KEY_PERIOD,	/**< struct model_period */
	KEY_COUNT,	/**< int, 1 to max */
	KEY_COUNTRY,	/**< char[3], ISO 3166 */
	KEY_MAP,	/**< a struct, by its own table */
	KEY_LIST,	/**< structs, by their table, and a size_t count */
	/* With functions of their own. */
	KEY_PHONE,
	KEY_PHONES,
	KEY_HOURS,   /**< weekly */
	KEY_TIMES,   /**< of one day */
	KEY_SHARE,   /**< percent */
	KEY_ORIGINS, /**< of web pages */
	KEY_MASKS,   /**< a mapping of roles to masks */
	KEY_FIELDS,  /**< texts, or mappings by a table */
	KEY_SIGNERS, /**< verifier keys */
	KEY_SHA256,
	KEY_TRANSFER /**< "none", or a mapping by a table */
};

struct policy_key {
	const char *name;
	bool required;
	bool reported; /**< if it is missing, that is told as "not stated" */
	enum key_shape shape;
	const char *const *words; /**< of words; ends with NULL */
	const struct policy_key *keys;
	size_t at;	 /**< where in the target */
	size_t size;	 /**< of a text, or of one item of a list */
	size_t count_at; /**< of a list: its size_t */
	int max;	 /**< of a list, or of a number */
	/** Of a list: what an item is called, if its ids may stand only
	    once; and where in an item that id is. */
	const char *what;
	size_t id_at;
	/** Of a mapping that begins with its line, an int. Items always do. */
	bool lined;
	/** Or where in the target the line goes, an int; 0: nowhere. */
	size_t line_at;
	/** Instead of what the shape does. */
	void (*take)(struct yaml_reader *reader, const yaml_node_t *value,
		     void *target);
	/** After a value, or each item of a list, was taken. */
	void (*check)(struct yaml_reader *reader, const yaml_node_t *value,
		      void *target);
};

/** Where a member goes, and how large it is. */
#define KEY_AT(type, member)                                                   \
	.at = offsetof(type, member), .size = sizeof(((type *)0)->member)
/** The same for a member that is an array: the size of one item. */
#define KEY_EACH(type, member, count)                                          \
	.at = offsetof(type, member), .size = sizeof(((type *)0)->member[0]),  \
	.count_at = offsetof(type, count)

/** Take a mapping by a table of keys; the table ends with a NULL name. */
void policy_take(struct yaml_reader *reader, const yaml_node_t *node,
		 const struct policy_key *keys, void *target);

/** The table of the top; all others hang from it. */
extern const struct policy_key policy_top_keys[];

/* The sections, each where its subject is. */
extern const struct policy_key policy_head_keys[];	 /* head.c */
extern const struct policy_key policy_controller_keys[]; /* people.c */
extern const struct policy_key policy_processor_keys[];
extern const struct policy_key policy_dpo_keys[];
extern const struct policy_key policy_authority_keys[];
extern const struct policy_key policy_employee_keys[];
extern const struct policy_key policy_rights_keys[];
extern const struct policy_key policy_basis_keys[]; /* purposes.c */
extern const struct policy_key policy_purpose_keys[];
extern const struct policy_key policy_service_keys[];
extern const struct policy_key policy_disclosure_keys[]; /* places.c */
extern const struct policy_key policy_location_keys[];
extern const struct policy_key policy_transfer_keys[];
extern const struct policy_key policy_class_keys[];   /* class.c */
extern const struct policy_key policy_capture_keys[]; /* capture.c */
extern const struct policy_key policy_channel_keys[]; /* channel.c */

enum { KEY_PATH_SIZE = 64 };

/** Where a key is, such as "classes[].retention.period"; false: nowhere. */
bool policy_key_path(const struct policy_key *key, char path[KEY_PATH_SIZE]);

/** A text in all languages, which no table of its own describes further. */
void policy_take_texts(struct yaml_reader *reader, const yaml_node_t *node,
		       char *texts, size_t size);

#endif
