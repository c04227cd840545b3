/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/stock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/claim.h"
#include "base/log.h"
#include "house/ports.h"

enum {
	ITEMS_MAX = 64,
	EACH_PORTS_MAX = 2000,
	SEED_SIZE = 32,
	NOBODY = -1, /* kept open, handed to no room */
};

static const char *const chat_journals[] = { "journal.0", "journal.1" };

/* The file is ours from now on. */
static int add(struct stock *stock, int room, int index, const char *word,
	       uint64_t number, int fd)
{
	if (stock->count == stock->room_for) {
		size_t size = stock->room_for ? stock->room_for * 2 : ITEMS_MAX;
		struct stock_item *items =
			realloc(stock->items, size * sizeof(*items));

		if (!items) {
			(void)close(fd);
			return -ENOMEM;
		}
		stock->items = items;
		stock->room_for = size;
	}
	stock->items[stock->count++] = (struct stock_item){
		.room = room,
		.index = index,
		.word = word,
		.number = number,
		.fd = fd,
	};
	return 0;
}

/* A room's own directory, which nobody else may enter. */
static int add_state(struct stock *stock, int state, const struct keep *keep,
		     int room)
{
	OWNED(drop_fd) int fd = -1;
	uid_t user = keep_user(keep, room);
	int r = places_enter(state, plan_rooms[room].name, 0700);

	if (r < 0)
		return r;
	fd = r;
	if (user != (uid_t)-1 && fchown(fd, user, (gid_t)-1) < 0)
		return -errno;
	return add(stock, room, -1, "state", 0, GIVE_FD(fd));
}

