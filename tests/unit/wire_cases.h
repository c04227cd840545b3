/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file wire_cases.h
 * What a client of a WebSocket may send, and what an echoing server must
 * answer to the byte: the groups of cases that RFC 6455 asks for. Used on
 * the parser alone and on a real server.
 */
#ifndef TALLENNE_TESTS_WIRE_CASES_H
#define TALLENNE_TESTS_WIRE_CASES_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

enum { WIRE_CASES_MAX = 1200 };

struct wire {
	uint8_t *bytes;
	size_t size;
};

struct wire_case {
	char name[80];
	struct wire said;  /* by the client */
	struct wire heard; /* from the server */
	bool is_over;	   /* the server ends the connection */
};

struct wire_cases {
	struct wire_case at[WIRE_CASES_MAX];
	size_t count;
};

/* Heads that say more than a frame's own needs. */
enum wire_head { SHORTEST, BY_16, BY_64, UNMASKED };

static inline void wire_add(struct wire *wire, const void *bytes, size_t size)
{
	if (size == 0)
		return;
	wire->bytes = realloc(wire->bytes, wire->size + size);
	assert(wire->bytes);
	memcpy(wire->bytes + wire->size, bytes, size);
	wire->size += size;
}

static inline void wire_byte(struct wire *wire, unsigned int byte)
{
	uint8_t one = (uint8_t)byte;

	wire_add(wire, &one, 1);
}

static inline void wire_number(struct wire *wire, uint64_t number, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		wire_byte(wire, (unsigned int)(number >> (8 * i)) & 0xff);
}

static inline struct wire_case *wire_case(struct wire_cases *cases,
					  const char *format, ...) FORMAT(2, 3);

static inline struct wire_case *wire_case(struct wire_cases *cases,
					  const char *format, ...)
{
	struct wire_case *each = &cases->at[cases->count++];
	va_list list;

	assert(cases->count <= WIRE_CASES_MAX);
	va_start(list, format);
	(void)vsnprintf(each->name, sizeof(each->name), format, list);
	va_end(list);
	return each;
}

static inline void wire_head(struct wire *wire, unsigned int first,
			     uint64_t size, enum wire_head head)
{
	unsigned int masked = head == UNMASKED ? 0 : 0x80;

	wire_byte(wire, first);
	if (head == BY_64 || (head != BY_16 && size > UINT16_MAX)) {
		wire_byte(wire, masked | 127);
		wire_number(wire, size, 8);
	} else if (head == BY_16 || size > 125) {
		wire_byte(wire, masked | 126);
		wire_number(wire, size, 2);
	} else {
		wire_byte(wire, masked | (unsigned int)size);
	}
}

static inline void wire_says_by(struct wire_case *of, unsigned int first,
				const void *payload, size_t size,
				enum wire_head head)
{
	const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
	const uint8_t *bytes = payload;

	wire_head(&of->said, first, size, head);
	if (head != UNMASKED)
		wire_add(&of->said, mask, 4);
	for (size_t i = 0; i < size; i++)
		wire_byte(&of->said,
			  head == UNMASKED ? bytes[i] : bytes[i] ^ mask[i % 4]);
}

static inline void wire_says(struct wire_case *of, unsigned int first,
			     const void *payload, size_t size)
{
	wire_says_by(of, first, payload, size, SHORTEST);
}

static inline void wire_hears(struct wire_case *of, unsigned int first,
			      const void *payload, size_t size)
{
	wire_head(&of->heard, first, size, UNMASKED);
	wire_add(&of->heard, payload, size);
}

static inline void wire_hears_close(struct wire_case *of, unsigned int code)
{
	wire_head(&of->heard, 0x88, 2, UNMASKED);
	wire_number(&of->heard, code, 2);
	of->is_over = true;
}

/* After it the client closes in good order, so that all is heard. */
static inline void wire_is_well(struct wire_case *of)
{
	wire_says(of, 0x88, "\x03\xe8", 2);
	wire_hears_close(of, 1000);
}

