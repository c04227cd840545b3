/* SPDX-License-Identifier: EUPL-1.2 */
/* One document twice: read, and read again as an update of itself. */
#include <errno.h>
#include <string.h>

#include "siprec/parse/metadata.h"
#include "siprec/parse/metadata_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice xml = { (const char *)data, size };
	static struct metadata metadata;
	static char mended[2 * METADATA_SIZE_MAX];

	metadata_init(&metadata);
	for (int i = 0; i < 2; i++) {
		int r = metadata_apply(&metadata, xml);

		assert(r == 0 || r == -EBADMSG);
		assert(metadata.participant_count <= METADATA_PARTICIPANTS_MAX);
		assert(metadata.stream_count <= METADATA_STREAMS_MAX);
		assert(metadata.send_count <= METADATA_SENDS_MAX);
		assert(metadata.other_count <= METADATA_OTHERS_MAX);
		for (uint32_t n = 0; n < metadata.participant_count; n++)
			assert(memchr(metadata.participants[n].aor, '\0',
				      METADATA_AOR_SIZE));
	}
	(void)!metadata_repair(xml, mended, sizeof(mended));
	metadata_done(&metadata);
	return 0;
}
