/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/give.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/log.h"
#include "house/ports.h"
#include "house/sockets.h"

enum {
	ITEMS_MAX = 64,
	EACH_PORTS_MAX = 2000,
	SEED_SIZE = 32,
	PATH_SIZE = 1024,
	NOBODY = -1, /* kept open, handed to no room */
};

/* Something opened once and handed to one room (or process) as a word. */
struct item {
	int room;
	int index; /* of the process, -1: all of the room */
	const char *word;
	uint64_t number;
	int fd;
	bool is_named; /* by the configuration: opened anew on reload */
	char address[SOCKETS_ADDRESS_SIZE]; /* if it is a socket */
};

struct give {
	const struct config *config;
	struct settings *house;
	int state, run, spool, ui;
	int policy, keys; /* keys: -1 until the vault made them */
	uid_t users[HOUSE_ROOMS];
	struct item *items;
	size_t count, room_for;
};

static int add(struct give *give, int room, int index, const char *word,
	       uint64_t number, int fd)
{
	if (give->count == give->room_for) {
		size_t size = give->room_for ? give->room_for * 2 : ITEMS_MAX;
		struct item *items =
			realloc(give->items, size * sizeof(*items));

		if (!items)
			return -ENOMEM;
		give->items = items;
		give->room_for = size;
	}
	give->items[give->count++] = (struct item){
		.room = room,
		.index = index,
		.word = word,
		.number = number,
		.fd = fd,
	};
	return 0;
}

/* Open a directory beneath another, making it if it is not there. */
static int open_dir(int parent, const char *name, mode_t mode)
{
	int fd;

	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_place(const struct give *give, const char *key)
{
	const char *path = setting(give->house, "%s", key);
	int fd = open_dir(AT_FDCWD, path ? path : "", 0711);

	if (fd < 0)
		log_error("start", "cannot use the directory of house.%s: %s",
			  key, strerror(-fd));
	return fd;
}

/* A room's own directory, which nobody else may enter. */
static int add_state(struct give *give, struct keep *keep, int room)
{
	OWNED(drop_fd) int fd = -1;
	uid_t user = keep_user(keep, room);
	int r = open_dir(give->state, plan_rooms[room].name, 0700);

	if (r < 0)
		return r;
	fd = r;
	if (user != (uid_t)-1 && fchown(fd, user, user) < 0)
		return -errno;
	return add(give, room, -1, "state", 0, GIVE_FD(fd));
}

/* The seed by which this node signs; made once. */
static int open_seed(const struct give *give)
{
	OWNED(drop_fd)
	int fd = openat(give->state, "node.seed", O_RDWR | O_CREAT | O_CLOEXEC,
			0600);
	uint8_t seed[SEED_SIZE];
	int r;

	if (fd < 0)
		return -errno;
	r = file_read_at(fd, seed, sizeof(seed), 0);
	if (r == -ENODATA) {
		if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
			return -EIO;
		r = file_write_at(fd, seed, sizeof(seed), 0);
		if (r == 0 && (fsync(fd) < 0 || fsync(give->state) < 0))
			r = -errno;
	}
	explicit_bzero(seed, sizeof(seed));
	return r < 0 ? r : GIVE_FD(fd);
}

static int add_listeners(struct give *give, int room, const char *key,
			 const char *word, int type)
{
	struct settings *settings;
	int r = config_settings_of(give->config, plan_rooms[room].name,
				   &settings);

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
			r = add(give, room, -1, word, (uint64_t)i, fd);
		if (r == 0)
			memcpy(give->items[give->count - 1].address, bound,
			       sizeof(bound));
	}
	settings_free(settings);
	return r;
}

/* Files named in the configuration: "tls.chain" arrives as "tls-chain". */
static int add_files(struct give *give, const struct config *config)
{
	int r = 0;

	for (const struct config_setting *s = config_settings;
	     r == 0 && s->section; s++) {
		struct settings *settings = NULL;
		int room = plan_room_find(s->section);
		const char *path;

		if (s->kind != CONFIG_FILE || room < 0)
			continue;
		r = config_settings_of(config, s->section, &settings);
		if (r < 0)
			return r;
		path = setting(settings, "%s", s->key);
		if (path) {
			int fd = open(path, O_RDONLY | O_CLOEXEC);
			char *word = strdup(s->key);

			if (fd < 0 || !word) {
				r = fd < 0 ? -errno : -ENOMEM;
				log_error("start", "%s.%s: cannot open: %s",
					  s->section, s->key, strerror(-r));
			} else {
				for (char *c = word; *c; c++)
					*c = *c == '.' ? '-' : *c;
				r = add(give, room, -1, word, 0, fd);
				if (r == 0)
					give->items[give->count - 1].is_named =
						true;
			}
		}
		settings_free(settings);
	}
	return r;
}

