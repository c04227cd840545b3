/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/jail.h"
#include "finish/render.h"

enum {
	/* Whatever the call: two decoders' tables, windows, a page table. */
	MEMORY_MAX = 512 << 20,
	CPU_BASE_S = 60,
	CPU_UNKNOWN_S = 3600,
	/* A worker that needs a tenth of the call's length is broken. */
	CPU_SHARE = 10,
	WALL_PER_CPU = 20,
	NICE = 10,
};

#define FILE_MAX ((rlim_t)8 << 30)
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int worker_prepare(void)
{
	/*
	 * OpenSSL reads its configuration and its providers at first use;
	 * in the jail that would fail. Ours needs neither file.
	 */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
					OPENSSL_INIT_NO_ATEXIT,
				NULL) != 1)
		return -ENOTSUP;
	uint8_t key[SEAL_KEY_SIZE] = { 0 };
	uint8_t hash[SEAL_HASH_SIZE];
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int works = cipher &&
		    EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key,
				       key) == 1 &&
		    EVP_Digest(key, sizeof(key), hash, NULL, EVP_sha256(),
			       NULL) == 1;

	EVP_CIPHER_CTX_free(cipher);
	return works && sodium_init() >= 0 ? 0 : -ENOTSUP;
}

/* How many seconds of CPU a call may cost. */
static rlim_t cpu_of(const struct worker_order *order)
{
	nanoseconds length = order->call->ended_at - order->call->answered_at;

	if (order->is_recovered || length < 0)
		return CPU_UNKNOWN_S;
	return (rlim_t)(CPU_BASE_S + length / NS_PER_S / CPU_SHARE);
}

static int by_number(const void *a, const void *b)
{
	int left = *(const int *)a;
	int right = *(const int *)b;

	return (left > right) - (left < right);
}

/* Close everything but the segments, the answer and stderr. */
static int keep_only(const struct segments *segments, int end)
{
	static int kept[SEGMENTS_MAX + 1];
	unsigned next = STDERR_FILENO + 1;
	size_t count = 0;

	for (size_t i = 0; i < segments->count; i++)
		kept[count++] = segments->segment[i].fd;
	kept[count++] = end;
	qsort(kept, count, sizeof(kept[0]), by_number);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	for (size_t i = 0; i < count; i++) {
		unsigned fd = (unsigned)kept[i];

		if (fd > next && close_range(next, fd - 1, 0) < 0)
			return -errno;
		next = fd + 1;
	}
	return close_range(next, ~0U, 0) < 0 ? -errno : 0;
}

static int limit_to(int which, rlim_t most)
{
	/* The soft one ends it with a signal that tells which it was. */
	const struct rlimit limit = { most, most + 1 };

	return setrlimit(which, &limit) < 0 ? -errno : 0;
}

