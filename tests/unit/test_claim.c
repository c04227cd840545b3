/* SPDX-License-Identifier: EUPL-1.2 */
/* Two recorders on one machine never hear the same ports. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/claim.h"

/* Nobody's, whatever else runs on this machine: TEST-NET-1 (RFC 5737). */
#define HERE "192.0.2.1"
#define THERE "192.0.2.2"

static int claim(const char *address, uint16_t first, uint16_t count)
{
	return claim_ports(address, first, count);
}

static void give_back(int fd)
{
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void ports_have_one_owner_at_a_time(void **state)
{
	int first = claim(HERE, 64000, 400);

	(void)state;
	assert_int_equal(claim(HERE, 64000, 400), -EADDRINUSE);
	assert_int_equal(claim(HERE, 64399, 2), -EADDRINUSE);
	assert_int_equal(claim(HERE, 63998, 3), -EADDRINUSE);
	assert_int_equal(claim(HERE, 64100, 2), -EADDRINUSE);
	assert_int_equal(claim(HERE, 63000, 1500), -EADDRINUSE);
	/* What was refused has left nothing behind. */
	give_back(claim(HERE, 64400, 2));
	give_back(claim(HERE, 63998, 2));
	give_back(first);
	give_back(claim(HERE, 64000, 400));
}

static void addresses_are_apart_unless_one_is_any(void **state)
{
	int first = claim(HERE, 64000, 400);

	(void)state;
	give_back(claim(THERE, 64000, 400));
	give_back(claim("2001:db8::1", 64000, 400));
	assert_int_equal(claim("0.0.0.0", 64398, 4), -EADDRINUSE);
	give_back(first);
	first = claim("2001:db8::1", 64000, 400);
	assert_int_equal(claim("::", 64398, 4), -EADDRINUSE);
	assert_int_equal(claim("2001:db8::1", 64398, 4), -EADDRINUSE);
	give_back(claim("2001:db8::2", 64398, 4));
	give_back(first);
}

static void a_range_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_int_equal(claim(HERE, 64000, 0), -EINVAL);
	assert_int_equal(claim(HERE, 65535, 2), -EINVAL);
	give_back(claim(HERE, 65535, 1));
	assert_int_equal(
		claim("1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19", 64000,
		      2),
		-EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_have_one_owner_at_a_time),
		cmocka_unit_test(addresses_are_apart_unless_one_is_any),
		cmocka_unit_test(a_range_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