/* The ports of one media process: one socket for all, or one for each. */
static int add_ports(struct give *give, int index, uint16_t first, int count)
{
	const char *address = setting(give->house, "rtp.address");
	bool wants_one = setting_is(give->house, true, "rtp.one_socket");
	int r = -ENOSYS, fd, link, fds[EACH_PORTS_MAX];

	if (wants_one)
		r = ports_open_range(address, first, (uint16_t)count, &fd,
				     &link);
	if (r == 0)
		r = add(give, NOBODY, -1, "", 0, link);
	if (r == 0)
		return add(give, HOUSE_ROOM_media, index, "rtp",
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
		r = add(give, HOUSE_ROOM_media, index, "rtp",
			(uint64_t)(first + i) << 32 | 1, fds[i]);
	return r;
}

static int add_all_ports(struct give *give, int media_count)
{
	int64_t first = setting_number(give->house, 10000, "rtp.first_port");
	int64_t count = setting_number(give->house, 20000, "rtp.port_count");
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
		r = add_ports(give, i, (uint16_t)(first + i * each), (int)each);
	return r;
}

static int add_journal(struct give *give)
{
	OWNED(drop_fd) int dir = -1;
	int fd, r = open_dir(give->state, "siprec", 0700);

	if (r < 0)
		return r;
	dir = r;
	fd = openat(dir, "journal", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
		    0600);
	if (fd < 0 || fsync(dir) < 0)
		return -errno;
	return add(give, HOUSE_ROOM_siprec, -1, "journal", 0, fd);
}

static int add_memory(struct give *give, int room, const char *word)
{
	int fd = memfd_create(word, MFD_CLOEXEC);

	return fd < 0 ? -errno : add(give, room, -1, word, 0, fd);
}

static int add_doors(struct give *give, int run)
{
	static const int rooms[] = { HOUSE_ROOM_register, HOUSE_ROOM_vault };
	OWNED(drop_fd) int doors = -1;
	int r = open_dir(run, "doors", 0700), fd;

	if (r < 0)
		return r;
	doors = r;
	r = 0;
	for (size_t i = 0; r == 0 && i < COUNT(rooms); i++) {
		r = sockets_open_door(doors, plan_rooms[rooms[i]].name, &fd);
		if (r == 0)
			r = add(give, rooms[i], -1, "door", 0, fd);
	}
	return r;
}

/* Where the pages' styles and scripts lie: beside us, or installed. */
static int open_ui(void)
{
	static const char *const places[] = { "ui", "../ui",
					      "../../share/tallenne/ui",
					      TALLENNE_UI_DIR };
	char self[PATH_SIZE], path[PATH_SIZE + 64];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int fd = -1;

	if (size < 0)
		return -errno;
	self[size] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; fd < 0 && i < COUNT(places); i++) {
		if (places[i][0] == '/')
			snprintf(path, sizeof(path), "%s", places[i]);
		else
			snprintf(path, sizeof(path), "%s/%s", self, places[i]);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

static int open_all(struct give *give, struct keep *keep, int media_count)
{
	int r = add_state(give, keep, HOUSE_ROOM_vault);

	if (r == 0)
		r = add_state(give, keep, HOUSE_ROOM_register);
	if (r == 0)
		r = add_journal(give);
	if (r == 0)
		r = add_memory(give, HOUSE_ROOM_siprec, "attic");
	if (r == 0) {
		int seed = open_seed(give);

		r = seed < 0
			    ? seed
			    : add(give, HOUSE_ROOM_finish, -1, "node", 0, seed);
	}
	if (r == 0)
		r = add_listeners(give, HOUSE_ROOM_siprec, "listen.udp", "udp",
				  SOCK_DGRAM);
	if (r == 0)
		r = add_listeners(give, HOUSE_ROOM_siprec, "listen.tcp", "tcp",
				  SOCK_STREAM);
	if (r == 0)
		r = add_listeners(give, HOUSE_ROOM_siprec, "listen.tls", "tls",
				  SOCK_STREAM);
	if (r == 0)
		r = add_listeners(give, HOUSE_ROOM_desk, "listen", "web",
				  SOCK_STREAM);
	if (r == 0)
		r = add_all_ports(give, media_count);
	if (r == 0)
		r = add_doors(give, give->run);
	if (r == 0)
		r = add_files(give, give->config);
	return r;
}

static int open_places(struct give *give)
{
	const char *spool = setting(give->house, "spool");
	int r = open_place(give, "state");

	if (r < 0)
		return r;
	give->state = r;
	r = open_place(give, "run");
	if (r < 0)
		return r;
	give->run = r;
	r = spool && spool[0] ? open_place(give, "spool")
			      : open_dir(give->state, "spool", 0700);
	if (r < 0)
		return r;
	give->spool = r;
	r = open_ui();
	if (r < 0) {
		log_error("start", "the pages' styles and scripts are missing");
		return r;
	}
	give->ui = r;
	return 0;
}

int give_new(const struct config *config, int policy, int media_count,
	     struct keep *keep, struct give **ret_give)
{
	struct give *give = calloc(1, sizeof(*give));
	int r;

	if (!give) {
		(void)close(policy);
		return -ENOMEM;
	}
	give->config = config;
	give->policy = policy;
	give->keys = give->state = give->run = give->spool = give->ui = -1;
	r = config_settings_of(config, "house", &give->house);
	if (r == 0)
		r = open_places(give);
	if (r == 0)
		r = open_all(give, keep, media_count);
	if (r < 0) {
		give_free(give);
		return r;
	}
	*ret_give = give;
	return 0;
}

void give_free(struct give *give)
{
	if (!give)
		return;
	for (size_t i = 0; i < give->count; i++)
		drop_fd(&give->items[i].fd);
	free(give->items);
	settings_free(give->house);
	drop_fd(&give->state);
	drop_fd(&give->run);
	drop_fd(&give->spool);
	drop_fd(&give->ui);
	drop_fd(&give->policy);
	drop_fd(&give->keys);
	free(give);
}

static bool needs_policy(int room)
{
	return room == HOUSE_ROOM_siprec || room == HOUSE_ROOM_register ||
	       room == HOUSE_ROOM_desk;
}

static bool needs_keys(int room)
{
	return room == HOUSE_ROOM_siprec || room == HOUSE_ROOM_media ||
	       room == HOUSE_ROOM_finish;
}

static int give_settings(const struct give *give, struct keep_process *process)
{
	const char *text =
		config_section(give->config, plan_rooms[process->room].name);
	OWNED(drop_fd) int fd = file_of("settings", text, strlen(text));

	if (fd < 0)
		return fd;
	keep_give(process, "settings", 0, fd);
	return 0;
}

static void show_counters(void *desk, struct keep_process *process)
{
	OWNED(drop_fd) int fd = -1;
	char path[64];

	/* Read-only: what the desk shows it must not be able to change. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", process->counters);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		keep_give(desk, "counters-of",
			  (uint64_t)process->room << 16 |
				  (uint64_t)process->index,
			  fd);
}

int give_furnish(struct give *give, struct keep *keep,
		 struct keep_process *process)
{
	int r = give_settings(give, process);

	if (r < 0)
		return r;
	if (needs_policy(process->room))
		keep_give(process, "policy", 0, give->policy);
	if (needs_keys(process->room) && give->keys >= 0)
		keep_give(process, "keys", 0, give->keys);
	for (size_t i = 0; i < give->count; i++) {
		const struct item *item = &give->items[i];

		if (item->room == process->room &&
		    (item->index < 0 || item->index == process->index))
			keep_give(process, item->word, item->number, item->fd);
	}
	if (process->room == HOUSE_ROOM_desk) {
		keep_give(process, "ui", 0, give->ui);
		keep_each(keep, show_counters, process);
	}
	return 0;
}

void give_keys(struct give *give, struct keep *keep, int fd)
{
	drop_fd(&give->keys);
	give->keys = fd;
	for (int room = 0; room < HOUSE_ROOMS; room++)
		if (needs_keys(room))
			keep_give_room(keep, room, "keys", 0, fd);
}

/* Certificates are renewed under the same name: open them again. */
static int reopen_files(struct give *give, const struct config *config)
{
	size_t old = give->count;
	int r = add_files(give, config);

	/* What cannot be opened changes nothing. */
	for (size_t i = r < 0 ? old : 0; i < (r < 0 ? give->count : old);) {
		struct item *item = &give->items[i];

		if (!item->is_named) {
			i++;
			continue;
		}
		drop_fd(&item->fd);
		free((char *)(uintptr_t)item->word);
		memmove(item, item + 1, (give->count - i - 1) * sizeof(*item));
		give->count--;
		old -= r == 0;
	}
	return r;
}

static void give_files(struct give *give, struct keep_process *process)
{
	for (size_t i = 0; i < give->count; i++)
		if (give->items[i].is_named &&
		    give->items[i].room == process->room)
			keep_give(process, give->items[i].word,
				  give->items[i].number, give->items[i].fd);
}

struct reload {
	struct give *give;
	int failed;
};

static void give_anew(void *self, struct keep_process *process)
{
	struct reload *reload = self;
	int r;

	if (process->control < 0)
		return;
	if (needs_policy(process->room))
		keep_give(process, "policy", 0, reload->give->policy);
	/* The passphrase is asked for once; the vault has no use for it now. */
	if (process->room != HOUSE_ROOM_vault)
		give_files(reload->give, process);
	r = give_settings(reload->give, process);
	if (r < 0)
		reload->failed = r;
}

int give_reload(struct give *give, struct keep *keep,
		const struct config *config, int policy)
{
	struct reload reload = { .give = give };
	int r = reopen_files(give, config);

	give->config = config;
	drop_fd(&give->policy);
	give->policy = policy;
	keep_each(keep, give_anew, &reload);
	return r < 0 ? r : reload.failed;
}

int give_write_addresses(const struct give *give)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int fd = -1;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < give->count; i++)
		if (give->items[i].address[0])
			fprintf(out, "%s.%s %s\n",
				plan_rooms[give->items[i].room].name,
				give->items[i].word, give->items[i].address);
	if (fclose(out) != 0)
		return -ENOMEM;
	fd = openat(give->run, "addresses",
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	return file_write_at(fd, text, size, 0);
}

int give_spool_dir(const struct give *give)
{
	int fd = fcntl(give->spool, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}
