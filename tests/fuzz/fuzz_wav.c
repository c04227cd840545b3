/* SPDX-License-Identifier: EUPL-1.2 */
/* The reader of WAV files that "tallenne call" sends. */
#include "cli/call/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	OWNED(sound_drop) struct sound sound = { 0 };

	if (sound_read_wav((struct slice){ (const char *)bytes, size },
			   &sound) == 0) {
		assert(sound.rate >= SOUND_RATE_MIN);
		assert(sound.count <= size);
	}
	return 0;
}
