/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Two years of calls and chats, with back-ups on many nights and restores at
 * random times, of random back-ups, with the vault's own directory or with the
 * key back-up. Of everything that ever was it is known when it had to be gone:
 * never is there a readable byte after its end, never is something gone before
 * it, what is held survives and its neighbours do not.
 *
 *	test_two_years [ITEMS-A-DAY [SEED]]
 */
#include "years_life.h"

struct making {
	struct pool_list list;
	int pool;
};

static int keep_object(void *self, const struct pool_item *item,
		       const uint8_t hash[SEAL_HASH_SIZE],
		       const struct seal_wrapped *wrapped)
{
	struct making *making = self;
	struct pool_item kept = *item;
	int r = pool_put(making->pool, life.objects, &kept, hash);

	(void)wrapped;
	return r < 0 ? r : pool_list_add(&making->list, &kept);
}

static void seal_into(int dir, struct backup *backup,
		      const struct seal_keyset *set, int from, const char *name,
		      seal_date date)
{
	const struct seal_end end = { SEAL_CLASS_CONTACT, date };
	struct seal_end found;
	OWNED(drop_fd)
	int to = openat(dir, name, O_RDWR | O_CREAT | O_EXCL, 0600);

	assert_true(to >= 0);
	assert_int_equal(
		seal_copy_write(from, to, set, &end, &backup->id, &found), 0);
	assert_int_equal(found.date, date);
	assert_int_equal(backup_add(backup, dir, name), 0);
}

static int copy_of_database(void)
{
	struct db_copy *copy;
	int fd, r;

	assert_int_equal(db_copy_begin(life.db, "copy.db", &copy), 0);
	do
		r = db_copy_step(copy, 4096);
	while (r > 0);
	assert_int_equal(r, 0);
	db_copy_end(copy);
	fd = open("copy.db", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlink("copy.db"), 0);
	return fd;
}

/* As "tallenne backup create" cuts it. */
static void keep_rows(int dir, struct backup *backup,
		      const struct seal_keyset *set, int database)
{
	struct making making = { .pool = pool_open(life.shelf, true) };
	seal_date due[SEAL_CLASSES] = { 0, life.today, life.today, life.today };
	struct db *db;
	seal_date date;

	assert_int_equal(db_adopt(database, broken, &db), 0);
	assert_int_equal(rows_each_object(db, keep_object, &making), 0);
	assert_int_equal(rows_forget(db, due, life.clock), 0);
	while ((date = rows_next(db, backup->until, life.clock))) {
		OWNED(drop_fd) int tail = open(".", O_RDWR | O_TMPFILE, 0600);
		char name[BACKUP_NAME_SIZE];

		(void)snprintf(name, sizeof(name), BACKUP_ROWS "%u.sealed",
			       date);
		assert_int_equal(rows_cut(db, tail, date, life.clock), 0);
		seal_into(dir, backup, set, tail, name, date);
	}
	db_close(db);
	seal_into(dir, backup, set, database, BACKUP_DATABASE, backup->until);
	seal_into(dir, backup, set, database, BACKUP_STAFF, backup->until);
	backup->objects = making.list.count;
	assert_int_equal(pool_list_write(&making.list, dir), 0);
	assert_int_equal(backup_add(backup, dir, BACKUP_LIST), 0);
	pool_list_drop(&making.list);
	drop_fd(&making.pool);
}

static void put(int dir, const char *name, const char *text)
{
	OWNED(drop_fd)
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_at(fd, text, strlen(text), 0), 0);
}

/* The vault's files, one behind the other. */
static void put_pages(int dir)
{
	OWNED(drop_fd)
	int to = openat(dir, PAGES_LOG, O_WRONLY | O_CREAT | O_EXCL, 0600);
	struct volumes volumes;
	int64_t at = 0;

	assert_int_equal(volumes_find(life.vault, &volumes), 0);
	for (size_t i = 0; i < volumes.count; i++) {
		OWNED(drop_memory) char *text = NULL;
		char name[VOLUME_NAME_SIZE];
		size_t size;

		volume_name(volumes.at[i].date, name);
		OWNED(drop_fd) int day = openat(life.vault, name, O_RDONLY);
		assert_int_equal(file_read(day, 1 << 30, &text, &size), 0);
		assert_int_equal(file_write_at(to, text, size, at), 0);
		at += (int64_t)size;
	}
	volumes_free(&volumes);
}

static void keep_log(int dir, const struct backup *backup)
{
	char hash[2 * SEAL_HASH_SIZE + 1], note[NOTE_SIZE];
	static char proof[NOTE_PROOF_SIZE];
	uint64_t seq = audit_size(life.audit);
	int size;

	hex_text(backup->hash, SEAL_HASH_SIZE, hash);
	write_down("{\"event\":\"backup.made\",\"actor\":\"uid:0\","
		   "\"manifest\":\"%s\"}",
		   hash);
	size = audit_prove(life.audit, life.ring, seq, "test.invalid/audit",
			   proof);
	assert_true(size > 0);
	proof[size] = '\0';
	put(dir, PAGES_MADE, proof);
	assert_int_equal(audit_sign(life.audit, "test.invalid/audit",
				    keyring_seed(life.ring), note),
			 0);
	put(dir, PAGES_CHECKPOINT, note);
	put_pages(dir);
	assert_int_equal(pages_sum(dir), 0);
}

