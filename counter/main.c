/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/room.h"

int main(int argc, char **argv)
{
	static struct lobby lobby;

	lobby_init(&lobby);
	return room_main(argc, argv, &lobby_face, &lobby);
}
