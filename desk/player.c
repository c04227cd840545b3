/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/player.h"

#include <stdio.h>

#include "desk/layout.h"
#include "desk/when.h"

static void button(struct visit *visit, const char *act, const char *icon,
		   enum text_id label, const char *keys)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<button type=\"button\" class=\"button tool\" "
		  "data-act=\"$\" aria-keyshortcuts=\"$\" title=\"$\">",
		  act, keys, say(visit, label));
	layout_icon(out, icon);
	text_fill(out, "<span class=\"unseen\">$</span></button>\n",
		  say(visit, label));
}

static void lane(struct visit *visit, const char *name, enum text_id label,
		 enum text_id volume, const char *id)
{
	text_fill(visit_out(visit),
		  "<div class=\"lane $\"><div class=\"lane-head\">"
		  "<span class=\"lane-name\">$</span>"
		  "<label for=\"$-$\"><span class=\"unseen\">$</span>"
		  "<input type=\"range\" id=\"$-$\" data-volume=\"$\" "
		  "min=\"0\" max=\"150\" value=\"100\" step=\"5\"></label>"
		  "</div><canvas data-lane=\"$\" aria-hidden=\"true\">"
		  "</canvas></div>\n",
		  name, say(visit, label), name, id, say(visit, volume), name,
		  id, name, name);
}

/* Sentences the script needs, so that it holds no language of its own. */
static void words(struct visit *visit)
{
	static const struct {
		const char *name;
		enum text_id words;
	} list[] = {
		{ "play", TEXT_play },
		{ "pause", TEXT_pause },
		{ "playing", TEXT_is_playing },
		{ "paused", TEXT_is_paused },
		{ "loading", TEXT_is_loading },
		{ "ended", TEXT_is_ended },
		{ "failed", TEXT_cannot_play },
		{ "speed", TEXT_speed },
		{ "skipOn", TEXT_skip_on },
		{ "skipOff", TEXT_skip_off },
		{ "loopOn", TEXT_loop_on },
		{ "loopOff", TEXT_loop_off },
		{ "loopBad", TEXT_loop_bad },
		{ "a", TEXT_loop_from },
		{ "b", TEXT_loop_until },
		{ "position", TEXT_position },
		{ "noHoles", TEXT_no_holes },
		{ "caller", TEXT_caller },
		{ "agent", TEXT_agent },
		{ "both", TEXT_both_lanes },
		{ "loss", TEXT_hole_lost },
		{ "silent", TEXT_hole_silent },
		{ "overrun", TEXT_hole_overrun },
		{ "hold", TEXT_hole_hold },
		{ "pauseHole", TEXT_hole_pause },
		{ "damaged", TEXT_hole_damaged },
		{ "other", TEXT_hole_other },
		{ "answered", TEXT_answered },
		{ "transfer", TEXT_mark_transfer },
		{ "join", TEXT_mark_join },
		{ "leave", TEXT_mark_leave },
		{ "resume", TEXT_mark_resume },
	};
	struct text *out = visit_out(visit);

	text_say(out, "<template data-words>");
	for (size_t i = 0; i < COUNT(list); i++)
		text_fill(out, "<span data-word=\"$\">$</span>", list[i].name,
			  say(visit, list[i].words));
	text_say(out, "</template>\n");
}

