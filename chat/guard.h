/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file guard.h
 * Personal identity codes and payment cards, masked before anything is
 * stored.
 *
 * Pure. The browser has a simpler twin, ui/chat/guard.js, that warns before
 * anything is sent; both do what tests/fixtures/guard.json says. What only
 * this one knows is in tests/fixtures/guard-room.json.
 *
 * A text is looked at character by character. Each character is one of
 *
 *	digit	0-9
 *	letter	A-Z, a-z
 *	dash	- and U+2010-2015, U+2212, U+FE58, U+FE63, U+FF0D
 *	blank	space, tab, line feed, carriage return, U+00A0, U+2000-200A,
 *		U+202F, U+205F, U+3000
 *	plus	+
 *	nothing	U+00AD, U+200B-200D, U+2060, U+FEFF: as if not there
 *	other	everything else
 *
 * An identity code is: six digits, a separator, three digits, one digit or
 * letter. Before the first stands no digit, after the last no digit and no
 * letter. A separator is a plus, a dash or one of the letters Y X W V U A B C
 * D E F in either case, with up to two blanks on each side; or one or two
 * blanks alone. The digits are a day that exists (DDMMYY): 19th century
 * with a plus, 20th with a dash or Y to U, 21st with A to F; with blanks
 * alone, in the 20th or the 21st. The next three are 002 to 999 (900 to
 * 999 are given for a time, and are those that tests use). The last is
 * character number N mod 31 of "0123456789ABCDEFHJKLMNPRSTUVWXY", N being
 * all nine digits as one number.
 *
 * A card is: a run of groups of digits, with one blank or dash between two
 * groups; no digit or letter before or after the whole run. Any
 * groups of it that follow each other may be the card, those that begin
 * first and, of these, the most; they have 13 to 19 digits together, fit
 * Luhn's check and begin like the cards of an issuer (guard.c).
 *
 * In what was found, digits and letters become asterisks, the rest stays.
 * One search after the other, from the left, identity codes first; what
 * was masked is not looked at again.
 *
 * Split over two messages of one side: the end of the former, as it was
 * stored and without blanks at its end, and the later without blanks at
 * its beginning are looked at as one text, once joined directly and once
 * with a blank between. What begins in the former and ends in the later is
 * masked in the later; the former is stored already. So the whole never
 * stands in the store.
 */
#ifndef TALLENNE_CHAT_GUARD_H
#define TALLENNE_CHAT_GUARD_H

#include "base/base.h"

enum {
	GUARD_SIZE_MAX = 4096, /**< bytes of one text */
	/** So much of the end of the former message is looked at. */
	GUARD_TAIL_MAX = 128,
};

/**
 * Mask a text in place; its size stays.
 *
 * @param before       end of the former message of the same side, as it
 *                     was stored, UTF-8, borrowed; NULL if there is none
 * @param before_size  its bytes; only the last GUARD_TAIL_MAX count
 * @param text         UTF-8
 * @param size         its bytes, up to GUARD_SIZE_MAX
 * @return how many codes and cards were masked
 */
int guard_mask(const char *before, size_t before_size, char *text, size_t size);

#endif
