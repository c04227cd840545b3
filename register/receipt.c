/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/receipt.h"

#include <errno.h>

/* How much with that id is still here, of a contact or a recording. */
static uint64_t count_alive(struct books *books, const struct id *item)
{
	return (uint64_t)db_ask_number(books->db, 0,
				       "SELECT (SELECT count(*) FROM contact"
				       "  WHERE id = $1)"
				       " + (SELECT count(*) FROM recording"
				       "  WHERE contact = $1 OR call = $1)",
				       db_id(item));
}

void receipt_tell(struct books *books, const struct door_receipt *ask,
		  struct door_receipt *ret_answer)
{
	*ret_answer = (struct door_receipt){
		.head = { .type = DOOR_RECEIPT,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
		.item = ask->item,
		.result = -ENOENT,
		.alive = count_alive(books, &ask->item),
	};
	/* Nothing sealed, nothing to destroy: then no key is named. */
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT item, tombstone.number, kind, tombstone.end_class,"
		" cause, tombstone.end_date, key_date, tombstone.at,"
		" coalesce(key_gone.at, 0), coalesce(key_gone.seq, -1),"
		" coalesce(hold_gone.at, 0), coalesce(hold_gone.seq, -1)"
		" FROM tombstone LEFT JOIN key_gone"
		"  ON key_gone.end_class = tombstone.end_class"
		"  AND key_gone.end_date = tombstone.key_date"
		" LEFT JOIN hold_gone ON hold_gone.contact = tombstone.contact"
		" WHERE item = $1 OR tombstone.contact = $1"
		" ORDER BY tombstone.at, item LIMIT $2",
		db_id(&ask->item), db_number(DOOR_TOMBS_MAX));
	while (db_rows_next(&rows)) {
		uint32_t at = ret_answer->count++;

		db_rows_bytes(&rows, 0, &ret_answer->tomb[at].item,
			      sizeof(struct id));
		ret_answer->tomb[at].number =
			(uint64_t)db_rows_number(&rows, 1);
		ret_answer->tomb[at].kind = (uint32_t)db_rows_number(&rows, 2);
		ret_answer->tomb[at].data_class =
			(uint32_t)db_rows_number(&rows, 3);
		ret_answer->tomb[at].cause = (uint32_t)db_rows_number(&rows, 4);
		ret_answer->tomb[at].end = (seal_date)db_rows_number(&rows, 5);
		ret_answer->tomb[at].key_date =
			(seal_date)db_rows_number(&rows, 6);
		ret_answer->tomb[at].at = db_rows_number(&rows, 7);
		ret_answer->tomb[at].key_gone_at = db_rows_number(&rows, 8);
		ret_answer->tomb[at].key_seq = db_rows_number(&rows, 9);
		ret_answer->tomb[at].hold_gone_at = db_rows_number(&rows, 10);
		ret_answer->tomb[at].hold_seq = db_rows_number(&rows, 11);
		ret_answer->result = 0;
	}
}