static inline void wire_framing(struct wire_cases *cases)
{
	static const size_t sizes[] = { 0,    1,    2,	   3,	 4,
					5,    124,  125,   126,	 127,
					128,  255,  256,   1000, 4095,
					4096, 4097, 16383, 16384 };
	static uint8_t much[70000];
	struct wire_case *of;

	memset(much, '*', sizeof(much));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		of = wire_case(cases, "1.1 text of %zu", sizes[i]);
		wire_says(of, 0x81, much, sizes[i]);
		wire_hears(of, 0x81, much, sizes[i]);
		wire_is_well(of);
	}
	for (size_t size = 16385; size < 70000; size = size * 2 - 1) {
		of = wire_case(cases, "1.1 text of %zu", size);
		wire_says(of, 0x81, much, size);
		wire_hears_close(of, 1009);
	}
	for (size_t i = 0; i < COUNT(sizes); i++) {
		of = wire_case(cases, "1.2 binary of %zu", sizes[i]);
		wire_says(of, 0x82, much, sizes[i]);
		wire_hears_close(of, 1003);
	}
	of = wire_case(cases, "1.3 two texts in one go");
	wire_says(of, 0x81, "one", 3);
	wire_says(of, 0x81, "two", 3);
	wire_hears(of, 0x81, "one", 3);
	wire_hears(of, 0x81, "two", 3);
	wire_is_well(of);
	of = wire_case(cases, "1.4 masked with zero");
	wire_add(&of->said, "\x81\x83\0\0\0\0abc", 9);
	wire_hears(of, 0x81, "abc", 3);
	wire_is_well(of);
	for (size_t size = 0; size < 126; size += 25) {
		of = wire_case(cases, "1.5 16 bits for %zu", size);
		wire_says_by(of, 0x81, much, size, BY_16);
		wire_hears_close(of, 1002);
		of = wire_case(cases, "1.5 64 bits for %zu", size);
		wire_says_by(of, 0x81, much, size, BY_64);
		wire_hears_close(of, 1002);
	}
	of = wire_case(cases, "1.5 64 bits for 65535");
	wire_says_by(of, 0x81, much, 65535, BY_64);
	wire_hears_close(of, 1002);
	of = wire_case(cases, "1.5 64 bits for 65536");
	wire_says_by(of, 0x81, much, 65536, BY_64);
	wire_hears_close(of, 1009);
	for (int bit = 17; bit < 64; bit += 2) {
		of = wire_case(cases, "1.6 a length of 2 to %d", bit);
		wire_byte(&of->said, 0x81);
		wire_byte(&of->said, 0xff);
		wire_number(&of->said, 1ull << bit, 8);
		wire_hears_close(of, bit == 63 ? 1002 : 1009);
	}
	for (unsigned int first = 0x80; first <= 0x8a; first++) {
		of = wire_case(cases, "1.7 unmasked %02x", first);
		wire_says_by(of, first, much, 4, UNMASKED);
		wire_hears_close(of, first == 0x82 ? 1003 : 1002);
	}
}

static inline void wire_pings(struct wire_cases *cases)
{
	uint8_t much[200];
	struct wire_case *of;

	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = (uint8_t)(0xff - i);
	for (size_t size = 0; size <= 125; size++) {
		of = wire_case(cases, "2.1 ping of %zu", size);
		wire_says(of, 0x89, much, size);
		wire_hears(of, 0x8a, much, size);
		wire_is_well(of);
	}
	for (size_t size = 126; size <= 200; size += 37)
		for (unsigned int first = 0x88; first <= 0x8a; first++) {
			of = wire_case(cases, "2.2 %02x of %zu", first, size);
			wire_says(of, first, much, size);
			wire_hears_close(of, 1002);
		}
	for (size_t size = 0; size <= 125; size += 25) {
		of = wire_case(cases, "2.3 unasked pong of %zu", size);
		wire_says(of, 0x8a, much, size);
		wire_says(of, 0x89, "x", 1);
		wire_hears(of, 0x8a, "x", 1);
		wire_is_well(of);
	}
	of = wire_case(cases, "2.4 ten pings in one go");
	for (uint8_t i = 0; i < 10; i++) {
		wire_says(of, 0x89, &i, 1);
		wire_hears(of, 0x8a, &i, 1);
	}
	wire_is_well(of);
	of = wire_case(cases, "2.5 64 pings, and one too many");
	for (uint8_t i = 0; i < 65; i++) {
		wire_says(of, 0x89, &i, 1);
		if (i < 64)
			wire_hears(of, 0x8a, &i, 1);
	}
	wire_head(&of->heard, 0x88, 16, UNMASKED);
	wire_number(&of->heard, 1008, 2);
	wire_add(&of->heard, "too many pings", 14);
	of->is_over = true;
	for (unsigned int first = 0x08; first <= 0x0a; first++) {
		of = wire_case(cases, "2.6 fragment of %02x", first);
		wire_says(of, first, "ab", 2);
		wire_hears_close(of, 1002);
	}
}

