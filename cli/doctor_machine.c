/* SPDX-License-Identifier: EUPL-1.2 */
/* What the machine gives: clock, kernel, limits, room on disk. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <yaml.h>

#include "base/bytes.h"
#include "base/jail.h"
#include "cli/doctor.h"

enum {
	CLOCK_ERROR_MAX_US = 500000,
	RECEIVE_BUFFER_MIN = 4 << 20,
	FILES_MIN = 16384,
	DISK_LOW_PERCENT = 10,
	/* Two legs of Opus at 16 kbit/s, as sealed. */
	BYTES_PER_MINUTE = 240 * 1000,
	CONFIG_MAX = 1 << 20,
};

static yaml_node_t *child(yaml_document_t *document, yaml_node_t *node,
			  struct slice name)
{
	if (!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = yaml_document_get_node(document, pair->key);

		if (key && key->type == YAML_SCALAR_NODE &&
		    slice_is((struct slice){ (char *)key->data.scalar.value,
					     key->data.scalar.length },
			     name))
			return yaml_document_get_node(document, pair->value);
	}
	return NULL;
}

static int look_up(yaml_document_t *document, const char *key, char *out,
		   size_t size)
{
	yaml_node_t *node = yaml_document_get_root_node(document);
	struct slice rest = slice_of(key);

	while (node && rest.size > 0)
		node = child(document, node, slice_cut(rest, '.', &rest));
	if (!node || node->type != YAML_SCALAR_NODE)
		return -ENOENT;
	return slice_text((struct slice){ (char *)node->data.scalar.value,
					  node->data.scalar.length },
			  out, size);
}

int doctor_setting(const char *file, const char *key, char *out, size_t size)
{
	OWNED(drop_fd) int fd = open(file, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	yaml_document_t document;
	yaml_parser_t parser;
	size_t length;
	int r;

	if (fd < 0)
		return -errno;
	r = file_read(fd, CONFIG_MAX, &text, &length);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text,
				     length);
	r = -EBADMSG;
	if (yaml_parser_load(&parser, &document)) {
		r = look_up(&document, key, out, size);
		yaml_document_delete(&document);
	}
	yaml_parser_delete(&parser);
	return r;
}

static void check_clock(struct doctor *doctor)
{
	struct timex state = { 0 };
	int r = adjtimex(&state);

	if (r == TIME_ERROR || (state.status & STA_UNSYNC))
		doctor_tell(doctor, DOCTOR_WARN, "clock",
			    "install chrony or enable systemd-timesyncd",
			    "not synchronised; end dates and times hang on "
			    "it");
	else if (state.maxerror > CLOCK_ERROR_MAX_US)
		doctor_tell(doctor, DOCTOR_WARN, "clock",
			    "look at the time server", "may be wrong by %ld ms",
			    state.maxerror / 1000);
	else
		doctor_tell(doctor, DOCTOR_OK, "clock", NULL,
			    "synchronised, within %ld ms",
			    state.maxerror / 1000);
}

static void check_kernel(struct doctor *doctor)
{
	if (jail_has_landlock())
		doctor_tell(doctor, DOCTOR_OK, "kernel", NULL,
			    "Landlock is there");
	else
		doctor_tell(doctor, DOCTOR_WARN, "kernel",
			    "boot with lsm=landlock,...",
			    "no Landlock: rooms are held by seccomp and their "
			    "users alone");
}

static int64_t read_number(const char *path)
{
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));
	uint64_t value;

	if (size < 0 ||
	    slice_number(slice_trim((struct slice){ text, (size_t)size }),
			 INT64_MAX, &value) < 0)
		return -1;
	return (int64_t)value;
}

static void check_limits(struct doctor *doctor)
{
	int64_t buffer = read_number("/proc/sys/net/core/rmem_max");
	struct rlimit files;

	if (buffer < 0)
		doctor_tell(doctor, DOCTOR_SKIP, "UDP buffers", NULL,
			    "not visible here");
	else if (buffer < RECEIVE_BUFFER_MIN)
		doctor_tell(doctor, DOCTOR_WARN, "UDP buffers",
			    "sysctl -w net.core.rmem_max=8388608",
			    "%" PRId64 " bytes are little for a burst of "
			    "sound",
			    buffer);
	else
		doctor_tell(doctor, DOCTOR_OK, "UDP buffers", NULL,
			    "%" PRId64 " bytes", buffer);
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	if (files.rlim_max < FILES_MIN)
		doctor_tell(doctor, DOCTOR_WARN, "open files",
			    "LimitNOFILE=65536 in the unit",
			    "at most %ju in this session",
			    (uintmax_t)files.rlim_max);
	else
		doctor_tell(doctor, DOCTOR_OK, "open files", NULL, "up to %ju",
			    (uintmax_t)files.rlim_max);
}

static void check_disk(struct doctor *doctor)
{
	char path[512] = "/var/lib/tallenne";
	struct statvfs disk;
	uint64_t room;
	unsigned percent;

	if (doctor->config && doctor_setting(doctor->config, "house.state",
					     path, sizeof(path)) < 0)
		(void)snprintf(path, sizeof(path), "/var/lib/tallenne");
	if (statvfs(path, &disk) < 0) {
		doctor_tell(doctor, DOCTOR_SKIP, "disk", NULL, "%s: %s", path,
			    strerror(errno));
		return;
	}
	room = (uint64_t)disk.f_bavail * disk.f_frsize;
	percent = (unsigned)(disk.f_bavail * 100 /
			     (disk.f_blocks > 0 ? disk.f_blocks : 1));
	doctor_tell(
		doctor, percent < DISK_LOW_PERCENT ? DOCTOR_WARN : DOCTOR_OK,
		"disk", "make room, or shorten what is kept",
		"%" PRIu64 " GB free (%u %%), about %" PRIu64 " call minutes",
		room / 1000000000, percent, room / BYTES_PER_MINUTE);
}

void doctor_machine(struct doctor *doctor)
{
	check_clock(doctor);
	check_kernel(doctor);
	check_limits(doctor);
	check_disk(doctor);
}
