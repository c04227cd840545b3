/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/wheel.h"

void wheel_init(struct wheel *wheel, int64_t now_ms, wheel_fn *act, void *self)
{
	for (size_t i = 0; i < WHEEL_SLOTS; i++) {
		struct wheel_node *head = &wheel->slots[i];

		head->next = head->previous = head;
	}
	wheel->turned_ms = now_ms;
	wheel->act = act;
	wheel->self = self;
}

void wheel_clear(struct wheel_node *node)
{
	if (!node->next)
		return;
	node->next->previous = node->previous;
	node->previous->next = node->next;
	node->next = node->previous = NULL;
}

void wheel_set(struct wheel *wheel, struct wheel_node *node, int64_t due_ms)
{
	int64_t place = due_ms > wheel->turned_ms ? due_ms : wheel->turned_ms;
	struct wheel_node *head;

	/* Rounded up, so that nothing comes early. */
	place = (place + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
	if (place * WHEEL_TICK_MS <= wheel->turned_ms)
		place++;
	wheel_clear(node);
	node->due_ms = due_ms;
	head = &wheel->slots[place % WHEEL_SLOTS];
	node->next = head;
	node->previous = head->previous;
	head->previous->next = node;
	head->previous = node;
}

/* Rings of what is due are taken out first: act may set and clear any. */
static void turn_slot(struct wheel *wheel, struct wheel_node *head,
		      int64_t now_ms)
{
	struct wheel_node due = { .next = &due, .previous = &due };
	struct wheel_node *node = head->next;

	while (node != head) {
		struct wheel_node *next = node->next;

		if (node->due_ms <= now_ms) {
			int64_t due_ms = node->due_ms;

			wheel_clear(node);
			node->due_ms = due_ms;
			node->next = &due;
			node->previous = due.previous;
			due.previous->next = node;
			due.previous = node;
		}
		node = next;
	}
	while (due.next != &due) {
		node = due.next;
		wheel_clear(node);
		wheel->act(wheel->self, node);
	}
}

void wheel_turn(struct wheel *wheel, int64_t now_ms)
{
	int64_t from = wheel->turned_ms / WHEEL_TICK_MS;
	int64_t to = now_ms / WHEEL_TICK_MS;

	if (to <= from)
		return;
	/* After a long sleep one full round sees everything. */
	if (to - from > WHEEL_SLOTS)
		from = to - WHEEL_SLOTS;
	wheel->turned_ms = to * WHEEL_TICK_MS;
	for (int64_t place = from + 1; place <= to; place++)
		turn_slot(wheel, &wheel->slots[place % WHEEL_SLOTS],
			  wheel->turned_ms);
}
