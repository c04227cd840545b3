/* SPDX-License-Identifier: EUPL-1.2 */
#include "synthetic.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <openssl/evp.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define MUST_BE(condition)                                                     \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				#condition);                                   \
			abort();                                               \
		}                                                              \
	} while (0)

static void put_32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static void put_64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

void syn_segment(struct syn *syn)
{
	uint8_t head[SPOOL_BLOCK_SIZE] = "TALLESPL";
	int index = syn->segments++;

	MUST_BE(index < SYN_SEGMENTS_MAX);
	syn->segment[index].number = (uint32_t)index + 1;
	/* A file with a name: finish takes one without for removed. */
	snprintf(syn->name[index], sizeof(syn->name[index]),
		 "/tmp/synthetic-XXXXXX");
	syn->segment[index].fd = mkostemp(syn->name[index], O_CLOEXEC);
	MUST_BE(syn->segment[index].fd >= 0);
	put_32(head + 8, SPOOL_VERSION);
	put_32(head + 12, syn->segment[index].number);
	put_64(head + 16, (uint64_t)SYN_ZERO);
	MUST_BE(file_write_at(syn->segment[index].fd, head, sizeof(head), 0) ==
		0);
	syn->blocks[index] = 1;
	syn->writing = index;
}

void syn_begin(struct syn *syn)
{
	memset(syn, 0, sizeof(*syn));
	syn_segment(syn);
	(void)syn_call_new(syn);
}

void syn_end(struct syn *syn)
{
	for (int i = 0; i < syn->segments; i++) {
		unlink(syn->name[i]);
		close(syn->segment[i].fd);
	}
}

struct syn_call *syn_call_new(struct syn *syn)
{
	struct syn_call *call = &syn->call[syn->calls++];

	MUST_BE(syn->calls <= SYN_CALLS_MAX);
	call->call = id_new();
	call->contact = id_new();
	for (int i = 0; i < SEAL_KEY_SIZE; i++)
		call->key[i] = (uint8_t)(i * 7 + syn->calls);
	return call;
}

static size_t room_of(const struct syn_call *call)
{
	return SPOOL_CONTENT_SIZE -
	       (call->chunks == 0 ? sizeof(struct spool_first) : 0);
}

static void seal(struct syn_call *call, uint8_t *block, size_t clear)
{
	EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
	uint8_t nonce[12] = { 0 };
	int done = 0;

	put_64(nonce + 4, call->chunks);
	MUST_BE(EVP_EncryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, call->key,
				   nonce) == 1);
	MUST_BE(EVP_EncryptUpdate(gcm, NULL, &done, block, 32) == 1);
	if (clear > 0)
		MUST_BE(EVP_EncryptUpdate(gcm, NULL, &done,
					  block + SPOOL_CONTENT_AT,
					  (int)clear) == 1);
	MUST_BE(EVP_EncryptUpdate(gcm, block + SPOOL_CONTENT_AT + clear, &done,
				  call->content,
				  (int)(SPOOL_CONTENT_SIZE - clear)) == 1);
	MUST_BE(EVP_EncryptFinal_ex(gcm, block, &done) == 1);
	MUST_BE(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_GET_TAG, SPOOL_TAG_SIZE,
				    block + SPOOL_BLOCK_SIZE -
					    SPOOL_TAG_SIZE) == 1);
	EVP_CIPHER_CTX_free(gcm);
}

void syn_flush(struct syn *syn, struct syn_call *call)
{
	uint8_t block[SPOOL_BLOCK_SIZE] = "CHNK";
	struct spool_first first = {
		.wrapped = call->wrapped,
		.contact = call->contact,
		.number = 17,
		.at = SYN_ZERO,
	};
	size_t clear = call->chunks == 0 ? sizeof(first) : 0;
	int index = syn->writing;

	if (call->filled == 0)
		return;
	put_32(block + 4, call->chunks == 0 ? SPOOL_FIRST : SPOOL_LATER);
	memcpy(block + 8, &call->call, 16);
	put_64(block + 24, call->chunks);
	put_32(block + 32, call->last.segment);
	put_32(block + 36, call->last.block);
	if (clear > 0)
		memcpy(block + SPOOL_CONTENT_AT, &first, clear);
	seal(call, block, clear);

	call->last = (struct spool_place){ syn->segment[index].number,
					   syn->blocks[index] };
	MUST_BE(file_write_at(syn->segment[index].fd, block, sizeof(block),
			      (int64_t)syn->blocks[index] * SPOOL_BLOCK_SIZE) ==
		0);
	syn->blocks[index]++;
	call->chunks++;
	call->filled = 0;
	memset(call->content, 0, sizeof(call->content));
}

void syn_record(struct syn *syn, struct syn_call *call, enum spool_record kind,
		int place, nanoseconds at, const void *payload, size_t size)
{
	uint8_t *to;

	if (call->filled > 0 &&
	    (call->filled + SPOOL_RECORD_HEAD + size > room_of(call) ||
	     at - call->oldest > 250 * NS_PER_MS))
		syn_flush(syn, call);
	if (call->filled == 0)
		call->oldest = at;
	MUST_BE(call->filled + SPOOL_RECORD_HEAD + size <= room_of(call));
	to = call->content + call->filled;
	to[0] = (uint8_t)size;
	to[1] = (uint8_t)(size >> 8);
	to[2] = (uint8_t)kind;
	to[3] = (uint8_t)place;
	put_32(to + 4,
	       (uint32_t)((at - SYN_ZERO) * SPOOL_TICKS_PER_S / NS_PER_S));
	memcpy(to + SPOOL_RECORD_HEAD, payload, size);
	call->filled += SPOOL_RECORD_HEAD + size;
}

