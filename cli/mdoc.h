/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file mdoc.h
 * Manual pages in mdoc(7) on standard output.
 */
#ifndef TALLENNE_CLI_MDOC_H
#define TALLENNE_CLI_MDOC_H

/** Its first lines: date, title, name and what it is. */
void mdoc_head(const char *name, int section, const char *summary);

/** Text that groff must not read as anything but text. */
void mdoc_words(const char *text);

/** Each sentence on a line of its own, as mdoc wants it. */
void mdoc_sentences(const char *text);

/** A sentence from a table: capital letter, full stop. */
void mdoc_sentence(const char *text);

#endif
