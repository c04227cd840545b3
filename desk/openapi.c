/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The OpenAPI 3.1 document, from the same table as the router.
 */
#include <stdio.h>
#include <string.h>

#include "desk/errors.h"
#include "desk/openapi.h"

struct parameter {
	const char *route, *in, *name, *type, *description;
};

static const struct parameter parameters[] = {
#define ROUTE(name, method, pattern, access, kind, summary)
#define QUERY(route, name, type, description)                                  \
	{ #route, "query", name, type, description },
#define HEADER(route, name, description)                                       \
	{ #route, "header", name, "string", description },
#define BODY(route, name, type, description)                                   \
	{ #route, "body", name, type, description },
#define ANSWER(route, media, schema)
#include "desk/routes.def"
#undef QUERY
#undef HEADER
#undef BODY
#undef ANSWER
};

static const struct {
	const char *route, *media, *schema;
} answers[] = {
#define QUERY(route, name, type, description)
#define HEADER(route, name, description)
#define BODY(route, name, type, description)
#define ANSWER(route, media, schema) { #route, media, schema },
#include "desk/routes.def"
#undef ROUTE
#undef QUERY
#undef HEADER
#undef BODY
#undef ANSWER
};

static const char schemas[] =
	"\"Document\":{\"type\":\"object\"},"
	"\"Sound\":{\"type\":\"string\",\"format\":\"binary\"},"
	"\"Token\":{\"type\":\"object\",\"required\":[\"token\"],"
	"\"properties\":{\"token\":{\"type\":\"string\"},"
	"\"token_type\":{\"const\":\"Bearer\"},"
	"\"expires_at\":{\"type\":\"string\",\"format\":\"date-time\"}}},"
	"\"Me\":{\"type\":\"object\",\"required\":[\"name\",\"role\"]},"
	"\"Purposes\":{\"type\":\"object\",\"required\":[\"purposes\"]},"
	"\"Policy\":{\"type\":\"object\",\"required\":[\"id\",\"version\","
	"\"hash\",\"is_current\",\"services\",\"purposes\",\"roles\","
	"\"classes\"]},"
	"\"Contact\":{\"type\":\"object\","
	"\"required\":[\"id\",\"number\",\"state\"]},"
	"\"Contacts\":{\"type\":\"object\",\"required\":[\"contacts\"],"
	"\"properties\":{\"contacts\":{\"type\":\"array\","
	"\"items\":{\"$ref\":\"#/components/schemas/Contact\"}}}},"
	"\"Recordings\":{\"type\":\"object\",\"required\":[\"recordings\"]},"
	"\"Readers\":{\"type\":\"object\",\"required\":[\"readers\"]},"
	"\"Chat\":{\"type\":\"object\","
	"\"required\":[\"id\",\"number\",\"state\",\"content_state\"]},"
	"\"Chats\":{\"type\":\"object\",\"required\":[\"chats\"],"
	"\"properties\":{\"chats\":{\"type\":\"array\","
	"\"items\":{\"$ref\":\"#/components/schemas/Chat\"}}}},"
	"\"ChatContent\":{\"type\":\"object\",\"required\":[\"format\","
	"\"chat\",\"events\",\"notes\"],\"properties\":{"
	"\"format\":{\"const\":\"tallenne.chat.1\"}}},"
	"\"Notes\":{\"type\":\"object\",\"required\":[\"notes\",\"total\"]},"
	"\"Note\":{\"type\":\"object\",\"required\":[\"id\"]},"
	"\"Sets\":{\"type\":\"object\",\"required\":[\"sets\"]},"
	"\"Set\":{\"type\":\"object\",\"required\":[\"id\",\"kind\","
	"\"purpose\",\"end\",\"recordings\"]},"
	"\"Levels\":{\"type\":\"object\",\"required\":[\"month\",\"k\"]},"
	"\"Figures\":{\"type\":\"object\",\"required\":[\"rows\","
	"\"objects\",\"overdue\",\"audit_root\"]},"
	"\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\","
	"\"status\"],\"properties\":{\"type\":{\"type\":\"string\","
	"\"format\":\"uri-reference\"},\"title\":{\"type\":\"string\"},"
	"\"status\":{\"type\":\"integer\"},"
	"\"detail\":{\"type\":\"string\"}}}";

static void parameter_out(struct text *out, const char *in, const char *name,
			  const char *type, const char *description,
			  bool *first)
{
	text_say(out, *first ? "" : ",");
	*first = false;
	text_format(out, "{\"in\":\"%s\",\"name\":", in);
	text_json(out, name);
	if (strcmp(in, "query") != 0)
		text_say(out, ",\"required\":true");
	text_say(out, ",\"description\":");
	text_json(out, description);
	text_format(out, ",\"schema\":{\"type\":\"%s\"}}", type);
}

static void parameters_out(struct text *out, const struct desk_route *route)
{
	struct slice rest = slice_of(route->http.pattern);
	bool first = true;
	char name[32];

	text_say(out, ",\"parameters\":[");
	while (slice_find(rest, '{') < rest.size) {
		(void)slice_cut(rest, '{', &rest);
		if (slice_text(slice_cut(rest, '}', &rest), name,
			       sizeof(name)) == 0)
			parameter_out(out, "path", name, "string", "Id",
				      &first);
	}
	for (size_t i = 0; i < COUNT(parameters); i++) {
		const struct parameter *each = &parameters[i];

		if (!strcmp(each->route, route->name) &&
		    strcmp(each->in, "body") != 0)
			parameter_out(out, each->in, each->name, each->type,
				      each->description, &first);
	}
	text_say(out, "]");
}

/* All fields of a form are required; one that may be empty says so. */
static void body_out(struct text *out, const struct desk_route *route)
{
	const char *comma = "";

	text_say(out, ",\"requestBody\":{\"required\":true,\"content\":{"
		      "\"application/x-www-form-urlencoded\":{\"schema\":{"
		      "\"type\":\"object\",\"required\":[");
	for (size_t i = 0; i < COUNT(parameters); i++) {
		const struct parameter *each = &parameters[i];

		if (strcmp(each->route, route->name) != 0 ||
		    strcmp(each->in, "body") != 0)
			continue;
		text_say(out, comma);
		text_json(out, each->name);
		comma = ",";
	}
	text_say(out, "],\"properties\":{");
	comma = "";
	for (size_t i = 0; i < COUNT(parameters); i++) {
		const struct parameter *each = &parameters[i];

		if (strcmp(each->route, route->name) != 0 ||
		    strcmp(each->in, "body") != 0)
			continue;
		text_say(out, comma);
		text_json(out, each->name);
		text_format(out,
			    ":{\"type\":\"%s\",\"description\":", each->type);
		text_json(out, each->description);
		text_say(out, "}");
		comma = ",";
	}
	text_say(out, "}}}}}");
}

static void responses_out(struct text *out, const struct desk_route *route)
{
	bool found = false;

	text_say(out, ",\"responses\":{");
	for (size_t i = 0; i < COUNT(answers); i++) {
		if (strcmp(answers[i].route, route->name) != 0)
			continue;
		text_format(out,
			    "%s\"content\":{\"%s\":{\"schema\":{\"$ref\":"
			    "\"#/components/schemas/%s\"}}}",
			    "\"200\":{\"description\":\"As asked for\",",
			    answers[i].media, answers[i].schema);
		text_say(out, "}");
		found = true;
	}
	if (!found)
		text_say(out, "\"204\":{\"description\":\"Done\"}");
	text_say(out, ",\"default\":{\"description\":\"A problem\","
		      "\"content\":{\"application/problem+json\":{\"schema\":"
		      "{\"$ref\":\"#/components/schemas/Problem\"}}}}}");
}

static void operation_out(struct text *out, const struct desk_route *route)
{
	static const char *const methods[] = { [HTTP_GET] = "get",
					       [HTTP_POST] = "post",
					       [HTTP_DELETE] = "delete" };

	text_format(out, "\"%s\":{\"operationId\":\"%s\",\"summary\":",
		    methods[route->http.method], route->name + strlen("api_"));
	text_json(out, route->summary);
	parameters_out(out, route);
	if (route->access == OPEN)
		text_say(out, ",\"security\":[]");
	if (route->http.method == HTTP_POST)
		body_out(out, route);
	responses_out(out, route);
	text_say(out, "}");
}

void openapi_write(struct text *out)
{
	const char *last = "";

	text_say(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Tallenne\","
		      "\"version\":\"" TALLENNE_VERSION "\"},\"paths\":{");
	for (size_t i = 0; i < desk_route_count; i++) {
		const struct desk_route *route = &desk_routes[i];

		if (route->kind != API)
			continue;
		/* Methods of one path stand next to each other. */
		if (!strcmp(last, route->http.pattern)) {
			text_say(out, ",");
		} else {
			text_say(out, last[0] ? "}," : "");
			text_json(out, route->http.pattern);
			text_say(out, ":{");
		}
		last = route->http.pattern;
		operation_out(out, route);
	}
	text_say(out, "}},\"components\":{\"schemas\":{");
	text_say(out, schemas);
	text_say(out, "},\"securitySchemes\":{\"bearer\":{\"type\":\"http\","
		      "\"scheme\":\"bearer\"}}},"
		      "\"security\":[{\"bearer\":[]}]}\n");
}

void do_api_openapi(struct visit *visit)
{
	visit->answer->type = "application/json";
	openapi_write(visit_out(visit));
}
