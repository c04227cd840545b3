/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>

#include "http/http.h"

/* Both without their leading "/"; parameters go to param. */
static bool fits(struct slice pattern, struct slice path, struct slice *param)
{
	size_t count = 0;

	for (;;) {
		bool more_pattern = slice_find(pattern, '/') < pattern.size;
		bool more_path = slice_find(path, '/') < path.size;
		struct slice want = slice_cut(pattern, '/', &pattern);
		struct slice have = slice_cut(path, '/', &path);

		if (more_pattern != more_path)
			return false;
		if (want.size > 0 && want.at[0] == '{') {
			assert(count < HTTP_PARAMS_MAX);
			if (have.size == 0)
				return false;
			param[count++] = have;
		} else if (!slice_is(want, have)) {
			return false;
		}
		if (!more_path)
			return true;
	}
}

int http_find(const struct http_route *route, size_t count, size_t stride,
	      struct http_request *request, size_t *ret_index,
	      unsigned int *ret_allow)
{
	struct slice path = slice_from(request->path, 1);
	unsigned int allow = 0;

	for (size_t i = 0; i < count; i++) {
		const struct http_route *each =
			(const void *)((const char *)route + i * stride);
		struct slice param[HTTP_PARAMS_MAX] = { { 0 } };

		if (!fits(slice_of(each->pattern + 1), path, param))
			continue;
		allow |= each->method;
		if (each->method != request->method)
			continue;
		for (size_t p = 0; p < HTTP_PARAMS_MAX; p++)
			request->param[p] = param[p];
		*ret_index = i;
		return 0;
	}
	if (!allow)
		return -ENOENT;
	*ret_allow = allow;
	return -EOPNOTSUPP;
}
