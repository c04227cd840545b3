/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sense.h
 * Whether settings make sense together, each being right alone.
 *
 * Everything that would end a room at its start, or leave a call
 * unrecorded without a word, and that can be told from the configuration.
 */
#ifndef TALLENNE_HOUSE_SENSE_H
#define TALLENNE_HOUSE_SENSE_H

#include "house/config.h"
#include "notice/reader.h"

/** Note faults in the reader, each with the line of its setting. */
void sense_check(const struct config *config, struct yaml_reader *reader);

#endif
