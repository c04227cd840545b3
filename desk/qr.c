/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/qr.h"

#include <qrencode.h>

enum { QUIET = 4 };

void qr_draw(struct text *out, const char *words, const char *label)
{
	QRcode *code =
		QRcode_encodeString(words, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	int size;

	if (!code)
		return;
	size = code->width + 2 * QUIET;
	text_format(out,
		    "<svg class=\"qr\" viewBox=\"0 0 %d %d\" role=\"img\" "
		    "shape-rendering=\"crispEdges\"",
		    size, size);
	text_fill(out, " aria-label=\"$\">", label);
	text_format(out,
		    "<rect class=\"qr-paper\" width=\"%d\" height=\"%d\"/>"
		    "<path class=\"qr-ink\" d=\"",
		    size, size);
	for (int y = 0; y < code->width; y++)
		for (int x = 0; x < code->width; x++)
			if (code->data[y * code->width + x] & 1)
				text_format(out, "M%d %dh1v1h-1z", x + QUIET,
					    y + QUIET);
	text_say(out, "\"/></svg>");
	QRcode_free(code);
}
