/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file metadata_xml.h
 * Reading one metadata document; own use of metadata.
 */
#ifndef TALLENNE_SIPREC_METADATA_XML_H
#define TALLENNE_SIPREC_METADATA_XML_H

#include "siprec/parse/metadata.h"

/**
 * Read a document into an empty state.
 *
 * @return 0; -EBADMSG: not well-formed, what came before is in document;
 *         -EPERM: refused (DOCTYPE, depth, attributes); -ENOMEM
 */
MUST int metadata_read(struct slice xml, struct metadata *document);

/**
 * Write an XML text anew with the faults mended that real clients make:
 * bare '&' and '<' in text and attributes, values without quotes, bytes
 * that are not UTF-8.
 *
 * @param out  room of size bytes
 * @return size of the text, or -EFBIG
 */
MUST int metadata_repair(struct slice xml, char *out, size_t size);

/** What an element of a vendor says. Inside tells its parents. */
struct metadata_vendor {
	struct metadata_participant *participant; /**< around it, or NULL */
	bool is_redirect;			  /**< inside redirectInfo */
	bool is_call_data;			  /**< inside callData */
	struct slice parent;
};

/** Note what a vendor's element says; ignores what it does not know. */
void metadata_read_vendor(struct metadata *document,
			  const struct metadata_vendor *inside,
			  struct slice name, struct slice text);

/** Copy a text, cutting parameters off if it is too long. */
void metadata_copy(struct metadata *document, struct slice text, char *out,
		   size_t size);

#endif