void syn_stream(struct syn *syn, struct syn_call *call, int place,
		nanoseconds at, enum call_lane lane, uint32_t label,
		const struct call_codec_map *codec,
		enum call_stream_state state)
{
	struct spool_stream stream = {
		.lane = (uint8_t)lane,
		.state = (uint8_t)state,
		.codec_count = codec ? 1 : 0,
		.label = label,
	};

	if (codec)
		stream.codecs[0] = *codec;
	syn_record(syn, call, SPOOL_STREAM, place, at, &stream, sizeof(stream));
}

void syn_rtp(struct syn *syn, struct syn_call *call, int place, nanoseconds at,
	     const struct syn_rtp *head, const void *payload, size_t size)
{
	uint8_t packet[4000] = { 0x80, head->payload_type };
	uint16_t sequence = htobe16(head->sequence);
	uint32_t timestamp = htobe32(head->timestamp);
	uint32_t ssrc = htobe32(head->ssrc);

	MUST_BE(size + 12 <= sizeof(packet));
	memcpy(packet + 2, &sequence, 2);
	memcpy(packet + 4, &timestamp, 4);
	memcpy(packet + 8, &ssrc, 4);
	if (size > 0)
		memcpy(packet + 12, payload, size);
	syn_record(syn, call, SPOOL_RTP, place, at, packet, size + 12);
}

void syn_mark(struct syn *syn, struct syn_call *call, nanoseconds at,
	      enum call_mark kind)
{
	struct spool_mark mark = { at, kind, UINT32_MAX };

	syn_record(syn, call, SPOOL_MARK, 0, at, &mark, sizeof(mark));
}

void syn_close(struct syn *syn, struct syn_call *call, nanoseconds answered_at,
	       nanoseconds ended_at)
{
	struct spool_close close_record = { answered_at, ended_at, CALL_END_BYE,
					    0 };

	call->answered_at = answered_at;
	call->ended_at = ended_at;
	syn_record(syn, call, SPOOL_CLOSE, 0, ended_at, &close_record,
		   sizeof(close_record));
	syn_flush(syn, call);
}

struct render_order syn_order(const struct syn *syn,
			      const struct syn_call *call)
{
	return (struct render_order){
		.call = call->call,
		.segments = syn->segment,
		.segment_count = (size_t)syn->segments,
		.key = call->key,
		.last = call->last,
		.chunk_count = call->chunks,
		.answered_at = call->answered_at,
		.ended_at = call->ended_at,
		.avoid_track = VOICE_NOBODY,
	};
}

int16_t *syn_hear(int fd, size_t *ret_count)
{
	char from[64];
	char to[64];
	char words[][16] = { "opusdec", "--quiet", "--rate", "48000",
			     "--no-dither" };
	char *argv[] = { words[0], words[1], words[2], words[3],
			 words[4], from,     to,       NULL };
	char *env[] = { NULL };
	OWNED(drop_fd) int out = -1;
	char *bytes;
	size_t size;
	pid_t pid;
	int status;

	snprintf(from, sizeof(from), "/proc/%d/fd/%d", (int)getpid(), fd);
	snprintf(to, sizeof(to), "/tmp/syn-%d.raw", (int)getpid());
	MUST_BE(posix_spawnp(&pid, "opusdec", NULL, NULL, argv, env) == 0);
	MUST_BE(waitpid(pid, &status, 0) == pid && status == 0);
	out = open(to, O_RDONLY | O_CLOEXEC);
	unlink(to);
	MUST_BE(out >= 0);
	MUST_BE(file_read(out, (size_t)1 << 30, &bytes, &size) == 0);
	*ret_count = size / 4;
	return (int16_t *)(void *)bytes;
}

double syn_tone_db(const int16_t *sound, size_t from, size_t count, int lane,
		   double hz)
{
	double turn = 2 * M_PI * hz / 48000;
	double re = 0;
	double im = 0;

	for (size_t i = 0; i < count; i++) {
		double window = 1 - cos(2 * M_PI * (double)i / (double)count);
		double sample = sound[2 * (from + i) + (size_t)lane] / 32768.0;

		re += window * sample * cos(turn * (double)i);
		im += window * sample * sin(turn * (double)i);
	}
	return 20 * log10(2 * hypot(re, im) / (double)count + 1e-9);
}

double syn_level_db(const int16_t *sound, size_t from, size_t count, int lane)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		double sample = sound[2 * (from + i) + (size_t)lane] / 32768.0;

		sum += sample * sample;
	}
	return 10 * log10(2 * sum / (double)count + 1e-12);
}

uint32_t syn_dice(uint32_t faces)
{
	static uint64_t state = 1;

	/* Knuth's linear congruential generator (MMIX). */
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)((state >> 33) % faces);
}

uint8_t syn_alaw(int16_t sample)
{
	int value = sample;
	int mask = 0xd5;
	int segment = 0;

	value >>= 3;
	if (value < 0) {
		mask = 0x55;
		value = -value - 1;
	}
	while (segment < 8 && value > (0x20 << segment) - 1)
		segment++;
	if (segment > 7)
		return (uint8_t)(0x7f ^ mask);
	return (uint8_t)((segment << 4 |
			  (segment < 2 ? value >> 1 & 15
				       : value >> segment & 15)) ^
			 mask);
}
