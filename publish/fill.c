/* SPDX-License-Identifier: EUPL-1.2 */
/* Where the facts in the slots of publish/slots.def come from. */
#include <stdio.h>
#include <string.h>

#include "publish/fill.h"
#include "publish/written.h"

enum { MINUTES_PER_DAY = 1440 };

/* Terms */

static const struct {
	const char *value, *words[NOTICE_LANGUAGES];
} terms[] = {
#define TERM(id, value, fi, sv, en) { value, { fi, sv, en } },
#include "publish/terms.def"
#undef TERM
};

/*
 * Copy without what could break a line or turn it around: C0 and C1
 * controls, DEL, U+061C, U+200B to U+200F, U+2028 to U+202E, U+2060 to
 * U+2069, U+FEFF. The reader of the policy lets only UTF-8 pass.
 */
static void clean(char out[FACT_SIZE], const char *words)
{
	const unsigned char *at = (const unsigned char *)words;
	size_t size = 0;

	while (*at && size + 5 < FACT_SIZE) {
		size_t length = *at < 0x80   ? 1
				: *at < 0xe0 ? 2
				: *at < 0xf0 ? 3
					     : 4;
		bool bad = *at < 0x20 || *at == 0x7f ||
			   (at[0] == 0xc2 && at[1] < 0xa0) ||
			   (at[0] == 0xd8 && at[1] == 0x9c) ||
			   (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf) ||
			   (at[0] == 0xe2 && at[1] == 0x80 &&
			    ((at[2] >= 0x8b && at[2] <= 0x8f) ||
			     (at[2] >= 0xa8 && at[2] <= 0xae))) ||
			   (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa0 &&
			    at[2] <= 0xa9);

		for (size_t i = 0; i < length && *at; i++, at++)
			if (!bad)
				out[size++] = (char)*at;
		if (bad && at[-1] < 0x20 && size > 0 && out[size - 1] != ' ')
			out[size++] = ' ';
	}
	out[size] = '\0';
	/* Whoever wrote nothing but marks is shown to have. */
	if (size == 0 && *words)
		(void)snprintf(out, FACT_SIZE, "\xef\xbf\xbd");
}

/* In the language of the policy, whatever the document's is. */
void fact_name(const struct fact_ask *ask, const char *words, struct fact *fact)
{
	clean(fact->value, words);
	memcpy(fact->words, fact->value, FACT_SIZE);
	fact->language = ask->policy->first_language;
}

void fact_label(const struct fact_ask *ask, const char *id,
		const char (*words)[NOTICE_TEXT_SIZE], struct fact *fact)
{
	clean(fact->value, id);
	clean(fact->words, words[ask->language]);
}

void fact_term(const struct fact_ask *ask, enum term_id id, struct fact *fact)
{
	(void)snprintf(fact->value, FACT_SIZE, "%s", terms[id].value);
	(void)snprintf(fact->words, FACT_SIZE, "%s",
		       terms[id].words[ask->language]);
}

void fact_value(const struct fact_ask *ask, const char *words,
		struct fact *fact)
{
	clean(fact->value, words);
	written(fact->kind, fact->value, ask->language, ask->genitive,
		fact->words);
}

/* Who */
NAME(controller, controllers[0].name)
VALUE(register_id, ask->policy->controllers[0].register_id)
NAME(controller_address, controllers[0].contact.address)
VALUE(controller_phone, ask->policy->controllers[0].contact.phone)
VALUE(controller_email, ask->policy->controllers[0].contact.email)
NAME(representative, controllers[0].representative)
NAME(dpo, dpo)
NAME(dpo_address, dpo_contact.address)
VALUE(dpo_phone, ask->policy->dpo_contact.phone)
VALUE(dpo_email, ask->policy->dpo_contact.email)
NAME(authority, authority)
NAME(authority_address, authority_contact.address)
VALUE(authority_phone, ask->policy->authority_contact.phone)
VALUE(authority_email, ask->policy->authority_contact.email)

/* Why */

void fill_purpose(const struct fact_ask *ask, struct fact *fact)
{
	const struct notice_purpose *purpose =
		&ask->policy->purposes[ask->index].granted;

	fact_label(ask, purpose->id, purpose->text, fact);
}

void fill_first_purpose(const struct fact_ask *ask, struct fact *fact)
{
	const struct notice_purpose *purpose =
		&ask->policy->purposes[0].granted;

	fact_label(ask, purpose->id, purpose->text, fact);
}

void fill_figures_purpose(const struct fact_ask *ask, struct fact *fact)
{
	const struct notice_purpose *purpose =
		stands_find_figures(ask->policy, ask->index);

	fact_label(ask, purpose->id, purpose->text, fact);
}

VALUE(purpose_article,
      stands_basis_of(ask->policy, &ask->policy->purposes[ask->index].granted)
	      ->gdpr)

void fill_basis_ground(const struct fact_ask *ask, struct fact *fact)
{
	const char *gdpr =
		stands_find_basis(ask->policy, STANDS_ANY, ask->index)->gdpr;

	/* "6(1)(c)": the reader knows these six and no others. */
	fact_term(ask, (enum term_id)(TERM_ground_a + (gdpr[5] - 'a')), fact);
}

