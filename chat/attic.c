/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/attic.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"

/* The memory. Another version's is not looked at: the vault is asked. */
struct shelf {
	uint32_t magic;
	uint32_t size;
	struct {
		struct id file;
		uint8_t key[SEAL_KEY_SIZE];
	} place[ATTIC_KEYS_MAX];
};

enum { SHELF_MAGIC = 0x31544143 };

struct attic {
	struct shelf *shelf;
};

int attic_open(int fd, struct attic **ret_attic)
{
	struct attic *attic = calloc(1, sizeof(*attic));
	struct shelf *shelf;
	int r;

	if (!attic)
		return -ENOMEM;
	shelf = ftruncate(fd, sizeof(*shelf)) < 0
			? MAP_FAILED
			: mmap(NULL, sizeof(*shelf), PROT_READ | PROT_WRITE,
			       MAP_SHARED, fd, 0);
	if (shelf == MAP_FAILED) {
		r = -errno;
		free(attic);
		return r;
	}
	if (shelf->magic != SHELF_MAGIC || shelf->size != sizeof(*shelf)) {
		sodium_memzero(shelf, sizeof(*shelf));
		shelf->magic = SHELF_MAGIC;
		shelf->size = sizeof(*shelf);
	}
	(void)sodium_mlock(shelf, sizeof(*shelf));
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

void attic_keep(struct attic *attic, uint32_t place, const struct id *file,
		const uint8_t key[SEAL_KEY_SIZE])
{
	assert(place < ATTIC_KEYS_MAX);
	attic->shelf->place[place].file = *file;
	memcpy(attic->shelf->place[place].key, key, SEAL_KEY_SIZE);
}

void attic_wipe(struct attic *attic, uint32_t place)
{
	assert(place < ATTIC_KEYS_MAX);
	sodium_memzero(&attic->shelf->place[place],
		       sizeof(attic->shelf->place[place]));
}

bool attic_find(const struct attic *attic, const struct id *file,
		uint8_t ret_key[SEAL_KEY_SIZE])
{
	for (size_t i = 0; i < ATTIC_KEYS_MAX; i++) {
		if (!id_is(&attic->shelf->place[i].file, file))
			continue;
		memcpy(ret_key, attic->shelf->place[i].key, SEAL_KEY_SIZE);
		return true;
	}
	return false;
}
