/* SPDX-License-Identifier: EUPL-1.2 */
/* Addresses and numbers. */
#include <string.h>

#include "siprec/parse/number.h"
#include "siprec/parse/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_number(struct slice text)
{
	char number[NUMBER_SIZE], again[NUMBER_SIZE];

	(void)number_is_withheld(text);
	(void)!number_digits(text, number);
	if (number_read(&number_plan_default, text, number) < 0)
		return;
	/* E.164 is what E.164 is read as. */
	assert(number[0] == '+' && strlen(number) <= 1 + NUMBER_DIGITS_MAX);
	assert(strspn(number + 1, "0123456789") == strlen(number + 1));
	assert(number_read(&number_plan_default, slice_of(number), again) == 0);
	assert(strcmp(number, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, tag;
	struct name_addr address;
	char user[URI_USER_SIZE];

	check_number(text);
	if (name_addr_parse(text, &address) < 0)
		return 0;
	(void)!name_addr_param(&address, SLICE("tag"), &tag);
	(void)uri_is_anonymous_host(&address.uri);
	if (uri_user(&address.uri, user, sizeof(user)) == 0) {
		assert(user[0] && strlen(user) < sizeof(user));
		assert(strpbrk(user, "\r\n") == NULL);
		check_number(slice_of(user));
	}
	return 0;
}
