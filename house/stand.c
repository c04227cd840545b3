/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/stand.h"

#include <errno.h>
#include <stdio.h>

static void add_line(void *out, struct keep_process *process)
{
	nanoseconds age = clock_monotonic() - process->began;
	nanoseconds began = clock_now(&clock_system) - age;

	/* To ten seconds, so that the text changes only with the rooms. */
	fprintf(out, "%s %d %s %lld %llu\n", plan_rooms[process->room].name,
		process->index, process->is_ready ? "ready" : "starting",
		(long long)((began / NS_PER_S + 5) / 10 * 10),
		(unsigned long long)process->restarts);
}

int stand_text(struct keep *keep, char **ret_text)
{
	size_t size;
	FILE *out = open_memstream(ret_text, &size);

	if (!out)
		return -ENOMEM;
	keep_each(keep, add_line, out);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}
