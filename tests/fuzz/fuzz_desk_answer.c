/* SPDX-License-Identifier: EUPL-1.2 */
/* First byte: which answer. Rest: its bytes, as if from the register. */
#include <stdint.h>
#include <string.h>

#include "desk/api_json.h"
#include "desk/asks.h"
#include "desk/peaks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static union {
	struct desk_session session;
	struct desk_contact_rows rows;
	struct desk_contact_whole whole;
	struct desk_reader_rows readers;
	struct desk_figures figures;
	struct desk_words words;
} letter;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text out = TEXT_NEW;

	if (size < 1)
		return 0;
	memset(&letter, 0, sizeof(letter));
	memcpy(&letter, data + 1,
	       size - 1 < sizeof(letter) ? size - 1 : sizeof(letter));
	switch (data[0] % 7) {
	case 0:
		if (asks_session_holds(&letter.session)) {
			api_json_me(&out, &letter.session);
			api_json_purposes(&out, &letter.session);
		}
		break;
	case 1:
		for (uint32_t i = 0;
		     asks_rows_hold(&letter.rows) && i < letter.rows.count; i++)
			api_json_contact(&out, &letter.rows.row[i], NULL);
		break;
	case 2:
		if (asks_whole_holds(&letter.whole))
			api_json_contact(&out, &letter.whole.row,
					 &letter.whole);
		break;
	case 3:
		if (asks_readers_hold(&letter.readers))
			api_json_readers(&out, &letter.readers);
		break;
	case 4:
		api_json_figures(&out, &letter.figures);
		break;
	case 5:
		(void)asks_words_hold(&letter.words);
		break;
	default:
		if (peaks_json(
			    (struct slice){ (const char *)data + 1, size - 1 },
			    &out) == 0)
			assert(out.size > 0);
	}
	text_drop(&out);
	return 0;
}
