/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Messages of a client into the whole session layer. A line "=====" parts
 * one message from the next; after each, half a second goes by.
 */
#include <unistd.h>

#include "tests/unit/siprec_stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage *stage;
	static char text[65536];
	char *at = text, *next;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < size; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	if (!stage)
		stage = stage_new(POLICY);
	stage->tag[0] = '\0';
	stage_pump(stage);
	for (int i = 0; at && i < 16; at = next, i++) {
		next = strstr(at, "\n=====\n");
		if (next) {
			next[1] = '\0';
			next += 7;
		}
		stage_client(stage, at);
		stage_pump(stage);
		stage_learn_tag(stage);
		stage_wait(stage, 500);
	}
	/* What is left ends by itself: nothing may stay for ever. */
	stage->recorder.call_hours_max = 0;
	stage_wait(stage, 1000);
	assert(stage->recorder.session_count == 0);
	stage->recorder.call_hours_max = 24;
	stage_wait(stage, 35000);
	assert(stage->recorder.contact_count == 0);
	return 0;
}