/* The seed by which this node signs, for who seals objects; made once. */
static int add_seed(struct stock *stock, int state)
{
	OWNED(drop_fd)
	int fd = openat(state, "node.seed", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	uint8_t seed[SEED_SIZE];
	int other, r;

	if (fd < 0)
		return -errno;
	r = file_read_at(fd, seed, sizeof(seed), 0);
	if (r == -ENODATA) {
		if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
			return -EIO;
		r = file_write_at(fd, seed, sizeof(seed), 0);
		if (r == 0 && (fsync(fd) < 0 || fsync(state) < 0))
			r = -errno;
	}
	explicit_bzero(seed, sizeof(seed));
	if (r < 0)
		return r;
	other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (other < 0)
		return -errno;
	r = add(stock, HOUSE_ROOM_chat, -1, "node", 0, other);
	return r < 0 ? r
		     : add(stock, HOUSE_ROOM_finish, -1, "node", 0,
			   GIVE_FD(fd));
}

static int add_listeners(struct stock *stock, const struct config *config,
			 int room, const char *key, const char *word, int type)
{
	OWNED(settings_drop) struct settings *settings = NULL;
	int r = config_settings_of(config, plan_rooms[room].name, &settings);

	for (int i = 0; r == 0; i++) {
		const char *address = setting(settings, "%s.%d", key, i);
		char bound[SOCKETS_ADDRESS_SIZE];
		int fd;

		if (!address)
			break;
		r = sockets_open(address, type, &fd, bound);
		if (r < 0)
			log_error("listen", "%s.%s.%d: cannot listen there: %s",
				  plan_rooms[room].name, key, i, strerror(-r));
		else
			r = add(stock, room, -1, word, (uint64_t)i, fd);
		if (r == 0)
			memcpy(stock->items[stock->count - 1].address, bound,
			       sizeof(bound));
	}
	return r;
}

/* A file named in the configuration: "tls.chain" arrives as "tls-chain". */
static int add_file(struct stock *stock, int room, const char *key,
		    const char *path)
{
	OWNED(drop_memory) char *word = strdup(key);
	int fd, r;

	if (!word)
		return -ENOMEM;
	for (char *c = word; *c; c++)
		*c = *c == '.' ? '-' : *c;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = add(stock, room, -1, word, 0, fd);
	if (r < 0)
		return r;
	stock->items[stock->count - 1].is_named = true;
	word = NULL; /* the item's now */
	return 0;
}

static int add_files(struct stock *stock, const struct config *config)
{
	for (const struct config_setting *s = config_settings; s->section;
	     s++) {
		OWNED(settings_drop) struct settings *settings = NULL;
		int r, room = plan_room_find(s->section);
		const char *path;

		if (s->kind != CONFIG_FILE || room < 0)
			continue;
		r = config_settings_of(config, s->section, &settings);
		if (r < 0)
			return r;
		path = setting(settings, "%s", s->key);
		if (path)
			r = add_file(stock, room, s->key, path);
		if (r < 0) {
			log_error("start", "%s.%s: cannot open: %s", s->section,
				  s->key, strerror(-r));
			return r;
		}
	}
	return 0;
}

/* The ports of one media process: one socket for all, or one for each. */
static int add_ports(struct stock *stock, const struct settings *house,
		     int index, uint16_t first, int count)
{
	const char *address = setting(house, "rtp.address");
	bool wants_one = setting_is(house, true, "rtp.one_socket");
	int r, fd, link, fds[EACH_PORTS_MAX];
	int claim = claim_ports(address, first, (uint16_t)count);

	if (claim == -EADDRINUSE) {
		log_error("rtp",
			  "another recorder on this machine has some of the "
			  "ports %u to %u: change house.rtp.first_port",
			  first, first + count - 1);
		return claim;
	}
	if (claim < 0) {
		log_error("rtp", "cannot claim the ports from %u on: %s", first,
			  strerror(-claim));
		return claim;
	}
	r = add(stock, NOBODY, -1, "", 0, claim);
	if (r < 0)
		return r;
	r = -ENOSYS;
	if (wants_one)
		r = ports_open_range(address, first, (uint16_t)count, &fd,
				     &link);
	if (r == 0)
		r = add(stock, NOBODY, -1, "", 0, link);
	if (r == 0)
		return add(stock, HOUSE_ROOM_media, index, "rtp",
			   (uint64_t)first << 32 | (uint32_t)count, fd);
	if (wants_one)
		log_info("rtp",
			 "one socket for all ports is not possible here "
			 "(%s); using one for each",
			 strerror(-r));

	if (count > EACH_PORTS_MAX)
		count = EACH_PORTS_MAX;
	r = ports_open_each(address, first, (uint16_t)count, fds);
	if (r < 0) {
		log_error("rtp", "cannot open RTP ports from %u on: %s", first,
			  strerror(-r));
		return r;
	}
	for (int i = 0; r == 0 && i < count; i++)
		r = add(stock, HOUSE_ROOM_media, index, "rtp",
			(uint64_t)(first + i) << 32 | 1, fds[i]);
	return r;
}

static int add_all_ports(struct stock *stock, const struct settings *house,
			 int media_count)
{
	int64_t first = setting_number(house, 10000, "rtp.first_port");
	int64_t count = setting_number(house, 20000, "rtp.port_count");
	int64_t each = count / media_count / 2 * 2;
	int r = 0;

	if (first < 1024 || first % 2 != 0 || first + count > 65536 ||
	    each < 4) {
		log_error("rtp", "house.rtp: these ports are not possible: the "
				 "first must be even and above 1023, and there "
				 "must be 4 or more a process");
		return -EINVAL;
	}
	for (int i = 0; r == 0 && i < media_count; i++)
		r = add_ports(stock, house, i, (uint16_t)(first + i * each),
			      (int)each);
	return r;
}

/* A room's journal, in the room's directory, which stays the house's. */
static int add_journal(struct stock *stock, int state, int room,
		       const char *name, uint64_t number, int flags)
{
	OWNED(drop_fd) int dir = -1;
	OWNED(drop_fd) int fd = -1;
	int r = places_enter(state, plan_rooms[room].name, 0700);

	if (r < 0)
		return r;
	dir = r;
	fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
	if (fd < 0 || fsync(dir) < 0)
		return -errno;
	return add(stock, room, -1, "journal", number, GIVE_FD(fd));
}

static int add_journals(struct stock *stock, int state)
{
	int r = add_journal(stock, state, HOUSE_ROOM_siprec, "journal", 0,
			    O_APPEND);

	/* Two: what still lives moves to the other, and the first is emptied. */
	for (uint64_t i = 0; r == 0 && i < COUNT(chat_journals); i++)
		r = add_journal(stock, state, HOUSE_ROOM_chat, chat_journals[i],
				i, 0);
	return r;
}

int stock_fresh_journal(struct stock *stock, int state, uint64_t number,
			int *ret_fd)
{
	OWNED(drop_fd) int dir = -1;
	OWNED(drop_fd) int fd = -1;
	int r = places_enter(state, plan_rooms[HOUSE_ROOM_chat].name, 0700);

	if (r < 0)
		return r;
	dir = r;
	for (size_t i = 0; i < stock->count; i++) {
		struct stock_item *item = &stock->items[i];

		if (item->room != HOUSE_ROOM_chat || item->number != number ||
		    strcmp(item->word, "journal") != 0)
			continue;
		fd = openat(dir, "journal.new",
			    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 ||
		    renameat(dir, "journal.new", dir, chat_journals[number]) <
			    0 ||
		    fsync(dir) < 0)
			return -errno;
		(void)close(item->fd);
		*ret_fd = item->fd = GIVE_FD(fd);
		return 0;
	}
	return -ENOENT;
}

static int add_memory(struct stock *stock, int room, const char *word)
{
	int fd = memfd_create(word, MFD_CLOEXEC);

	return fd < 0 ? -errno : add(stock, room, -1, word, 0, fd);
}

static int add_doors(struct stock *stock, int run)
{
	static const int rooms[] = { HOUSE_ROOM_register, HOUSE_ROOM_vault };
	OWNED(drop_fd) int doors = -1;
	int r = places_enter(run, "doors", 0700), fd;

	if (r < 0)
		return r;
	doors = r;
	r = 0;
	for (size_t i = 0; r == 0 && i < COUNT(rooms); i++) {
		r = sockets_open_door(doors, plan_rooms[rooms[i]].name, &fd);
		if (r == 0)
			r = add(stock, rooms[i], -1, "door", 0, fd);
	}
	return r;
}

int stock_open(struct stock *stock, const struct config *config,
	       const struct settings *house, const struct places *places,
	       const struct keep *keep, int media_count)
{
	static const struct {
		int room;
		const char *key;
		const char *word;
		int type;
	} listeners[] = {
		{ HOUSE_ROOM_siprec, "listen.udp", "udp", SOCK_DGRAM },
		{ HOUSE_ROOM_siprec, "listen.tcp", "tcp", SOCK_STREAM },
		{ HOUSE_ROOM_siprec, "listen.tls", "tls", SOCK_STREAM },
		{ HOUSE_ROOM_desk, "listen", "web", SOCK_STREAM },
		{ HOUSE_ROOM_counter, "listen", "web", SOCK_STREAM },
	};
	int r = add_state(stock, places->state, keep, HOUSE_ROOM_vault);

	if (r == 0)
		r = add_state(stock, places->state, keep, HOUSE_ROOM_register);
	if (r == 0)
		r = add_journals(stock, places->state);
	if (r == 0)
		r = add_memory(stock, HOUSE_ROOM_siprec, "attic");
	if (r == 0)
		r = add_memory(stock, HOUSE_ROOM_chat, "attic");
	if (r == 0)
		r = add_seed(stock, places->state);
	for (size_t i = 0; r == 0 && i < COUNT(listeners); i++)
		r = add_listeners(stock, config, listeners[i].room,
				  listeners[i].key, listeners[i].word,
				  listeners[i].type);
	if (r == 0)
		r = add_all_ports(stock, house, media_count);
	if (r == 0)
		r = add_doors(stock, places->run);
	if (r == 0)
		r = add_files(stock, config);
	return r;
}

static void drop_item(struct stock_item *item)
{
	drop_fd(&item->fd);
	if (item->is_named)
		free((char *)(uintptr_t)item->word);
}

void stock_close(struct stock *stock)
{
	for (size_t i = 0; i < stock->count; i++)
		drop_item(&stock->items[i]);
	free(stock->items);
	*stock = (struct stock){ 0 };
}

bool stock_is_for(const struct stock_item *item,
		  const struct keep_process *process)
{
	return item->room == process->room &&
	       (item->index < 0 || item->index == process->index);
}

int stock_reopen(struct stock *stock, const struct config *config)
{
	size_t old = stock->count;
	int r = add_files(stock, config);

	/* What cannot be opened changes nothing. */
	for (size_t i = r < 0 ? old : 0; i < (r < 0 ? stock->count : old);) {
		struct stock_item *item = &stock->items[i];

		if (!item->is_named) {
			i++;
			continue;
		}
		drop_item(item);
		memmove(item, item + 1, (stock->count - i - 1) * sizeof(*item));
		stock->count--;
		old -= r == 0;
	}
	return r;
}

int stock_write_addresses(const struct stock *stock, int dir, const char *name)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int fd = -1;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < stock->count; i++)
		if (stock->items[i].address[0])
			fprintf(out, "%s.%s %s\n",
				plan_rooms[stock->items[i].room].name,
				stock->items[i].word, stock->items[i].address);
	if (fclose(out) != 0)
		return -ENOMEM;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	return file_write_at(fd, text, size, 0);
}
