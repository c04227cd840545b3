/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file figures.h
 * The register's figures, for "status" and "doctor".
 */
#ifndef TALLENNE_CLI_FIGURES_H
#define TALLENNE_CLI_FIGURES_H

#include "register/register.h"

/** Ask for them; 0 or what line_ask() says. */
MUST int figures_ask(int register_end, struct desk_figures *ret_figures);

#endif