/* Reserved bits and opcodes: after a whole message, which is answered. */
static inline void wire_reserved(struct wire_cases *cases)
{
	static const unsigned int opcodes[] = { 0x0, 0x1, 0x2, 0x8, 0x9, 0xa };
	struct wire_case *of;

	for (unsigned int bits = 0x10; bits <= 0x70; bits += 0x10)
		for (size_t i = 0; i < COUNT(opcodes); i++)
			for (unsigned int fin = 0; fin <= 0x80; fin += 0x80) {
				of = wire_case(cases, "3.1 first byte %02x",
					       fin | bits | opcodes[i]);
				wire_says(of, 0x81, "good", 4);
				wire_hears(of, 0x81, "good", 4);
				wire_says(of, fin | bits | opcodes[i], "bad",
					  3);
				wire_hears_close(of, 1002);
			}
	for (unsigned int opcode = 0x3; opcode <= 0xf; opcode++) {
		if (opcode >= 0x8 && opcode <= 0xa)
			continue;
		for (unsigned int size = 0; size <= 3; size += 3) {
			of = wire_case(cases, "4.1 opcode %x with %u", opcode,
				       size);
			wire_says(of, 0x81, "good", 4);
			wire_hears(of, 0x81, "good", 4);
			wire_says(of, 0x80 | opcode, "bad", size);
			wire_says(of, 0x89, "", 0);
			wire_hears_close(of, 1002);
		}
	}
}

static inline void wire_fragments(struct wire_cases *cases)
{
	struct wire_case *of;

	of = wire_case(cases, "5.1 two fragments");
	wire_says(of, 0x01, "mo", 2);
	wire_says(of, 0x80, "i", 1);
	wire_hears(of, 0x81, "moi", 3);
	wire_is_well(of);
	of = wire_case(cases, "5.2 empty fragments");
	wire_says(of, 0x01, "", 0);
	wire_says(of, 0x00, "", 0);
	wire_says(of, 0x80, "", 0);
	wire_hears(of, 0x81, "", 0);
	wire_is_well(of);
	of = wire_case(cases, "5.3 pings between fragments");
	wire_says(of, 0x01, "a", 1);
	wire_says(of, 0x89, "1", 1);
	wire_says(of, 0x00, "b", 1);
	wire_says(of, 0x89, "2", 1);
	wire_says(of, 0x8a, "3", 1);
	wire_says(of, 0x80, "c", 1);
	wire_hears(of, 0x8a, "1", 1);
	wire_hears(of, 0x8a, "2", 1);
	wire_hears(of, 0x81, "abc", 3);
	wire_is_well(of);
	of = wire_case(cases, "5.4 close between fragments");
	wire_says(of, 0x01, "a", 1);
	wire_is_well(of);
	for (unsigned int fin = 0; fin <= 0x80; fin += 0x80) {
		of = wire_case(cases, "5.5 nothing to go on with, %02x", fin);
		wire_says(of, fin, "a", 1);
		wire_hears_close(of, 1002);
		of = wire_case(cases, "5.6 after a whole one, %02x", fin);
		wire_says(of, 0x81, "a", 1);
		wire_hears(of, 0x81, "a", 1);
		wire_says(of, fin, "b", 1);
		wire_hears_close(of, 1002);
		for (unsigned int opcode = 1; opcode <= 2; opcode++) {
			of = wire_case(cases, "5.7 %02x within a message",
				       fin | opcode);
			wire_says(of, 0x01, "a", 1);
			wire_says(of, fin | opcode, "b", 1);
			wire_hears_close(of, 1002);
		}
	}
	of = wire_case(cases, "5.8 a binary one in fragments");
	wire_says(of, 0x02, "a", 1);
	wire_hears_close(of, 1003);
	for (unsigned int count = 63; count <= 65; count++) {
		of = wire_case(cases, "5.9 %u fragments", count);
		for (unsigned int i = 0; i < count; i++)
			wire_says(of, (i == 0) | (i == count - 1 ? 0x80u : 0u),
				  "x", 1);
		if (count > 64) {
			wire_hears_close(of, 1008);
			continue;
		}
		wire_head(&of->heard, 0x81, count, UNMASKED);
		for (unsigned int i = 0; i < count; i++)
			wire_byte(&of->heard, 'x');
		wire_is_well(of);
	}
	for (size_t more = 0; more <= 1; more++) {
		static uint8_t much[16384];

		memset(much, 'm', sizeof(much));
		of = wire_case(cases, "5.10 fragments of %zu in all",
			       sizeof(much) + more);
		wire_says(of, 0x01, much, 9000);
		wire_says(of, 0x80, much, sizeof(much) - 9000 + more);
		if (more) {
			wire_hears_close(of, 1009);
		} else {
			wire_hears(of, 0x81, much, sizeof(much));
			wire_is_well(of);
		}
	}
}

