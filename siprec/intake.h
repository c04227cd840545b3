/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file intake.h
 * What the house hands over, at start and again on reload: settings,
 * policy, keys. What is wrong on reload is logged and the old one stays;
 * no call is lost by it.
 */
#ifndef TALLENNE_SIPREC_INTAKE_H
#define TALLENNE_SIPREC_INTAKE_H

#include "siprec/recorder.h"

struct intake {
	struct recorder *recorder;
	struct settings *settings; /**< NULL: none came yet */
	char *zone;		   /**< the policy's time zone, its file */
	size_t zone_size;
	char zone_name[64];
	char rtp[SDP_ADDRESS_TEXT]; /**< where media hears, as told first */
};

void intake_done(struct intake *intake);

/** Take the room's settings; fd is borrowed. */
MUST int intake_settings(struct intake *intake, int fd);

/**
 * Choose the address of our sound: the one advertised for it, else where
 * media hears, else, if that is every address, the one of our signalling.
 *
 * @return 0, or -EADDRNOTAVAIL: none of them is one
 */
MUST int intake_media_address(struct intake *intake);

/** Take the policy; fd is borrowed. */
MUST int intake_policy(struct intake *intake, int fd);

/** Take the public halves of the end-date keys; fd is borrowed. */
MUST int intake_keys(struct intake *intake, int fd);

#endif
