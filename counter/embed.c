/* SPDX-License-Identifier: EUPL-1.2 */
/* The lines that an agency puts into its pages, with today's hash. */
#include "counter/files.h"
#include "counter/layout.h"
#include "notice/channel.h"

static void origins(struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	size_t count = policy ? policy_chat_origin_count(policy) : 0;
	struct text *out = visit_out(visit);

	text_fill(out, "<h2>$</h2><ul>", say(visit, TEXT_embed_origins));
	for (size_t i = 0; i < count; i++)
		text_fill(out, "<li><code>$</code></li>",
			  policy_chat_origin(policy, i));
	if (count == 0)
		text_fill(out, "<li>$</li>", say(visit, TEXT_embed_own));
	text_say(out, "</ul>\n");
}

void do_chat_embed(struct visit *visit)
{
	const struct files *files = visit->lobby->files;
	struct text *out = visit_out(visit);

	layout_begin(visit, say(visit, TEXT_embed), 0);
	text_fill(out, "<p>$</p>\n<pre class=\"card\"><code>",
		  say(visit, TEXT_embed_how));
	text_fill(out,
		  "&lt;script type=&quot;module&quot; src=&quot;$$&quot;\n"
		  "\tintegrity=&quot;$&quot; "
		  "crossorigin=&quot;anonymous&quot;&gt;&lt;/script&gt;\n"
		  "&lt;tallenne-chat&gt;&lt;/tallenne-chat&gt;\n",
		  visit->host, files_path(files, FILE_WIDGET),
		  files_integrity(files, FILE_WIDGET));
	text_fill(out, "</code></pre>\n<p>$</p>\n",
		  say(visit, TEXT_embed_changes));
	origins(visit);
	layout_end(visit);
}
