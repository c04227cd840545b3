/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/room.h"

int main(int argc, char **argv)
{
	static struct desk desk;

	desk_init(&desk);
	return room_main(argc, argv, &desk_face, &desk);
}
