/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/verify.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "vault/lines.h"
#include "vault/record_parts.h"

static const char *problem_of(int r, const struct record *record,
			      const struct audit_found *found,
			      const char *last_time)
{
	if (r == -EKEYREJECTED)
		return "an entry was changed: it does not give its leaf";
	if (r < 0)
		return "a line is not an audit entry";
	if (record->seq != found->entries)
		return "an entry is missing, added or out of order";
	/* All in the same form, so text compares as time does. */
	if (!record->is_erased && strcmp(record->time, last_time) < 0)
		return "time runs backwards";
	return NULL;
}

/* Compare with the checkpoint once the tree has reached its size. */
static const char *compare(const struct note *note, const struct tree *tree)
{
	uint8_t root[TREE_HASH_SIZE];

	if (tree_size(tree) != note->size)
		return NULL;
	tree_root(tree, root);
	return memcmp(root, note->root, sizeof(root)) == 0
		       ? NULL
		       : "the log is not the one that was signed";
}

uint64_t audit_erased_by(const struct record *record)
{
	struct slice rest = { record->payload, record->payload_size }, skipped;
	uint64_t entries;

	if (record->is_erased || !record_take(&rest, "{\"seq\":") ||
	    !record_take_number(&rest, INT64_MAX, &entries) ||
	    !record_take(&rest, ",\"time\":\"") ||
	    !record_take_string(&rest, &skipped) ||
	    !record_take(&rest, ",\"node\":\"") ||
	    !record_take_string(&rest, &skipped) ||
	    !record_take(&rest, "," VERIFY_ERASED "\"before\":\"") ||
	    !record_take_string(&rest, &skipped) ||
	    !record_take(&rest, ",\"entries\":") ||
	    !record_take_number(&rest, record->seq, &entries) ||
	    !slice_is(rest, SLICE("}")))
		return 0;
	return entries;
}

static int read_entries(struct lines *lines, struct tree *tree,
			const struct note *note, struct audit_found *found)
{
	uint64_t erased_until = 0, told_until = 0;
	char last_time[CLOCK_TEXT_SIZE] = "";
	struct record record;
	struct slice line = { NULL, 0 };
	int r;

	while ((r = lines_next(lines, &line)) == 1) {
		r = record_read(line, &record);
		found->problem = problem_of(r, &record, found, last_time);
		if (found->problem)
			return -EBADMSG;
		if (!record.is_erased)
			memcpy(last_time, record.time, sizeof(last_time));
		r = tree_append(tree, record.leaf);
		if (r < 0)
			return r;
		found->entries++;
		found->erased += record.is_erased;
		if (record.is_erased)
			erased_until = found->entries;
		if (told_until < audit_erased_by(&record))
			told_until = audit_erased_by(&record);
		if (note)
			found->problem = compare(note, tree);
		if (found->problem)
			return -EBADMSG;
	}
	if (r == -ENODATA)
		found->problem = "the last line is not complete";
	else if (r == -EMSGSIZE)
		found->problem = "a line is too long";
	else if (r == 0 && erased_until > told_until)
		found->problem = "an entry was removed, and none says that its "
				 "time had come";
	return found->problem ? -EBADMSG : r;
}

static int read_checkpoint(struct slice checkpoint, const char *key,
			   struct note *note, struct audit_found *found)
{
	int r = note_read(checkpoint, key, note);

	if (r == -EKEYREJECTED)
		found->problem = "the checkpoint is not signed by this key";
	else if (r < 0)
		found->problem = "the checkpoint or the key cannot be read";
	return r < 0 ? -EBADMSG : 0;
}

int audit_verify(int log, struct slice checkpoint, const char *key,
		 struct audit_found *ret_found)
{
	OWNED(drop_memory)
	struct lines *lines = calloc(1, sizeof(*lines));
	OWNED(tree_drop) struct tree *tree = NULL;
	struct note note;
	int r;

	*ret_found = (struct audit_found){ 0 };
	if (sodium_init() < 0)
		return -EIO;
	if (!lines || tree_new(-1, &tree) < 0)
		return -ENOMEM;
	lines_start(lines, log);
	tree_root(tree, ret_found->root);
	if (checkpoint.size > 0) {
		r = read_checkpoint(checkpoint, key, &note, ret_found);
		if (r < 0)
			return r;
		ret_found->problem = compare(&note, tree);
		if (ret_found->problem)
			return -EBADMSG;
	}
	r = read_entries(lines, tree, checkpoint.size ? &note : NULL,
			 ret_found);
	tree_root(tree, ret_found->root);
	if (r < 0 || checkpoint.size == 0)
		return r;
	if (ret_found->entries < note.size) {
		ret_found->problem =
			"the log is shorter than the signed checkpoint";
		return -EBADMSG;
	}
	ret_found->is_signed = key != NULL;
	ret_found->signed_entries = note.size;
	return 0;
}
