/* SPDX-License-Identifier: EUPL-1.2 */
/** @file fake_stored.h  What the fake register has beside calls. */
#ifndef TALLENNE_TESTS_FAKE_STORED_H
#define TALLENNE_TESTS_FAKE_STORED_H

#include "fake_register.h"
#include "register/register.h"

int fake_take_canned(void *self, int end, const struct letter *head,
		     struct letter_fds *fds);
int fake_take_canned_put(void *self, int end, const struct letter *head,
			 struct letter_fds *fds);
int fake_take_canned_drop(void *self, int end, const struct letter *head,
			  struct letter_fds *fds);
int fake_take_chats(void *self, int end, const struct letter *head,
		    struct letter_fds *fds);
int fake_take_chat(void *self, int end, const struct letter *head,
		   struct letter_fds *fds);

int fake_take_remark_add(void *self, int end, const struct letter *head,
			 struct letter_fds *fds);
int fake_take_remarks(void *self, int end, const struct letter *head,
		      struct letter_fds *fds);
int fake_take_remark_drop(void *self, int end, const struct letter *head,
			  struct letter_fds *fds);

int fake_take_picks(void *self, int end, const struct letter *head,
		    struct letter_fds *fds);
int fake_take_pick(void *self, int end, const struct letter *head,
		   struct letter_fds *fds);
int fake_take_pick_make(void *self, int end, const struct letter *head,
			struct letter_fds *fds);
int fake_take_pick_change(void *self, int end, const struct letter *head,
			  struct letter_fds *fds);

int fake_take_levels(void *self, int end, const struct letter *head,
		     struct letter_fds *fds);

/** Write what was said into a pipe, as the vault does; its size. */
uint64_t fake_chat_play(const struct fake *fake, const struct desk_play *ask,
			int pipe);

#endif
