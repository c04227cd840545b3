/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/attic.h"

#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

enum { ATTIC_MAGIC = 0x31544154, DRAFT_NONE = 0, DRAFT_SESSION, DRAFT_CONTACT };

/* The memory. Sizes are part of its head: another version starts empty. */
struct shelf {
	uint32_t magic;
	uint32_t session_size, contact_size;
	uint32_t reserved;
	/* Places ever used: looking at others would only fill memory. */
	uint32_t sessions_used, contacts_used;
	uint64_t draws_skipped;
	_Atomic uint32_t draft_kind; /* whose draft is whole */
	uint32_t draft_place;
	union {
		struct session_kept session;
		struct contact contact;
	} draft;
	struct session_kept sessions[SESSIONS_MAX];
	struct contact contacts[CONTACTS_MAX];
};

struct dirt {
	bool is_dirty[SESSIONS_MAX > CONTACTS_MAX ? SESSIONS_MAX
						  : CONTACTS_MAX];
	uint32_t place[SESSIONS_MAX > CONTACTS_MAX ? SESSIONS_MAX
						   : CONTACTS_MAX];
	uint32_t count;
};

struct attic {
	struct shelf *shelf;
	struct dirt sessions, contacts;
};

int attic_open(int fd, struct attic **ret_attic)
{
	struct attic *attic = calloc(1, sizeof(*attic));
	struct shelf *shelf;

	if (!attic)
		return -ENOMEM;
	if (ftruncate(fd, sizeof(struct shelf)) < 0) {
		int r = -errno;

		free(attic);
		return r;
	}
	shelf = mmap(NULL, sizeof(*shelf), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	if (shelf == MAP_FAILED) {
		int r = -errno;

		free(attic);
		return r;
	}
	attic->shelf = shelf;
	*ret_attic = attic;
	return 0;
}

void attic_close(struct attic *attic)
{
	if (!attic)
		return;
	(void)munmap(attic->shelf, sizeof(*attic->shelf));
	free(attic);
}

static void touch(struct dirt *dirt, uint32_t place)
{
	if (dirt->is_dirty[place])
		return;
	dirt->is_dirty[place] = true;
	dirt->place[dirt->count++] = place;
}

void attic_touch_session(struct recorder *recorder,
			 const struct session *session)
{
	if (recorder->attic)
		touch(&recorder->attic->sessions,
		      session_index(recorder, session));
}

void attic_touch_contact(struct recorder *recorder,
			 const struct contact *contact)
{
	if (recorder->attic)
		touch(&recorder->attic->contacts,
		      contact_index(recorder, contact));
}

/* A whole draft is copied to its place, also after a crash. */
static void settle_draft(struct shelf *shelf)
{
	uint32_t kind = atomic_load(&shelf->draft_kind);

	if (kind == DRAFT_SESSION && shelf->draft_place < SESSIONS_MAX)
		shelf->sessions[shelf->draft_place] = shelf->draft.session;
	if (kind == DRAFT_CONTACT && shelf->draft_place < CONTACTS_MAX)
		shelf->contacts[shelf->draft_place] = shelf->draft.contact;
	atomic_store(&shelf->draft_kind, DRAFT_NONE);
}

static void keep_session(struct shelf *shelf, uint32_t place,
			 const struct session_kept *kept)
{
	if (place >= shelf->sessions_used)
		shelf->sessions_used = place + 1;
	shelf->draft.session = *kept;
	shelf->draft_place = place;
	atomic_store(&shelf->draft_kind, DRAFT_SESSION);
	settle_draft(shelf);
}

static void keep_contact(struct shelf *shelf, uint32_t place,
			 const struct contact *contact)
{
	if (place >= shelf->contacts_used)
		shelf->contacts_used = place + 1;
	shelf->draft.contact = *contact;
	shelf->draft_place = place;
	atomic_store(&shelf->draft_kind, DRAFT_CONTACT);
	settle_draft(shelf);
}

void attic_keep_session(struct recorder *recorder,
			const struct session *session)
{
	const struct contact *contact = session_contact(recorder, session);
	struct attic *attic = recorder->attic;

	if (!attic)
		return;
	/* With the ports that the answer tells; but no row before it is
	   durable. */
	if (!contact->is_row_due)
		keep_contact(attic->shelf, session->kept.contact, contact);
	keep_session(attic->shelf, session_index(recorder, session),
		     &session->kept);
	sodium_memzero(&attic->shelf->draft, sizeof(attic->shelf->draft));
}

void attic_keep_all(struct recorder *recorder)
{
	struct attic *attic = recorder->attic;

	if (!attic ||
	    (attic->sessions.count == 0 && attic->contacts.count == 0))
		return;
	/* Contacts first: a session names its contact. */
	for (uint32_t i = 0; i < attic->contacts.count; i++) {
		uint32_t place = attic->contacts.place[i];

		attic->contacts.is_dirty[place] = false;
		keep_contact(attic->shelf, place, &recorder->contacts[place]);
	}
	for (uint32_t i = 0; i < attic->sessions.count; i++) {
		uint32_t place = attic->sessions.place[i];

		attic->sessions.is_dirty[place] = false;
		keep_session(attic->shelf, place,
			     &recorder->sessions[place].kept);
	}
	attic->contacts.count = attic->sessions.count = 0;
	attic->shelf->draws_skipped = recorder->draws_skipped;
	sodium_memzero(&attic->shelf->draft, sizeof(attic->shelf->draft));
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool is_sane_contact(const struct contact *contact)
{
	const struct register_contact *row = &contact->row;

	return (contact->state == CONTACT_OPEN ||
		contact->state == CONTACT_CLOSING) &&
	       contact->media < MEDIA_MAX &&
	       contact->call.stream_count <= CALL_STREAMS_MAX &&
	       contact->parties.other_count <= PARTIES_OTHERS_MAX &&
	       row->number > 0 &&
	       ends(row->service_number, sizeof(row->service_number)) &&
	       ends(row->agent, sizeof(row->agent)) &&
	       ends(row->agent_name, sizeof(row->agent_name)) &&
	       ends(row->agent_number, sizeof(row->agent_number)) &&
	       ends(row->caller_tail, sizeof(row->caller_tail)) &&
	       ends(contact->parties.service_number, NUMBER_SIZE) &&
	       ends(contact->parties.caller, NUMBER_SIZE) &&
	       ends(contact->parties.agent.id, PARTIES_AGENT_ID_SIZE) &&
	       ends(contact->parties.agent.name, PARTIES_AGENT_NAME_SIZE) &&
	       ends(contact->parties.agent.number, NUMBER_SIZE);
}

static bool is_sane_metadata(const struct metadata *metadata)
{
	if (metadata->participant_count > METADATA_PARTICIPANTS_MAX ||
	    metadata->session_count > METADATA_SESSIONS_MAX ||
	    metadata->stream_count > METADATA_STREAMS_MAX ||
	    metadata->send_count > METADATA_SENDS_MAX ||
	    !ends(metadata->called, sizeof(metadata->called)) ||
	    !ends(metadata->calling, sizeof(metadata->calling)))
		return false;
	for (size_t i = 0; i < METADATA_PARTICIPANTS_MAX; i++) {
		const struct metadata_participant *one =
			&metadata->participants[i];

		if (!ends(one->aor, sizeof(one->aor)) ||
		    !ends(one->name, sizeof(one->name)))
			return false;
	}
	for (size_t i = 0; i < METADATA_STREAMS_MAX; i++)
		if (!ends(metadata->streams[i].label, METADATA_LABEL_SIZE))
			return false;
	return true;
}

static bool is_sane_session(const struct recorder *recorder,
			    const struct session_kept *kept)
{
	if (kept->state < SESSION_OPENING || kept->state > SESSION_LIVE ||
	    kept->contact >= recorder->contacts_used ||
	    recorder->contacts[kept->contact].state != CONTACT_OPEN ||
	    !dialog_is_sane(&kept->dialog) ||
	    !is_sane_metadata(&kept->metadata) ||
	    kept->sdp.media_count > SDP_MEDIA_MAX ||
	    !ends(kept->ours.address, sizeof(kept->ours.address)))
		return false;
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		if (kept->place[i] < -1 || kept->place[i] >= CALL_STREAMS_MAX ||
		    !ends(kept->sdp.media[i].label, SDP_LABEL_SIZE) ||
		    kept->sdp.media[i].codec_count > CALL_CODECS_MAX)
			return false;
	return true;
}

static void restore_contacts(struct recorder *recorder, struct shelf *shelf)
{
	for (uint32_t i = 0; i < shelf->contacts_used; i++) {
		struct contact *contact = &recorder->contacts[i];

		if (shelf->contacts[i].state == CONTACT_FREE)
			continue;
		if (!is_sane_contact(&shelf->contacts[i])) {
			sodium_memzero(&shelf->contacts[i],
				       sizeof(struct contact));
			continue;
		}
		*contact = shelf->contacts[i];
		contact->session_count = 0;
		contact->tag = 0;
		contact->is_row_due = contact->is_post_due = false;
		contact->is_returning = false; /* its media line tells */
		contact->refusals = 0;
		contact->closing_ms = recorder->now_ms;
		/* Media may know it or not; it will say. */
		if (contact->posted == 0)
			contact->posted = 1;
		recorder->media[contact->media].calls++;
		recorder->contact_count++;
		recorder->contacts_used = i + 1;
	}
}

static uint32_t restore_sessions(struct recorder *recorder, struct shelf *shelf)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < shelf->sessions_used; i++) {
		struct session *session = &recorder->sessions[i];

		if (shelf->sessions[i].state == SESSION_FREE)
			continue;
		if (!is_sane_session(recorder, &shelf->sessions[i])) {
			sodium_memzero(&shelf->sessions[i],
				       sizeof(struct session_kept));
			continue;
		}
		session->kept = shelf->sessions[i];
		session->is_restored = true;
		session->opening_ms = recorder->now_ms + SIP_GONE_MS;
		recorder->sessions_used = i + 1;
		session_join(recorder, session,
			     &recorder->contacts[session->kept.contact]);
		session_enter(recorder, session);
		/* Its ACK may have come while nobody was here; if not, the
		   client sends its INVITE again. */
		if (session->kept.state == SESSION_ACCEPTED) {
			session->kept.state = SESSION_LIVE;
			session_established(recorder, session,
					    clock_now(recorder->clock));
		}
		count++;
	}
	return count;
}

uint32_t attic_restore(struct recorder *recorder)
{
	struct shelf *shelf = recorder->attic->shelf;

	if (shelf->magic != ATTIC_MAGIC ||
	    shelf->session_size != sizeof(struct session_kept) ||
	    shelf->contact_size != sizeof(struct contact) ||
	    shelf->sessions_used > SESSIONS_MAX ||
	    shelf->contacts_used > CONTACTS_MAX) {
		/* Fresh memory is empty; another version's is made so. */
		if (shelf->magic != 0)
			memset(shelf, 0, sizeof(*shelf));
		shelf->session_size = sizeof(struct session_kept);
		shelf->contact_size = sizeof(struct contact);
		shelf->magic = ATTIC_MAGIC;
		return 0;
	}
	settle_draft(shelf);
	recorder->draws_skipped = shelf->draws_skipped;
	restore_contacts(recorder, shelf);
	return restore_sessions(recorder, shelf);
}