static int lock_in(const struct worker_order *order, int end)
{
	static const struct jail jail = { .calls = { NULL } };
	int r = keep_only(order->segments, end);

	/* A sanitizer's shadow of memory is larger than any limit. */
	if (r == 0 && !JAIL_HAS_SANITIZER)
		r = limit_to(RLIMIT_DATA, MEMORY_MAX);
	if (r == 0)
		r = limit_to(RLIMIT_FSIZE, FILE_MAX);
	if (r == 0)
		r = limit_to(RLIMIT_CPU, cpu_of(order));
	if (r == 0)
		r = limit_to(RLIMIT_NPROC, 0);
	/* Nobody would take its answer any more. */
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		r = -errno;
	/* Calls that are going on come first. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	return r < 0 ? r : jail_enter(&jail);
}

static const uint32_t kind_of[RENDER_PARTS] = {
	[RENDER_SOUND] = SEAL_KIND_SOUND,
	[RENDER_PEAKS] = SEAL_KIND_PEAKS,
	[RENDER_TIMELINE] = SEAL_KIND_TIMELINE,
};

static int seal_part(const struct worker_order *order, int part,
		     const struct render *render,
		     struct register_recording *recording,
		     struct letter_fds *fds)
{
	struct seal_object object = {
		.object = id_new(),
		.contact = order->call->contact,
		.kind = kind_of[part],
		.segment = order->call->segment,
	};
	OWNED(drop_fd)
	int out = memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t size = (size_t)render->size[part];
	void *content;
	int r;

	if (out < 0)
		return -errno;
	content = mmap(NULL, size, PROT_READ, MAP_SHARED, render->fd[part], 0);
	if (content == MAP_FAILED)
		return -errno;
	r = seal_write(out, order->set, &order->call->end, order->node_seed,
		       &object, content, size);
	(void)munmap(content, size);
	if (r < 0)
		return r;
	if (fcntl(out, F_ADD_SEALS, ALL_SEALS) < 0)
		return -errno;

	recording->sealed_size[part] = object.sealed_size;
	memcpy(recording->hash[part], object.hash, SEAL_HASH_SIZE);
	recording->object[part] = object.object;
	recording->size[part] = size;
	recording->wrapped[part] = object.wrapped;
	recording->end = object.wrapped.end;
	fds->fd[fds->count++] = GIVE_FD(out);
	return 0;
}

static int make(const struct worker_order *order,
		struct voice_progress *progress,
		struct register_recording *recording, struct letter_fds *fds)
{
	const struct finish_call *call = order->call;
	OWNED(render_drop) struct render render = NO_RENDER;
	struct render_order wish = {
		.call = call->call,
		.segments = order->segments->segment,
		.segment_count = order->segments->count,
		.key = order->key,
		.avoid_track = order->avoid_track,
		.avoid_codec = order->avoid_codec,
		.progress = progress,
	};
	int r;

	if (!order->is_recovered) {
		wish.last = (struct spool_place){ call->last.segment,
						  call->last.block };
		wish.chunk_count = call->chunk_count;
		wish.answered_at = call->answered_at;
		wish.ended_at = call->ended_at;
	}
	r = render_call(&wish, &render);
	if (r < 0 && r != -ENODATA)
		return r;
	recording->flags = render.flags;
	if (order->is_recovered)
		recording->flags |= REGISTER_FLAG_RECOVERED;
	recording->began_at = render.began_at;
	recording->duration_ms = render.duration_ms;
	recording->lost_packets = render.lost_packets;
	if (r == -ENODATA)
		return r;
	for (int i = 0; i < RENDER_PARTS; i++) {
		r = seal_part(order, i, &render, recording, fds);
		if (r < 0)
			return r;
	}
	return recording->flags & REGISTER_FLAG_DAMAGED ? -EBADMSG : 0;
}

static _Noreturn void be_worker(const struct worker_order *order, int end,
				struct voice_progress *progress)
{
	static struct worker_answer answer;
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	int r;

	order->forget(order->self);
	r = lock_in(order, end);
	if (r < 0)
		_exit(EXIT_FAILURE);
	atomic_store(&progress->is_begun, 1);
	answer.head.type = WORKER_ANSWER;
	answer.head.size = sizeof(answer);
	answer.result = make(order, progress, &answer.recording, &fds);
	r = line_post(end, &answer.head, &fds, true);
	_exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int worker_start(const struct worker_order *order, struct worker *ret_worker)
{
	struct voice_progress *progress;
	OWNED(drop_fd) int theirs = -1;
	OWNED(drop_fd) int ours = -1;
	int ends[2];
	pid_t pid;
	int r;

	r = line_open(ends);
	if (r < 0)
		return r;
	ours = ends[0];
	theirs = ends[1];
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		return -errno;
	atomic_store(&progress->track, VOICE_NOBODY);

	pid = fork();
	if (pid == 0)
		be_worker(order, theirs, progress);
	if (pid < 0) {
		r = -errno;
		(void)munmap(progress, sizeof(*progress));
		return r;
	}
	*ret_worker = (struct worker){
		.pid = pid,
		.end = GIVE_FD(ours),
		.until = clock_monotonic() +
			 (nanoseconds)cpu_of(order) * WALL_PER_CPU * NS_PER_S,
		.progress = progress,
	};
	return 0;
}

int worker_take(struct worker *worker, struct worker_answer *ret_answer,
		struct letter_fds *ret_fds)
{
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	int wanted;
	int r = line_take(worker->end, &ret_answer->head, sizeof(*ret_answer),
			  &fds);

	if (r < 0)
		return r;
	if (ret_answer->head.type != WORKER_ANSWER ||
	    ret_answer->head.size != sizeof(*ret_answer))
		return -EBADMSG;
	wanted = ret_answer->result == 0 || ret_answer->result == -EBADMSG
			 ? RENDER_PARTS
			 : 0;
	if (fds.count != wanted)
		return -EBADMSG;
	/* What can still be changed was not made by our worker. */
	for (int i = 0; i < wanted; i++)
		if (fcntl(fds.fd[i], F_GET_SEALS) != ALL_SEALS)
			return -EBADMSG;
	*ret_fds = fds;
	fds = NO_FDS;
	return 0;
}

static int finish_off(struct worker *worker)
{
	int status = 0;

	(void)kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	drop_fd(&worker->end);
	(void)munmap(worker->progress, sizeof(*worker->progress));
	*worker = (struct worker){ .end = -1 };
	return status;
}

enum worker_fate worker_bury(struct worker *worker, uint32_t *ret_track,
			     uint32_t *ret_codec)
{
	struct pollfd gone = { .fd = worker->end, .events = POLLIN };
	bool is_begun = atomic_load(&worker->progress->is_begun);
	bool is_gone = poll(&gone, 1, 0) == 1 && gone.revents & POLLHUP;
	int status;

	*ret_track = atomic_load(&worker->progress->track);
	*ret_codec = atomic_load(&worker->progress->codec);
	status = finish_off(worker);
	/* Gone before our blow: then SIGKILL was the kernel, out of memory. */
	if (!is_begun ||
	    (is_gone && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		return WORKER_UNLUCKY;
	return WORKER_CRASHED;
}

void worker_end(struct worker *worker)
{
	if (worker->pid != 0)
		(void)finish_off(worker);
}