static void back_up(void)
{
	struct backup backup = {
		.id = id_new(),
		.made_at = life.clock,
		.date = life.today,
		.until = today_add(life.today, 5 + (int)chance(27)),
		.entries = audit_size(life.audit),
	};
	struct made *made = &life.made[life.made_count++];
	struct seal_keyset *set = keyset();
	OWNED(drop_fd) int database = copy_of_database();
	int dir;

	assert_true(life.made_count < SHELF_MAX);
	backup_name(&backup, made->name);
	made->date = life.today;
	made->until = backup.until;
	made->items = life.count;
	assert_int_equal(mkdirat(life.shelf, made->name, 0700), 0);
	dir = openat(life.shelf, made->name, O_RDONLY | O_DIRECTORY);
	keep_rows(dir, &backup, set, database);
	assert_int_equal(backup_write(&backup, dir), 0);
	keep_log(dir, &backup);
	(void)close(dir);
	seal_keyset_free(set);
}

static void copy_keys(void)
{
	OWNED(drop_memory) uint8_t *bytes = NULL;
	size_t size;
	int fd;

	life.copied_from = today_add(life.today, AHEAD + 1);
	write_down("{\"event\":\"keys.copied\",\"actor\":\"uid:0\",\"from\":%u,"
		   "\"holds\":0}",
		   life.copied_from);
	assert_int_equal(
		keyring_pack(life.ring, life.copied_from, &bytes, &size), 0);
	(void)unlink("keys.copy");
	fd = open("keys.copy", O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_write_at(fd, bytes, size, 0), 0);
	(void)close(fd);
}

/* Whether anything in the restored state opens an item's content. */
static bool opens(struct restore *restore, const struct item *item,
		  bool *ret_row)
{
	uint8_t key[SEAL_KEY_SIZE];
	struct seal_wrapped wrapped;
	const struct open_pair *pair;
	bool does = false;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(restore->db,
				     "SELECT wrapped, held FROM object"
				     " WHERE id = $1",
				     db_id(&item->object));
	*ret_row = db_rows_next(&rows);
	if (!*ret_row)
		return false;
	if (db_rows_bytes(&rows, 0, &wrapped, sizeof(wrapped))) {
		pair = keyring_find(restore->ring, &wrapped.end);
		does |= pair && open_key(&wrapped, pair, SEAL_FOR_OBJECT,
					 &item->object, key) == 0;
	}
	if (db_rows_bytes(&rows, 1, &wrapped, sizeof(wrapped))) {
		pair = keyring_held(restore->ring, &item->contact, NULL);
		does |= pair && open_key(&wrapped, pair, SEAL_FOR_OBJECT,
					 &item->object, key) == 0;
	}
	return does;
}

static void check_item(struct restore *restore, const struct made *made,
		       const struct item *item, bool is_copy)
{
	const seal_date first = is_copy ? life.copied_from : 0;
	const bool was_held = is_held_on(item, made->date);
	bool has_row;
	bool does = opens(restore, item, &has_row);

	/* Disk and vault lost together: nobody knows any more what was erased
	 * after the newest back-up (decision 16). */
	if (is_copy && item->erased > life.made[life.made_count - 1].date)
		return;
	life.tries++;
	/* Never a readable byte after its end. */
	if (!may_be(item, life.today))
		assert_false(does);
	if (item->erased)
		assert_false(has_row);
	if (item->end <= life.today && !item->held)
		assert_false(has_row);
	/* Never an early deletion; with the copy of the keys, none but of what
	 * had no more than AHEAD days to live. */
	if (!item->erased && item->end > life.today && item->end >= first)
		assert_true(does);
	/* What was held then, and is, survives. */
	if (was_held && is_held_on(item, life.today))
		assert_true(does);
}

static void check_contact(struct restore *restore, const struct item *item,
			  bool is_copy)
{
	const bool is_known =
		!is_copy || item->erased <= life.made[life.made_count - 1].date;
	int64_t rows = db_ask_number(restore->db, 0,
				     "SELECT count(*) FROM contact"
				     " WHERE id = $1",
				     db_id(&item->contact));

	if ((item->erased && is_known) ||
	    (item->contact_end <= life.today && !item->held))
		assert_int_equal(rows, 0);
}

