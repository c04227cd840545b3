/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/room.h"

int main(int argc, char **argv)
{
	static struct media media;

	media_init(&media);
	return room_main(argc, argv, &media_face, &media);
}
