/* SPDX-License-Identifier: EUPL-1.2 */
/* First line: target. Second: header value. Rest: a form. */
#include <stdint.h>
#include <string.h>

#include "desk/texts.h"
#include "desk/visit.h"
#include "desk/when.h"
#include "http/form.h"
#include "http/range.h"
#include "notice/civil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pages(struct slice target)
{
	struct http_request request = { .method = HTTP_GET };
	unsigned int allow;
	size_t index;

	if (target.size == 0 || target.at[0] != '/')
		return;
	request.path = slice_cut(target, '?', &request.query);
	if (http_find(&desk_routes[0].http, desk_route_count,
		      sizeof(desk_routes[0]), &request, &index, &allow) == 0)
		assert(index < desk_route_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice form, value, all = { (const char *)data, size };
	struct slice target = slice_cut(all, '\n', &form);
	struct text text = TEXT_NEW;
	uint64_t offset, length;
	char out[64] = "";
	seal_date date;
	int64_t s;

	value = slice_cut(form, '\n', &form);
	pages(target);
	(void)language_accepted(value);
	(void)form_cookie(value, "tallenne");
	if (range_read(value, 1000, &offset, &length) == RANGE_PART)
		assert(length >= 1 && offset + length <= 1000);
	if (when_read_date(value, &date) == 0)
		assert(civil_is_date(date));
	if (when_read_length(value, &s) == 0)
		assert(s >= 0);
	if (form_check(form) == 0 &&
	    form_value(form, "a", out, sizeof(out)) == 0) {
		assert(memchr(out, '\0', sizeof(out)));
		text_html(&text, out);
		assert(!text.size || !memchr(text.bytes, '<', text.size));
		text_json(&text, out);
		text_url(&text, out);
		(void)form_is_local(out);
	}
	text_drop(&text);
	return 0;
}