static void restore_one(void)
{
	/* Of the newest ones, most of the time: the others are dead. */
	const uint32_t all = (uint32_t)life.made_count;
	const uint32_t some = all > 2 && chance(5) ? 2 : all;
	const struct made *made = &life.made[all - 1 - chance(some)];
	const bool is_copy = chance(2) == 0 && life.copied_from;
	char shelf[128], state[128], keys[128];
	struct restore_options options = { .today = life.today };
	struct restore restore = restore_new(&options);
	int r;

	path_of("shelf", shelf);
	path_of("restored", state);
	path_of(is_copy ? "keys.copy" : "vault", keys);
	options.dir = shelf;
	options.name = made->name;
	options.state = state;
	options.keys = keys;
	r = restore_all(&restore, PASSPHRASE, chance(2) == 0);
	life.restores++;
	if (made->until <= life.today ||
	    (is_copy && made->until < life.copied_from)) {
		assert_int_equal(r, RESTORE_REFUSED);
		life.refusals++;
	} else {
		assert_int_equal(r, RESTORE_DONE);
		for (size_t i = 0; i < made->items; i++) {
			check_item(&restore, made, &life.item[i], is_copy);
			check_contact(&restore, &life.item[i], is_copy);
		}
	}
	restore_drop(&restore);
	if (access(state, F_OK) == 0)
		assert_int_equal(restore_remove(AT_FDCWD, state), 0);
}

/* What lives on in the house itself. */
static void check_life(void)
{
	struct restore here = { .db = life.db, .ring = life.ring };
	bool has_row;

	for (size_t i = 0; i < life.count; i++) {
		const struct item *item = &life.item[i];

		assert_int_equal(opens(&here, item, &has_row),
				 may_be(item, life.today));
		/* What was let go after its end goes in the next night. */
		if (item->lifted != life.today)
			assert_int_equal(has_row, may_be(item, life.today));
	}
}

static void use_days(void)
{
	OWNED(drop_memory) uint8_t *bytes = NULL;
	struct seal_keyset *days;
	size_t size;

	assert_true(keyring_fill_log(life.ring, life.today,
				     today_add(life.today, 30)) >= 0);
	assert_int_equal(keyring_day_keyset(life.ring, life.today, life.clock,
					    &bytes, &size),
			 0);
	assert_int_equal(seal_keyset_read(bytes, size, &days), 0);
	audit_take_keys(life.audit, days);
}

static void begin(void)
{
	struct audit_opened opened;

	(void)snprintf(life.place, sizeof(life.place),
		       "/tmp/test-years-XXXXXX");
	assert_non_null(mkdtemp(life.place));
	life.home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(chdir(life.place), 0);
	life.vault = enter("vault");
	life.objects = enter("objects");
	life.shelf = enter("shelf");
	life.today = FIRST_DAY;
	life.clock = 1796083200; /* 2026-12-01 at noon in Greenwich */
	assert_int_equal(keyring_open(life.vault, &life.ring), 0);
	assert_int_equal(keyring_make(life.ring, PASSPHRASE, 8), 0);
	assert_int_equal(audit_open(life.vault, "test", &life.audit, &opened),
			 0);
	life.database = open("register.db", O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(db_adopt(life.database, broken, &life.db), 0);
	assert_int_equal(schema_update(life.db), 0);
}

static void end(void)
{
	db_close(life.db);
	audit_close(life.audit);
	keyring_close(life.ring);
	assert_int_equal(fchdir(life.home), 0);
	assert_int_equal(restore_remove(AT_FDCWD, life.place), 0);
	free(life.item);
}

static void live_a_day(bool has_traffic)
{
	struct seal_keyset *set;

	if (life.days++ % KEYS_EVERY == 0) {
		assert_true(keyring_fill(life.ring, life.today,
					 today_add(life.today, HORIZON)) >= 0);
		use_days();
	}
	sweep();
	set = keyset();
	for (size_t i = 0; has_traffic && i < a_day; i++)
		add(set);
	seal_keyset_free(set);
	if (chance(10) == 0)
		erase_early(&life.item[chance((uint32_t)life.count)]);
	if (chance(8) == 0)
		hold(&life.item[chance((uint32_t)life.count)]);
	if (chance(10) == 0)
		lift_some();
	if (chance(6) == 0)
		back_up();
	if (life.made_count > 0 && chance(15) == 0) {
		copy_keys();
		restore_one();
	}
}

static void nothing_is_read_after_its_end_and_nothing_goes_before(void **state)
{
	size_t held = 0, erased = 0;

	(void)state;
	begin();
	for (int day = 0; day < DAYS; day++) {
		live_a_day(day < 730);
		if (day % 30 == 0 || day == DAYS - 1)
			check_life();
		life.today = today_add(life.today, 1);
		life.clock += 86400 - life.clock % 86400 + 43200;
	}
	for (size_t i = 0; i < life.count; i++) {
		held += life.item[i].held != 0;
		erased += life.item[i].erased != 0;
	}
	(void)printf("# %zu items, %zu held, %zu erased early; %zu back-ups, "
		     "%llu restores (%llu refused), %llu items tried\n",
		     life.count, held, erased, life.made_count,
		     (unsigned long long)life.restores,
		     (unsigned long long)life.refusals,
		     (unsigned long long)life.tries);
	assert_true(life.restores > 2 * life.refusals && life.refusals > 0);
	assert_true(held > 10 && erased > 10 && life.tries > 1000);
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nothing_is_read_after_its_end_and_nothing_goes_before),
	};

	life.state = argc > 2 ? strtoull(argv[2], NULL, 10) : 20261130;
	if (argc > 1)
		a_day = strtoull(argv[1], NULL, 10);
	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
