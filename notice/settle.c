/* SPDX-License-Identifier: EUPL-1.2 */
/* What a policy cannot tell by its text: this machine's zones, and today. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "notice/model.h"
#include "notice/reader.h"

enum { ZONES_MAX = 700, TABLE_MAX = 1 << 17 };

/*
 * The names in the database's own table, third column, to suggest from.
 * They stay in the text, which is changed for that.
 */
static size_t list_zones(char *text, size_t size, const char **names)
{
	struct slice rest = { text, size };
	size_t count = 0;

	while (rest.size > 0 && count < ZONES_MAX) {
		struct slice line = slice_cut(rest, '\n', &rest);

		if (line.size == 0 || line.at[0] == '#')
			continue;
		(void)slice_cut(line, '\t', &line);
		(void)slice_cut(line, '\t', &line);
		line = slice_cut(line, '\t', &(struct slice){ 0 });
		if (line.size == 0)
			continue;
		text[line.at + line.size - text] = '\0';
		names[count++] = line.at;
	}
	names[count] = NULL;
	return count;
}

static void refuse_zone(const struct policy *policy, struct yaml_reader *reader)
{
	OWNED(drop_fd)
	int fd = open("/usr/share/zoneinfo/zone1970.tab", O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	const char *names[ZONES_MAX + 1] = { NULL };
	const char *near;
	size_t size;

	/* file_read() puts a NUL behind the text, which the last name needs. */
	if (fd >= 0 && file_read(fd, TABLE_MAX, &text, &size) == 0)
		(void)list_zones(text, size, names);
	near = yaml_nearest(slice_of(policy->zone_name), names);
	yaml_fault_at(reader, policy->zone_line, "E-ZONE",
		      "this system knows no time zone \"%s\"%s%s%s",
		      policy->zone_name, near ? "; did you mean \"" : "",
		      near ? near : "", near ? "\"?" : "");
}

int policy_settle(struct policy *policy, nanoseconds now,
		  struct notice_fault *faults, size_t room, size_t *fault_count)
{
	struct yaml_reader reader = {
		.faults = faults,
		.fault_max = room,
		.fault_count = *fault_count,
	};
	struct civil_zone *zone;
	int r = civil_zone_load(policy->zone_name, &zone);

	if (r < 0) {
		refuse_zone(policy, &reader);
		*fault_count = reader.fault_count;
		return -EINVAL;
	}
	policy_set_zone(policy, zone);
	if (policy->valid_from > civil_date(zone, now))
		yaml_fault_at(&reader, policy->valid_from_line,
			      "W-NOT-YET-VALID",
			      "this policy holds from %04u-%02u-%02u on; until "
			      "then no call is recorded under it",
			      policy->valid_from / 10000,
			      policy->valid_from / 100 % 100,
			      policy->valid_from % 100);
	*fault_count = reader.fault_count;
	return 0;
}
