/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file qr.h
 * A QR code as inline SVG: one path, no style, no request to anybody.
 */
#ifndef TALLENNE_DESK_QR_H
#define TALLENNE_DESK_QR_H

#include "http/text.h"

/** Draw the words; label is what readers hear. Nothing if too long. */
void qr_draw(struct text *out, const char *words, const char *label);

#endif
