/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file reader.h
 * Reading a YAML document, strictly.
 *
 * Anchors, tags and several documents are refused: a promise is read as it
 * is written. Also used by house/ for the configuration; how a policy is
 * read by tables of keys is in notice/keys.h.
 */
#ifndef TALLENNE_NOTICE_READER_H
#define TALLENNE_NOTICE_READER_H

#include <yaml.h>

#include "base/bytes.h"
#include "notice/notice.h"

/** A document while it is read, and what was found wrong with it. */
struct yaml_reader {
	yaml_document_t document;
	struct notice_fault *faults;
	size_t fault_max;
	size_t fault_count;
	size_t error_count; /**< codes that begin with 'E' */
	void *context;	    /**< of who reads; NULL if it needs none */
};

/**
 * Parse text. One document, a mapping at its top.
 *
 * @return 0, or -EINVAL with a fault noted
 */
MUST int yaml_open(struct yaml_reader *reader, struct slice text,
		   struct notice_fault *faults, size_t fault_max);
void yaml_close(struct yaml_reader *reader);

/** The mapping at the top. */
const yaml_node_t *yaml_top(struct yaml_reader *reader);

/** Note a fault at a node (NULL: the whole). */
void yaml_fault(struct yaml_reader *reader, const yaml_node_t *node,
		const char *code, const char *format, ...) FORMAT(4, 5);

/** The same, at a line; for what is found after the tree was read. */
void yaml_fault_at(struct yaml_reader *reader, int line, const char *code,
		   const char *format, ...) FORMAT(4, 5);

/** The line of a node, from 1; 0 for NULL. */
int yaml_line(const yaml_node_t *node);

/** A fault at the second of two words that may stand only once. */
void yaml_twice(struct yaml_reader *reader, const yaml_node_t *node,
		int first_line);

/**
 * Call take for each item of a list; a single scalar counts as one item.
 * A word that stands in the list twice is a fault.
 */
void yaml_each(struct yaml_reader *reader, const yaml_node_t *node,
	       void (*take)(struct yaml_reader *reader, const yaml_node_t *item,
			    void *target),
	       void *target);

/** The text of a scalar; empty with a fault if it is none. */
struct slice yaml_text(struct yaml_reader *reader, const yaml_node_t *node);

/** Copy a scalar; a fault if it does not fit. */
void yaml_copy(struct yaml_reader *reader, const yaml_node_t *node, char *out,
	       size_t size);

/** Copy a scalar that says something; a fault if it is empty or too long. */
void yaml_name(struct yaml_reader *reader, const yaml_node_t *node, char *out,
	       size_t size);

/**
 * One of several words.
 *
 * @param words  ends with NULL
 * @return its index, or -1 with a fault that suggests the nearest
 */
int yaml_word(struct yaml_reader *reader, const yaml_node_t *node,
	      const char *const *words);

/** A fault at a word that is none of several, with the nearest of them. */
void yaml_unknown(struct yaml_reader *reader, const yaml_node_t *node,
		  const char *code, const char *const *words);

/** The nearest word to a misspelt one, or NULL if none is near. */
const char *yaml_nearest(struct slice word, const char *const *words);

#endif
