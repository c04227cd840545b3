/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file figures.h
 * How things stand, for who oversees.
 */
#ifndef TALLENNE_DESK_FIGURES_H
#define TALLENNE_DESK_FIGURES_H

#include "desk/visit.h"

/** Short form for the front page: one light each, with words. */
void figures_lights(struct visit *visit, const struct desk_figures *figures);

#endif
