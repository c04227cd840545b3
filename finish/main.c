/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/room.h"

int main(int argc, char **argv)
{
	static struct finish finish;

	finish_init(&finish);
	return room_main(argc, argv, &finish_face, &finish);
}