VALUE(basis_article,
      stands_find_basis(ask->policy, STANDS_ANY, ask->index)->gdpr)
VALUE(basis_special,
      stands_find_basis(ask->policy, STANDS_SPECIAL, ask->index)->art9)

void fill_basis_law(const struct fact_ask *ask, struct fact *fact)
{
	fact_name(ask,
		  stands_find_basis(ask->policy, STANDS_LAW, ask->index)->law,
		  fact);
}

/* Laws that the texts cite */
VALUE(gdpr, "2016/679")
VALUE(information_act, "906/2019")
VALUE(openness_act, "621/1999")
VALUE(section_retention, "21")
VALUE(section_description, "28")
VALUE(section_request, "13")
VALUE(section_secrecy, "24")
VALUE(article_access, "15")
VALUE(article_rectify, "16")
VALUE(article_erase, "17")
VALUE(article_erase_limit, "17(3)(b)")
VALUE(article_restrict, "18")
VALUE(article_port, "20")
VALUE(article_object, "21")
VALUE(article_withdraw, "7(3)")
VALUE(article_answer, "12(3)")
VALUE(article_complain, "77")
VALUE(article_security, "32")
VALUE(answer_time, "P1M") /* GDPR Art. 12(3) */

/* Bases that give a right, or do not. */
static void bases(const struct fact_ask *ask, enum stands_right right,
		  bool given, struct fact *fact)
{
	char list[FACT_SIZE] = "";
	const struct model_basis *basis;
	size_t size = 0;

	for (size_t i = 0;
	     (basis = stands_find_basis(ask->policy, STANDS_ANY, i)) != NULL;
	     i++)
		if (!!(stands_rights(basis->gdpr) & right) == given &&
		    !strstr(list, basis->gdpr) && size < FACT_SIZE)
			size += (size_t)snprintf(list + size, FACT_SIZE - size,
						 "%s%s", size > 0 ? " " : "",
						 basis->gdpr);
	fact_value(ask, list, fact);
}

#define BASES(slot, right, given)                                              \
	void fill_bases_##slot(const struct fact_ask *ask, struct fact *fact)  \
	{                                                                      \
		bases(ask, right, given, fact);                                \
	}
BASES(erase, STANDS_ERASE, true)
BASES(erase_limited, STANDS_ERASE_LIMITED, true)
BASES(port, STANDS_PORT, true)
BASES(no_port, STANDS_PORT, false)
BASES(object, STANDS_OBJECT, true)
BASES(no_object, STANDS_OBJECT, false)

/* Calls */

static void service_label(const struct fact_ask *ask, bool recorded,
			  struct fact *fact)
{
	const struct model_service *service =
		stands_find_service(ask->policy, recorded, ask->index);

	fact_label(ask, service->number, service->label, fact);
}

void fill_service_label(const struct fact_ask *ask, struct fact *fact)
{
	service_label(ask, true, fact);
}

void fill_silent_label(const struct fact_ask *ask, struct fact *fact)
{
	service_label(ask, false, fact);
}

VALUE(service_number,
      stands_find_service(ask->policy, true, ask->index)->number)
VALUE(silent_number,
      stands_find_service(ask->policy, false, ask->index)->number)

static const struct model_capture *capture(const struct fact_ask *ask)
{
	return &model_class(ask->policy, SEAL_CLASS_AUDIO)->capture;
}

void fill_share(const struct fact_ask *ask, struct fact *fact)
{
	char words[16];

	(void)snprintf(words, sizeof(words), "%.0f", capture(ask)->share * 100);
	fact_value(ask, words, fact);
}

void fill_day(const struct fact_ask *ask, struct fact *fact)
{
	int day = capture(ask)->hours[ask->index].from / MINUTES_PER_DAY;

	fact_term(ask, (enum term_id)(TERM_day_1 + day % 7), fact);
}

static void minutes(const struct fact_ask *ask, int at, struct fact *fact)
{
	char words[16];

	(void)snprintf(words, sizeof(words), "%02d:%02d", at / 60, at % 60);
	fact_value(ask, words, fact);
}

void fill_from(const struct fact_ask *ask, struct fact *fact)
{
	minutes(ask, capture(ask)->hours[ask->index].from % MINUTES_PER_DAY,
		fact);
}

/* The end of a day is 24:00 of it. */
void fill_until(const struct fact_ask *ask, struct fact *fact)
{
	minutes(ask,
		(capture(ask)->hours[ask->index].until - 1) % MINUTES_PER_DAY +
			1,
		fact);
}

/* Fields */

static void field(const struct fact_ask *ask, const char *word,
		  struct fact *fact)
{
	for (int id = TERM_field_start; id <= TERM_field_text; id++)
		if (!strcmp(terms[id].value, word)) {
			fact_term(ask, (enum term_id)id, fact);
			return;
		}
	assert(false && "every field that exists has its words");
}