/* Whether some letter begins with these bytes: by arithmetic, not by rows
   of a table. */
static inline bool wire_letter(const uint8_t *at, size_t have, size_t *ret_size)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size = at[0] < 0x80	   ? 1
		      : (at[0] >> 5) == 6  ? 2
		      : (at[0] >> 4) == 14 ? 3
		      : (at[0] >> 3) == 30 ? 4
					   : 0;
	uint32_t low = size ? at[0] & (0xff >> (size > 1 ? size + 1 : 0)) : 0;
	uint32_t high = low;

	*ret_size = size;
	for (size_t i = 1; i < size; i++) {
		if (i < have && (at[i] & 0xc0) != 0x80)
			return false;
		low = low << 6 | (i < have ? at[i] & 0x3f : 0);
		high = high << 6 | (i < have ? at[i] & 0x3f : 0x3f);
	}
	return size && high >= least[size] && low <= 0x10ffff &&
	       !(low >= 0xd800 && high <= 0xdfff);
}

/* Whether a text may begin so; ret_is_whole: and end there. */
static inline bool wire_may_begin(const char *text, size_t size,
				  bool *ret_is_whole)
{
	size_t at = 0, letter = 0;

	while (at < size) {
		if (!wire_letter((const uint8_t *)text + at, size - at,
				 &letter))
			return false;
		at += letter;
	}
	*ret_is_whole = at == size;
	return true;
}

/* A text whole, and cut in two by a ping. */
static inline void wire_text(struct wire_cases *cases, size_t number,
			     const char *text, size_t size, bool is_good)
{
	for (size_t cut = 0; cut <= size; cut += size > 6 ? size / 3 : 1) {
		struct wire_case *of =
			wire_case(cases, "6 %s text %zu, cut at %zu",
				  is_good ? "good" : "bad", number, cut);
		bool is_whole;

		if (cut == 0) {
			wire_says(of, 0x81, text, size);
		} else {
			wire_says(of, 0x01, text, cut);
			wire_says(of, 0x89, "", 0);
			wire_says(of, 0x80, text + cut, size - cut);
		}
		if (cut > 0 && wire_may_begin(text, cut, &is_whole))
			wire_hears(of, 0x8a, "", 0);
		if (is_good) {
			wire_hears(of, 0x81, text, size);
			wire_is_well(of);
		} else {
			wire_hears_close(of, 1007);
		}
	}
}

#define GOOD(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1, true                                   \
	}
#define BAD(text)                                                              \
	{                                                                      \
		text, sizeof(text) - 1, false                                  \
	}

