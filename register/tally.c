/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/tally.h"

/* Until the page came: one counter that nobody reads. */
static struct counter unseen;

struct tally tally = {
#define TALLY(name, kind, help) .name = &unseen,
	TALLIES
#undef TALLY
};

void tally_init(void)
{
#define KIND_TOTAL(name) "register_" #name "_total"
#define KIND_GAUGE(name) "register_" #name
#define TALLY(name, kind, help)                                                \
	tally.name = counter_new(COUNTER_##kind, KIND_##kind(name), help);
	TALLIES
#undef TALLY
}