void fill_call_field(const struct fact_ask *ask, struct fact *fact)
{
	const struct model_class *contact =
		model_class(ask->policy, SEAL_CLASS_CONTACT);
	const struct model_class *audio =
		model_class(ask->policy, SEAL_CLASS_AUDIO);
	size_t index = ask->index;

	if (index < contact->field_count)
		field(ask, contact->fields[index].name, fact);
	else
		field(ask, audio->fields[index - contact->field_count].name,
		      fact);
}

void fill_chat_field(const struct fact_ask *ask, struct fact *fact)
{
	field(ask,
	      model_class(ask->policy, SEAL_CLASS_CHAT)
		      ->fields[ask->index]
		      .name,
	      fact);
}

VALUE(page, policy_chat_origin(ask->policy, ask->index))

/* Retention */

void fact_period(const struct fact_ask *ask, const struct model_period *at,
		 struct fact *fact)
{
	char words[16];

	(void)snprintf(words, sizeof(words), "%s%d%c",
		       at->hours > 0 ? "PT" : "P",
		       at->months + at->days + at->hours,
		       at->months > 0 ? 'M'
		       : at->days > 0 ? 'D'
				      : 'H');
	fact_value(ask, words, fact);
}

static void anchor(const struct fact_ask *ask, const struct model_class *class,
		   struct fact *fact)
{
	fact_term(ask,
		  class->anchor == MODEL_ANCHOR_END	 ? TERM_from_end
		  : class->anchor == MODEL_ANCHOR_ANSWER ? TERM_from_answer
							 : TERM_from_start,
		  fact);
}

#define KEPT(slot, data_class)                                                 \
	void fill_##slot##_period(const struct fact_ask *ask,                  \
				  struct fact *fact)                           \
	{                                                                      \
		fact_period(                                                   \
			ask,                                                   \
			model_longest(model_class(ask->policy, data_class)),   \
			fact);                                                 \
	}                                                                      \
	void fill_##slot##_grace(const struct fact_ask *ask,                   \
				 struct fact *fact)                            \
	{                                                                      \
		fact_period(ask, &model_class(ask->policy, data_class)->grace, \
			    fact);                                             \
	}                                                                      \
	void fill_##slot##_anchor(const struct fact_ask *ask,                  \
				  struct fact *fact)                           \
	{                                                                      \
		anchor(ask, model_class(ask->policy, data_class), fact);       \
	}
KEPT(call, SEAL_CLASS_AUDIO)
KEPT(contact, SEAL_CLASS_CONTACT)
KEPT(chat, SEAL_CLASS_CHAT)

void fact_class(const struct fact_ask *ask, const struct model_class *class,
		struct fact *fact)
{
	fact_term(ask,
		  class->data_class == SEAL_CLASS_AUDIO	    ? TERM_class_audio
		  : class->data_class == SEAL_CLASS_CONTACT ? TERM_class_contact
							    : TERM_class_chat,
		  fact);
}

void fill_reason_class(const struct fact_ask *ask, struct fact *fact)
{
	fact_class(ask, stands_find_reason(ask->policy, ask->index), fact);
}

void fill_reason(const struct fact_ask *ask, struct fact *fact)
{
	int reason = stands_find_reason(ask->policy, ask->index)->reason;

	fact_term(ask, (enum term_id)(TERM_reason_need + reason - 1), fact);
}

/* Dates and version */

void fact_date(const struct fact_ask *ask, seal_date at, struct fact *fact)
{
	char words[16];

	(void)snprintf(words, sizeof(words), "%04u-%02u-%02u", at / 10000,
		       at / 100 % 100, at % 100);
	fact_value(ask, words, fact);
}

void fill_since(const struct fact_ask *ask, struct fact *fact)
{
	fact_date(ask, ask->policy->collection_started, fact);
}

void fill_valid_from(const struct fact_ask *ask, struct fact *fact)
{
	fact_date(ask, ask->policy->valid_from, fact);
}

VALUE(updated, ask->policy->version)
VALUE(version, ask->policy->version)
VALUE(hash_kind, "SHA-256")
VALUE(hash, ask->policy->sha256)
VALUE(supersedes, ask->policy->supersedes)

static const struct {
	const char *name;
	enum fact_kind kind;
	void (*fill)(const struct fact_ask *ask, struct fact *fact);
} slots[] = {
#define SLOT(name, kind) { #name, FACT_##kind, fill_##name },
#include "publish/slots.def"
#undef SLOT
};

bool fact_fill(struct slice slot, const struct fact_ask *ask,
	       struct fact *ret_fact)
{
	for (size_t i = 0; i < COUNT(slots); i++) {
		struct fact fact = { .slot = slots[i].name,
				     .kind = slots[i].kind,
				     .language = ask->language };

		if (!slice_is(slot, slice_of(slots[i].name)))
			continue;
		slots[i].fill(ask, &fact);
		*ret_fact = fact;
		return true;
	}
	return false;
}

const char *fact_kind_word(enum fact_kind kind)
{
	static const char *const words[] = {
		"name",	   "label",   "term",  "period",  "date",
		"time",	   "percent", "phone", "article", "articles",
		"section", "law",     "page",  "word",	  "countries",
	};

	assert((size_t)kind < COUNT(words));
	return words[kind];
}
