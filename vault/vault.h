/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file vault.h
 * What other rooms may ask of the vault.
 *
 * The vault holds the private halves of the end-date keys and the audit
 * log. It unseals one thing at a time, and only after the entry that tells
 * who, why and what is durable: no entry, no sound. It never gives a key
 * of an object away, and it forgets nothing but keys whose date has come.
 *
 * It starts locked. Locked, it refuses to unseal and to destroy, but
 * still takes audit entries; recording needs nothing of it.
 */
#ifndef TALLENNE_VAULT_H
#define TALLENNE_VAULT_H

#include "base/clock.h"
#include "base/line.h"
#include "seal/box.h"

enum {
	VAULT_ENTRY_MAX = 2048,
	VAULT_HOLDS_MAX = 4096,	 /**< contacts with a pair of their own */
	VAULT_REMARK_MAX = 500,	 /**< bytes of text, none of them zero */
	VAULT_REMARK_SIZE = 512, /**< of the text as it is sealed and poured:
				      with zeros, so that its length does not
				      show */
	VAULT_REMARK_BOX = 24 + VAULT_REMARK_SIZE + 16,
	VAULT_REMARKS_MAX = 8, /**< opened for one entry */
	/** No entry of the log is destroyed sooner, whoever asks: a register
	 *  that was taken over cannot remove its traces. */
	VAULT_LOG_LEAST_DAYS = 365,
};

enum vault_letter {
	VAULT_APPEND = 1,  /**< struct vault_append -> VAULT_ANSWER */
	VAULT_UNSEAL,	   /**< struct vault_unseal, fds: object to read, pipe
			       to write -> VAULT_ANSWER */
	VAULT_OPEN_TEXT,   /**< struct vault_open_text -> VAULT_ANSWER, the
			       text in "text" */
	VAULT_DESTROY,	   /**< struct vault_destroy -> VAULT_ANSWER */
	VAULT_STATUS,	   /**< struct vault_status, also the answer */
	VAULT_ANSWER,	   /**< struct vault_answer */
	VAULT_RECOVER,	   /**< struct vault_recover (only finish and chat) */
	VAULT_RECOVERED,   /**< struct vault_recovered */
	VAULT_HOLD,	   /**< struct vault_hold -> VAULT_ANSWER */
	VAULT_RELEASE,	   /**< struct vault_hold -> VAULT_ANSWER */
	VAULT_REWRAP,	   /**< struct vault_rewrap, fd: object to read ->
			       VAULT_REWRAPPED */
	VAULT_REWRAP_TEXT, /**< struct vault_rewrap_text ->
				VAULT_REWRAPPED */
	VAULT_REWRAPPED,   /**< struct vault_rewrapped */
	VAULT_REMARK_SEAL, /**< struct vault_remarks with one, fds: object, text
				to read -> VAULT_REMARKED */
	VAULT_REMARKS_OPEN, /**< struct vault_remarks, fds: object, pipe to
				 write -> VAULT_ANSWER */
	VAULT_REMARKED,	    /**< struct vault_remarked */
	VAULT_FORGET,	    /**< struct vault_forget -> VAULT_ANSWER */
	VAULT_DOOR = 200,   /**< people's commands: vault/door_letters.h */
};

/**
 * An audit entry: one JSON object, UTF-8, without line breaks.
 *
 * {"event":"content.read","actor":"stf_...","role":"supervisor",
 *  "purpose":"laatu","object":"<id>", ...}; never a name, number or text
 * of a person. The vault adds seq, time and node itself.
 */
struct vault_entry {
	uint32_t size; /**< of text, 2 to VAULT_ENTRY_MAX */
	uint32_t reserved;
	char text[VAULT_ENTRY_MAX];
};

/** Write something down. */
struct vault_append {
	struct letter head; /**< VAULT_APPEND */
	struct vault_entry entry;
};

/** Write it down, then pour part of an object's content into the pipe. */
struct vault_unseal {
	struct letter head; /**< VAULT_UNSEAL */
	struct vault_entry entry;
	struct seal_wrapped wrapped; /**< the object's key, from the register */
	struct id object;	     /**< which object it must be */
	uint8_t hash[SEAL_HASH_SIZE]; /**< of it, from the register */
	uint64_t offset;	      /**< first byte of the plain content */
	uint64_t size;		      /**< how many bytes; 0: to the end */
};

/** Write it down, then open a short sealed text. */
struct vault_open_text {
	struct letter head; /**< VAULT_OPEN_TEXT */
	struct vault_entry entry;
	struct seal_text sealed;
	struct id owner;  /**< the contact it must belong to */
	uint32_t purpose; /**< enum seal_purpose it must have */
	uint32_t reserved;
};

/** Write it down, then destroy the private half of an end date. */
struct vault_destroy {
	struct letter head; /**< VAULT_DESTROY */
	struct vault_entry entry;
	struct seal_end end; /**< refused with -EPERM before its date has
				  come by the vault's own clock */
};

/**
 * Write it down, then see that a contact has a key pair of its own, so that
 * a hold can outlive its dates (VAULT_HOLD); or destroy that pair for good
 * (VAULT_RELEASE). Each may be asked again and again.
 *
 * Nothing of a restricted contact is opened with the key of its date any
 * more, whatever the register asks (GDPR Art. 18): only what was sealed
 * anew to the contact's own pair is.
 */
struct vault_hold {
	struct letter head; /**< VAULT_HOLD or VAULT_RELEASE */
	struct vault_entry entry;
	struct id contact;
	uint32_t is_restricted; /**< 0 or 1; zero in VAULT_RELEASE */
	uint32_t reserved;
};

