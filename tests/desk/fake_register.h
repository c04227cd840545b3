/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file fake_register.h
 * A register of a few invented contacts, for tests of the desk alone. It
 * keeps to register/desk_letters.h and decides as the real one does, but
 * stores nothing and opens nothing: its recordings lie in clear in
 * tests/fixtures/desk/.
 */
#ifndef TALLENNE_TESTS_FAKE_REGISTER_H
#define TALLENNE_TESTS_FAKE_REGISTER_H

#include "register/register.h"

struct fake {
	int fixtures;	/**< directory with long.ogg and so on */
	bool is_locked; /**< as if the vault were */
	uint32_t policy_hash;
};

/** Answer one letter of the desk; 0 or what line_serve() said. */
MUST int fake_serve(struct fake *fake, int line);

#endif
