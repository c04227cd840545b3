/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file ui_files.h
 * Styles, scripts and pictures, read once before the jail closes. Only the
 * names of the table in ui_files.c exist; nothing is opened later.
 */
#ifndef TALLENNE_DESK_UI_FILES_H
#define TALLENNE_DESK_UI_FILES_H

#include "desk/visit.h"

/** Read them all from desk->ui; 0, or -errno if one is missing. */
MUST int ui_files_read(struct desk *desk);
void ui_files_free(struct desk *desk);

#endif