static void transport(struct visit *visit, const char *id, const char *length,
		      bool is_first)
{
	static const char *const speeds[] = { "0.5", "0.75", "1",   "1.25",
					      "1.5", "2",    "2.5", "3" };
	struct text *out = visit_out(visit);

	text_say(out, "<div class=\"transport\"><div class=\"tools\">");
	button(visit, "back", "back", TEXT_back_5, "Shift+ArrowLeft");
	text_say(out, "<button type=\"button\" class=\"button primary play\" "
		      "data-act=\"play\" aria-keyshortcuts=\"Space K\"");
	/* Who has chosen a purpose comes here (desk/layout.c). */
	text_say(out, is_first ? " id=\"play\">" : ">");
	layout_icon(out, "play");
	layout_icon(out, "pause");
	text_fill(out, "<span data-play-label>$</span></button>\n",
		  say(visit, TEXT_play));
	button(visit, "forward", "forward", TEXT_forward_5, "Shift+ArrowRight");
	text_fill(out,
		  "</div><p class=\"clock\"><span data-now>0:00</span> / "
		  "<span data-length>$</span></p>",
		  length);
	text_fill(out,
		  "<p class=\"field inline\"><label for=\"speed-$\">$</label>"
		  "<select id=\"speed-$\" data-speed>",
		  id, say(visit, TEXT_speed), id);
	for (size_t i = 0; i < COUNT(speeds); i++) {
		text_fill(out, "<option value=\"$\"", speeds[i]);
		text_say(out, i == 2 ? " selected" : "");
		text_fill(out, ">$×</option>", speeds[i]);
	}
	text_fill(out,
		  "</select></p><button type=\"button\" class=\"button\" "
		  "data-act=\"skip\" aria-pressed=\"false\" "
		  "aria-keyshortcuts=\"S\">$</button></div>\n",
		  say(visit, TEXT_skip_silence));
}

static void loop_fields(struct visit *visit, const char *id)
{
	text_fill(
		visit_out(visit),
		"<fieldset class=\"loop\"><legend>$</legend>"
		"<p class=\"field inline\"><label for=\"a-$\">$</label>"
		"<input id=\"a-$\" data-loop-a inputmode=\"decimal\" "
		"size=\"7\" maxlength=\"9\" placeholder=\"0:05\"></p>"
		"<button type=\"button\" class=\"button\" data-act=\"loop-a\" "
		"aria-keyshortcuts=\"A [\">$</button>"
		"<p class=\"field inline\"><label for=\"b-$\">$</label>"
		"<input id=\"b-$\" data-loop-b inputmode=\"decimal\" "
		"size=\"7\" maxlength=\"9\" placeholder=\"0:10\"></p>"
		"<button type=\"button\" class=\"button\" data-act=\"loop-b\" "
		"aria-keyshortcuts=\"B ]\">$</button>"
		"<button type=\"button\" class=\"button\" data-act=\"loop\" "
		"aria-pressed=\"false\" aria-keyshortcuts=\"L\">$</button>"
		"<p class=\"bad\" id=\"loop-bad-$\" role=\"alert\" "
		"data-loop-bad></p></fieldset>\n",
		say(visit, TEXT_loop), id, say(visit, TEXT_loop_from), id,
		say(visit, TEXT_loop_a), id, say(visit, TEXT_loop_until), id,
		say(visit, TEXT_loop_b), say(visit, TEXT_loop_on_off), id);
}

static void begin_player(struct visit *visit, const char *contact,
			 const char *call, const char *ms)
{
	const char *purpose = visit->session.purpose;
	struct text *out = visit_out(visit);
	struct text base = TEXT_NEW;

	text_say(&base, "/contacts/");
	text_say(&base, contact);
	text_say(&base, "/recordings/");
	text_say(&base, call);
	if (base.failed) {
		text_drop(&base);
		out->failed = true;
		return;
	}
	text_fill(out,
		  "<div class=\"player\" data-player data-base=\"$\" "
		  "data-purpose=\"$\" data-ms=\"$\">\n"
		  "<noscript><audio controls preload=\"none\" "
		  "src=\"$/sound?purpose=$\"></audio></noscript>\n",
		  base.bytes, purpose, ms, base.bytes, purpose);
	text_drop(&base);
}