static const struct {
	const char *text;
	size_t size;
	bool is_good;
} wire_texts[] = {
	GOOD("Hyv\xc3\xa4\xc3\xa4 p\xc3\xa4iv\xc3\xa4\xc3\xa4"),
	GOOD("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"),
	GOOD("\x00"),
	GOOD("\x7f"),
	GOOD("\xc2\x80"),
	GOOD("\xdf\xbf"),
	GOOD("\xe0\xa0\x80"),
	GOOD("\xed\x9f\xbf"),
	GOOD("\xee\x80\x80"),
	GOOD("\xef\xbf\xbd"),
	GOOD("\xef\xbf\xbe"),
	GOOD("\xef\xbf\xbf"),
	GOOD("\xf0\x90\x80\x80"),
	GOOD("\xf0\x9f\x98\x80"),
	GOOD("\xf4\x8f\xbf\xbd"),
	GOOD("\xf4\x8f\xbf\xbf"),
	GOOD("a\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xa7z"),
	BAD("\x80"),
	BAD("\xbf"),
	BAD("\x80\xbf\x80\xbf"),
	BAD("\xc3"),
	BAD("\xc3 "),
	BAD("\xe2\x82"),
	BAD("\xe2\x82 "),
	BAD("\xf0\x9f\x98"),
	BAD("\xf0\x9f\x98 "),
	BAD("\xfe"),
	BAD("\xff"),
	BAD("\xf5\x80\x80\x80"),
	BAD("\xf8\x88\x80\x80\x80"),
	BAD("\xfc\x84\x80\x80\x80\x80"),
	BAD("\xc0\xaf"),
	BAD("\xc1\xbf"),
	BAD("\xe0\x80\xaf"),
	BAD("\xe0\x9f\xbf"),
	BAD("\xf0\x80\x80\xaf"),
	BAD("\xf0\x8f\xbf\xbf"),
	BAD("\xed\xa0\x80"),
	BAD("\xed\xaf\xbf"),
	BAD("\xed\xb0\x80"),
	BAD("\xed\xbf\xbf"),
	BAD("\xed\xa0\x80\xed\xb0\x80"),
	BAD("\xf4\x90\x80\x80"),
	BAD("good \xce\xba\xe1\xbd\xb9\xcf\x83 \xed\xa0\x80 bad"),
};

#undef GOOD
#undef BAD

static inline void wire_utf8(struct wire_cases *cases)
{
	for (size_t i = 0; i < COUNT(wire_texts); i++)
		wire_text(cases, i, wire_texts[i].text, wire_texts[i].size,
			  wire_texts[i].is_good);
}

static inline void wire_closes(struct wire_cases *cases)
{
	static const unsigned int codes[] = {
		0,    1,    999,  1000, 1001, 1002, 1003, 1004, 1005,  1006,
		1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015,  1016,
		1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 32768, 65535
	};
	struct wire_case *of;
	uint8_t reason[130] = { 0x03, 0xe8 };

	of = wire_case(cases, "7.1 close without a code");
	wire_says(of, 0x88, "", 0);
	wire_hears(of, 0x88, "", 0);
	of->is_over = true;
	of = wire_case(cases, "7.2 close with half a code");
	wire_says(of, 0x88, "\x03", 1);
	wire_hears_close(of, 1002);
	for (size_t i = 0; i < COUNT(codes); i++) {
		uint8_t code[2] = { (uint8_t)(codes[i] >> 8),
				    (uint8_t)codes[i] };
		bool is_good = (codes[i] >= 1000 && codes[i] <= 1014 &&
				(codes[i] < 1004 || codes[i] > 1006)) ||
			       (codes[i] >= 3000 && codes[i] <= 4999);

		of = wire_case(cases, "7.3 close with %u", codes[i]);
		wire_says(of, 0x88, code, 2);
		wire_hears_close(of, is_good ? codes[i] : 1002);
	}
	memset(reason + 2, '*', sizeof(reason) - 2);
	for (size_t size = 1; size <= 124; size += 41) {
		of = wire_case(cases, "7.4 a reason of %zu", size);
		wire_says(of, 0x88, reason, size + 2);
		wire_hears_close(of, size > 123 ? 1002 : 1000);
	}
	of = wire_case(cases, "7.5 a reason that is no text");
	wire_says(of, 0x88, "\x03\xe8\xed\xa0\x80", 5);
	wire_hears_close(of, 1007);
	of = wire_case(cases, "7.6 a reason cut within a letter");
	wire_says(of, 0x88, "\x03\xe8\xc3", 3);
	wire_hears_close(of, 1007);
	for (unsigned int first = 0x81; first <= 0x89; first += 8) {
		of = wire_case(cases, "7.7 %02x after close", first);
		wire_is_well(of);
		wire_says(of, first, "late", 4);
	}
	of = wire_case(cases, "7.8 two closes");
	wire_is_well(of);
	wire_says(of, 0x88, "\x03\xe9", 2);
}

static inline void wire_all(struct wire_cases *cases)
{
	cases->count = 0;
	wire_framing(cases);
	wire_pings(cases);
	wire_reserved(cases);
	wire_fragments(cases);
	wire_utf8(cases);
	wire_closes(cases);
}

static inline void wire_free(struct wire_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		free(cases->at[i].said.bytes);
		free(cases->at[i].heard.bytes);
	}
	free(cases);
}

#endif
