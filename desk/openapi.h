/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file openapi.h
 * The OpenAPI document of the API, drawn from desk/routes.def.
 */
#ifndef TALLENNE_DESK_OPENAPI_H
#define TALLENNE_DESK_OPENAPI_H

#include "desk/visit.h"

void openapi_write(struct text *out);

#endif