static void player(struct visit *visit, const char *contact,
		   const struct desk_recording *recording, bool is_first)
{
	struct text *out = visit_out(visit);
	char call[ID_TEXT_SIZE], length[WHEN_TEXT_SIZE], ms[24];

	id_text(&recording->call, call);
	when_length(recording->duration_ms, length);
	snprintf(ms, sizeof(ms), "%llu",
		 (unsigned long long)recording->duration_ms);
	begin_player(visit, contact, call, ms);
	words(visit);
	text_say(out, "<div class=\"lanes\" data-lanes>");
	lane(visit, "caller", TEXT_caller, TEXT_volume_caller, call);
	lane(visit, "agent", TEXT_agent, TEXT_volume_agent, call);
	text_fill(out,
		  "<p class=\"veil\" data-veil>$</p></div>"
		  "<label class=\"unseen\" for=\"seek-$\">$</label>"
		  "<input type=\"range\" class=\"seek\" id=\"seek-$\" "
		  "data-seek min=\"0\" max=\"$\" step=\"100\" value=\"0\" "
		  "aria-valuetext=\"0:00 / $\">\n",
		  say(visit, TEXT_veil), call, say(visit, TEXT_position), call,
		  ms, length);
	transport(visit, call, length, is_first);
	loop_fields(visit, call);
	text_fill(out,
		  "<details class=\"holes\" data-holes hidden><summary>$"
		  "</summary><ul></ul></details>"
		  "<p class=\"unseen\" role=\"status\" data-status></p>"
		  "</div>\n",
		  say(visit, TEXT_holes));
}

static void missing(struct visit *visit, enum text_id words_id)
{
	text_fill(visit_out(visit), "<p class=\"empty\">$</p>",
		  say(visit, words_id));
}

static void recording_out(struct visit *visit, const char *contact,
			  const struct desk_recording *recording,
			  uint32_t index, uint32_t count)
{
	struct text *out = visit_out(visit);
	char when[WHEN_TEXT_SIZE];

	if (count > 1) {
		when_clock(recording->began_ms / MS_PER_S, visit->language,
			   when);
		text_fill(out, "<h3>$", say(visit, TEXT_recording));
		text_format(out, " %u/%u", index + 1, count);
		text_fill(out, " <small>$</small></h3>", when);
	}
	if (recording->state == DESK_GONE)
		missing(visit, TEXT_sound_gone);
	else if (recording->state == DESK_RESTRICTED)
		missing(visit, TEXT_problem_restricted_detail);
	else if (recording->state == DESK_LOCKED)
		missing(visit, TEXT_problem_locked_detail);
	else if (recording->state != DESK_OK)
		missing(visit, TEXT_no_sound);
	else
		player(visit, contact, recording, index == 0);
}

static void why_none(struct visit *visit, const struct desk_contact_row *row)
{
	if (row->state == REGISTER_STATE_ANSWERED ||
	    row->state == REGISTER_STATE_OPEN)
		missing(visit, TEXT_sound_later);
	else if (row->state == REGISTER_STATE_UNANSWERED)
		missing(visit, TEXT_sound_never);
	else if (row->flags & REGISTER_FLAG_RUINED)
		missing(visit, TEXT_sound_ruined);
	else if (row->audio_end == 0)
		missing(visit, TEXT_sound_gone);
	else
		missing(visit, TEXT_no_sound);
}

void player_part(struct visit *visit, const char *contact,
		 const struct desk_contact_whole *whole)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<section class=\"card sound\" id=\"sound\"><h2>$</h2>",
		  say(visit, TEXT_sound));
	if (whole->recording_count == 0) {
		why_none(visit, &whole->row);
	} else if (!visit->session.may_play) {
		missing(visit, TEXT_may_not_listen);
	} else if (!visit->session.purpose[0]) {
		text_fill(out, "<p>$</p>", say(visit, TEXT_purpose_first));
		layout_purpose_form_for(visit, whole->row.agent[0]
						       ? whole->row.agent_name
						       : "");
	} else {
		text_say(out, "<script type=\"module\" src=\"/ui/player.js\">"
			      "</script>\n");
		for (uint32_t i = 0; i < whole->recording_count; i++)
			recording_out(visit, contact, &whole->recording[i], i,
				      whole->recording_count);
	}
	text_say(out, "</section>\n");
}