/**
 * Write it down, then seal an object's key anew, from the key of its date
 * to the pair of the held contact. The key itself never leaves the vault.
 */
struct vault_rewrap {
	struct letter head; /**< VAULT_REWRAP */
	struct vault_entry entry;
	struct id contact; /**< must be the one that the object names */
	struct id object;
	struct seal_wrapped wrapped; /**< sealed to a date */
};

/** The same for a caller's number. */
struct vault_rewrap_text {
	struct letter head; /**< VAULT_REWRAP_TEXT */
	struct vault_entry entry;
	struct id contact; /**< the owner inside the box */
	struct seal_text sealed;
};

/**
 * A remark beside a recording (S5): a short text at a time code. It has no
 * end of its own. Its key follows from the key of the recording's sound, so
 * it is opened when that is opened, is held and restricted with it, and is
 * noise everywhere as soon as that is.
 *
 *	box: 24 bytes of nonce, then XChaCha20-Poly1305 of the text and zeros,
 *	     VAULT_REMARK_SIZE in all
 *	key: BLAKE2b with the object's key of "tallenne remark 1" || id
 *	data: id of the object || id of the remark || at_ms as 8 bytes
 */
struct vault_remark {
	struct id remark; /**< random, used once */
	int64_t at_ms;	  /**< where in the recording */
	uint8_t box[VAULT_REMARK_BOX];
};

/**
 * Write it down, then seal a remark, or pour the texts of up to
 * VAULT_REMARKS_MAX into the pipe: VAULT_REMARK_SIZE bytes each, in their
 * order, all zero for one that is not what it should be. The text to seal is
 * a file of 1 to VAULT_REMARK_MAX bytes: it passes no other room's memory.
 */
struct vault_remarks {
	struct letter head; /**< VAULT_REMARK_SEAL or VAULT_REMARKS_OPEN */
	struct vault_entry entry;
	struct seal_wrapped wrapped; /**< the sound's key, as in UNSEAL */
	struct id object;	     /**< the sound it stands beside */
	uint32_t count;
	uint32_t reserved;
	struct vault_remark remark[VAULT_REMARKS_MAX];
};

/** A remark, sealed. */
struct vault_remarked {
	struct letter head; /**< VAULT_REMARKED */
	int32_t result;	    /**< as in vault_answer; -EMSGSIZE: no such text */
	uint32_t reserved;
	uint64_t seq; /**< number of the audit entry */
	struct vault_remark remark;
};

/** What it is now: sealed to the contact's pair, its date is 0. */
struct vault_rewrapped {
	struct letter head; /**< VAULT_REWRAPPED */
	int32_t result;	    /**< as in vault_answer */
	uint32_t reserved;
	uint64_t seq;		     /**< number of the audit entry */
	struct seal_wrapped wrapped; /**< answer to VAULT_REWRAP */
	struct seal_text sealed;     /**< answer to VAULT_REWRAP_TEXT */
};

/**
 * Destroy what was written into the audit log before a civil date: the pairs
 * of those days die, salts and payloads are removed, leaves stay. The vault
 * writes the entry itself (log.erased), since it says how many there were;
 * seq in the answer is its number, 0 if there was nothing left.
 */
struct vault_forget {
	struct letter head; /**< VAULT_FORGET */
	seal_date before;   /**< -EPERM if less than VAULT_LOG_LEAST_DAYS ago
				 by the vault's own clock */
	uint32_t reserved;
};

/** How it stands. Ask with everything zero. */
struct vault_status {
	struct letter head; /**< VAULT_STATUS */
	uint32_t is_locked;
	uint32_t key_count;  /**< private halves that exist */
	uint64_t entries;    /**< size of the audit log */
	uint8_t root[32];    /**< of its Merkle tree, RFC 6962 */
	seal_date last[4];   /**< latest end date by enum seal_class ... */
	seal_date first[4];  /**< ... and the earliest that has a key; 0: none,
				 or locked */
	seal_date log_first; /**< oldest day of the log of which more is left
				  than leaves; 0: none, or locked */
	uint32_t reserved;
};

/** The answer to most letters. */
struct vault_answer {
	struct letter head; /**< VAULT_ANSWER */
	int32_t result;	    /**< 0; -ENOKEY: locked; -EKEYREVOKED: the key
				 was destroyed; -EBADMSG: not what it should
				 be; -EPERM: not yet due; -ERANGE: no such
				 part of it; -EBUSY: too many at a time;
				 -EACCES: restricted; -ENOENT: the contact is
				 not held; -ENOSPC: VAULT_HOLDS_MAX are;
				 -EIO: the audit log cannot be written,
				 nothing was unsealed */
	uint32_t text_size;
	uint64_t seq;  /**< number of the audit entry */
	char text[64]; /**< answer to VAULT_OPEN_TEXT */
};

/**
 * Give back the key of what a crash left: a call in the spool to finish, a
 * journal of conversations to chat. Neither ever gets the other's.
 */
struct vault_recover {
	struct letter head;	     /**< VAULT_RECOVER */
	struct id call;		     /**< call, or file of the journal; must be
					  the owner inside the box */
	struct seal_wrapped wrapped; /**< must be SEAL_FOR_SPOOL on finish's
					  line, SEAL_FOR_CHAT on chat's */
};

struct vault_recovered {
	struct letter head; /**< VAULT_RECOVERED */
	int32_t result;	    /**< 0, -ENOKEY, -EKEYREVOKED, -EBADMSG */
	uint32_t reserved;
	uint8_t key[SEAL_KEY_SIZE]; /**< wiped by who asked, after use */
};

static_assert(sizeof(struct vault_remarks) <= LETTER_SIZE_MAX, "fits");

#include "vault/door_letters.h"

#endif
