/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "house/versions.h"
#include "notice/signed.h"

enum { CONFIG_SIZE_MAX = 1 << 20, FAULTS_MAX = 32 };

static void FORMAT(3, 4)
	tell(struct reading *reading, bool is_error, const char *format, ...)
{
	char text[READING_FAULT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (reading->is_text)
		fprintf(stderr, "%s: %s\n", is_error ? "error" : "warning",
			text);
	else if (is_error)
		log_error("config", "%s", text);
	else
		log_warn("config", "%s", text);
	if (is_error && reading->fault[0] == '\0')
		memcpy(reading->fault, text, sizeof(text));
}

static void tell_faults(struct reading *reading, const char *path,
			const struct notice_fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tell(reading, faults[i].code[0] == 'E', "%s:%d: %s: %s", path,
		     faults[i].line, faults[i].code, faults[i].text);
}

static int read_file(const char *path, size_t max, char **ret_text,
		     size_t *ret_size)
{
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : file_read(fd, max, ret_text, ret_size);
}

static int read_config(const char *path, struct reading *reading)
{
	struct notice_fault faults[FAULTS_MAX];
	size_t count = COUNT(faults), size;
	OWNED(drop_memory) char *text = NULL;
	int r = read_file(path, CONFIG_SIZE_MAX, &text, &size);

	if (r < 0) {
		tell(reading, true, "%s: %s", path, strerror(-r));
		return r;
	}
	r = config_read((struct slice){ text, size }, faults, &count,
			&reading->config);
	if (r != -ENOMEM)
		tell_faults(reading, path, faults, count);
	return r;
}

static int read_policy(struct reading *reading, struct policy **ret_policy)
{
	const char *path = reading->policy_path;
	struct notice_fault faults[FAULTS_MAX];
	size_t count = COUNT(faults), told = 0;
	struct policy *policy = NULL;
	int r = read_file(path, NOTICE_SIZE_MAX, &reading->text,
			  &reading->size);

	if (r < 0) {
		tell(reading, true,
		     "%s: %s; without a policy nothing is recorded, start "
		     "from the example (notice/example.yaml)",
		     path, strerror(-r));
		return r;
	}
	r = policy_read((struct slice){ reading->text, reading->size }, faults,
			&count, &policy);
	if (r == 0) {
		/* What the text alone tells is for those who check it. */
		told = reading->checks ? 0 : count;
		r = policy_settle(policy, clock_now(&clock_system), faults,
				  COUNT(faults), &count);
	}
	if (r != -ENOMEM)
		tell_faults(reading, path, faults + told, count - told);
	if (r < 0) {
		policy_free(policy);
		return r;
	}
	*ret_policy = policy;
	return 0;
}

static int read_note(struct reading *reading)
{
	char path[PATH_MAX + 8];
	int r;

	(void)snprintf(path, sizeof(path), "%s.signed", reading->policy_path);
	r = read_file(path, SIGNED_SIZE_MAX, &reading->note,
		      &reading->note_size);
	if (r == -ENOENT)
		return 0; /* then there are none */
	if (r < 0)
		tell(reading, true, "%s: %s", path, strerror(-r));
	return r;
}

/* What held last, if anything did; NULL in *ret_policy: nothing. */
static int read_former(struct reading *reading, const char *state,
		       struct versions_text *former, struct policy **ret_policy)
{
	struct notice_fault faults[FAULTS_MAX];
	size_t count = COUNT(faults);
	int r = versions_last(state, former);

	*ret_policy = NULL;
	if (r == -ENOENT)
		return 0;
	if (r == -EACCES && reading->checks) {
		tell(reading, false,
		     "%s/policies: %s: not compared with the policy that "
		     "holds",
		     state, strerror(-r));
		return 0;
	}
	if (r == 0)
		r = policy_read((struct slice){ former->text, former->size },
				faults, &count, ret_policy);
	if (r < 0)
		tell(reading, true,
		     "%s/policies: the policy that held last cannot be read "
		     "(%s), so nothing says who may change it",
		     state, strerror(-r));
	return r;
}

static int check_signed(struct reading *reading, const struct policy *policy,
			const struct policy *former)
{
	const struct slice note = { reading->note, reading->note_size };
	struct notice_fault fault;
	int r = policy_signed_check(policy, former, note, &fault);

	if (r < 0)
		tell_faults(reading, reading->policy_path, &fault, 1);
	return r;
}

static void swap(char **a, char **b)
{
	char *kept = *a;

	*a = *b;
	*b = kept;
}

/* The one before goes on until the new one's day. */
static void go_on(struct reading *reading, const struct policy *policy,
		  struct versions_text *former)
{
	nanoseconds begins =
		civil_midnight(policy_zone(policy), policy_valid_from(policy));

	if (!former->text || !strcmp(former->sha256, policy_sha256(policy)) ||
	    begins <= clock_now(&clock_system))
		return;
	tell(reading, false,
	     "the policy before it (SHA-256 %.8s) goes on until that day",
	     former->sha256);
	memcpy(reading->sha256, former->sha256, sizeof(reading->sha256));
	swap(&reading->text, &former->text);
	swap(&reading->note, &former->note);
	reading->size = former->size;
	reading->note_size = former->note_size;
	reading->changes_at = begins;
}

static int take_policy(struct reading *reading, const struct settings *house)
{
	struct versions_text former = { .text = NULL };
	struct policy *policy = NULL, *last = NULL;
	int r;

	(void)snprintf(reading->policy_path, sizeof(reading->policy_path), "%s",
		       setting(house, "policy"));
	r = read_policy(reading, &policy);
	if (r == 0)
		r = read_note(reading);
	if (r == 0)
		r = read_former(reading, setting(house, "state"), &former,
				&last);
	if (r == 0 && setting_is(house, true, "policy_signed"))
		r = check_signed(reading, policy, last);
	if (r == 0) {
		memcpy(reading->sha256, policy_sha256(policy),
		       sizeof(reading->sha256));
		go_on(reading, policy, &former);
	}
	versions_drop(&former);
	policy_free(last);
	policy_free(policy);
	return r;
}

int reading_do(const char *path, bool checks, struct reading *ret_reading)
{
	struct settings *house = NULL;
	int r;

	*ret_reading = (struct reading){
		.checks = checks,
		.is_text = checks || isatty(STDERR_FILENO),
	};
	r = read_config(path, ret_reading);
	if (r == 0)
		r = config_settings_of(ret_reading->config, "house", &house);
	if (r == 0)
		r = take_policy(ret_reading, house);
	settings_free(house);
	return r;
}

void reading_drop(struct reading *reading)
{
	config_free(reading->config);
	free(reading->text);
	free(reading->note);
	reading->config = NULL;
	reading->text = reading->note = NULL;
}

int reading_keep(const struct reading *reading)
{
	struct settings *house = NULL;
	int r = config_settings_of(reading->config, "house", &house);

	if (r == 0)
		r = versions_keep(
			setting(house, "state"), reading->sha256,
			(struct slice){ reading->text, reading->size },
			(struct slice){ reading->note, reading->note_size });
	settings_free(house);
	return r;
}
