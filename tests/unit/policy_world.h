/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file policy_world.h
 * Policies to try: the example and the fixtures, changed at will.
 */
#ifndef TALLENNE_TESTS_POLICY_WORLD_H
#define TALLENNE_TESTS_POLICY_WORLD_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "notice/notice.h"

enum { FAULTS = 64 };

/* 2026-11-23T09:00Z, a Monday, 11:00 in Helsinki */
#define MONDAY ((nanoseconds)1795424400 * NS_PER_S)

/** One text in place of another, which must be there; NULL: none. */
struct change {
	const char *from, *to;
};

struct trial {
	struct notice_fault faults[FAULTS];
	size_t fault_count;
	struct policy *policy; /**< NULL: refused */
};

static inline char *read_whole(const char *directory, const char *name)
{
	OWNED(drop_memory) char *path = NULL;
	char *text = NULL;
	size_t size;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, NOTICE_SIZE_MAX, &text, &size) < 0)
		fail_msg("%s cannot be read", path);
	return text;
}

/** The text with the first occurrence of each change replaced. */
static inline char *changed(const char *text, const struct change *changes,
			    size_t count)
{
	char *now = strdup(text);

	for (size_t i = 0; i < count && changes[i].from; i++) {
		char *at = strstr(now, changes[i].from);
		char *next = NULL;

		if (!at)
			fail_msg("\"%s\" is not there", changes[i].from);
		assert_true(asprintf(&next, "%.*s%s%s", (int)(at - now), now,
				     changes[i].to,
				     at + strlen(changes[i].from)) > 0);
		free(now);
		now = next;
	}
	return now;
}

static inline void try_text(struct trial *trial, const char *text)
{
	memset(trial, 0, sizeof(*trial));
	trial->fault_count = FAULTS;
	if (policy_read((struct slice){ text, strlen(text) }, trial->faults,
			&trial->fault_count, &trial->policy) == 0 &&
	    policy_settle(trial->policy, MONDAY, trial->faults, FAULTS,
			  &trial->fault_count) < 0) {
		policy_free(trial->policy);
		trial->policy = NULL;
	}
}

static inline const struct notice_fault *
fault_of(const struct trial *trial, const char *code, const char *text)
{
	for (size_t i = 0; i < trial->fault_count; i++)
		if (!strcmp(trial->faults[i].code, code) &&
		    strstr(trial->faults[i].text, text))
			return &trial->faults[i];
	return NULL;
}

#endif
