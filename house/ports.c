/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "house/sockets.h"

enum {
	RANGE_BUFFER = 32 << 20,
	EACH_BUFFER = 256 << 10,
};

/*
 * A recorder only listens. Linux says ENOTCONN for a datagram socket, but
 * shuts its sending side all the same; a try tells whether it did.
 */
static int shut_sending(int socket)
{
	struct sockaddr_storage self;
	socklen_t size = sizeof(self);

	(void)shutdown(socket, SHUT_WR);
	if (getsockname(socket, (struct sockaddr *)&self, &size) < 0)
		return -errno;
	if (sendto(socket, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
		   (const struct sockaddr *)&self, size) >= 0)
		return -ENOTSUP;
	return errno == EPIPE ? 0 : -errno;
}

static int open_at(const char *address, uint16_t port, int buffer)
{
	char text[SOCKETS_ADDRESS_SIZE], bound[SOCKETS_ADDRESS_SIZE];
	bool is_v6 = strchr(address, ':') != NULL;
	int fd, r;

	if ((size_t)snprintf(text, sizeof(text), is_v6 ? "[%s]:%u" : "%s:%u",
			     address, port) >= sizeof(text))
		return -EINVAL;
	r = sockets_open(text, SOCK_DGRAM, &fd, bound);
	if (r < 0)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer,
		       sizeof(buffer)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer,
				 sizeof(buffer));
	r = shut_sending(fd);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	return fd;
}

int ports_open_each(const char *address, uint16_t first, uint16_t count,
		    int *ret_fds)
{
	for (uint16_t i = 0; i < count; i++) {
		int r = open_at(address, (uint16_t)(first + i), EACH_BUFFER);

		if (r < 0) {
			while (i-- > 0)
				(void)close(ret_fds[i]);
			return r;
		}
		ret_fds[i] = r;
	}
	return 0;
}

/* The range would silently take datagrams from whoever has such a port. */
static int check_free(const char *address, uint16_t first, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		int fd = open_at(address, (uint16_t)(first + i), 0);

		if (fd < 0)
			return fd;
		(void)close(fd);
	}
	return 0;
}

static int call_bpf(int command, union bpf_attr *attributes)
{
	long r = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return r < 0 ? -errno : (int)r;
}

/* A map with the one socket in it. */
static int make_map(int socket)
{
	union bpf_attr make = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint64_t),
		.max_entries = 1,
	};
	const uint32_t key = 0;
	const uint64_t value = (uint64_t)socket;
	OWNED(drop_fd) int map = call_bpf(BPF_MAP_CREATE, &make);
	union bpf_attr put = {
		.map_fd = (uint32_t)map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};
	int r;

	if (map < 0)
		return map;
	r = call_bpf(BPF_MAP_UPDATE_ELEM, &put);
	return r < 0 ? r : GIVE_FD(map);
}

#define OP(code_, dst, src, off_, imm_)                                        \
	((struct bpf_insn){ .code = (code_),                                   \
			    .dst_reg = (dst),                                  \
			    .src_reg = (src),                                  \
			    .off = (short)(off_),                              \
			    .imm = (int)(imm_) })
#define LOAD(dst, from)                                                        \
	OP(BPF_LDX | BPF_MEM | BPF_W, dst, 6,                                  \
	   offsetof(struct bpf_sk_lookup, from), 0)
#define COPY(dst, src) OP(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value) OP(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define CALL(helper) OP(BPF_JMP | BPF_CALL, 0, 0, 0, helper)

enum { PROGRAM_MAX = 40 };

struct program {
	struct bpf_insn code[PROGRAM_MAX];
	size_t size;
	size_t exits[8]; /* jumps to the end, whose distance is not known yet */
	size_t exit_count;
};

static void put(struct program *program, struct bpf_insn instruction)
{
	assert(program->size < PROGRAM_MAX);
	program->code[program->size++] = instruction;
}

/* Leave the packet to others if the comparison of r2 holds. */
static void leave_if(struct program *program, uint8_t comparison,
		     uint32_t value)
{
	program->exits[program->exit_count++] = program->size;
	put(program, OP(BPF_JMP32 | comparison | BPF_K, 2, 0, 0, value));
}

/* Compare with the address the datagram was sent to, in network order. */
static void leave_if_elsewhere(struct program *program, const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;
	uint32_t words[4];

	if (inet_pton(AF_INET, address, &v4) == 1 && v4.s_addr != 0) {
		put(program, LOAD(2, local_ip4));
		leave_if(program, BPF_JNE, v4.s_addr);
	} else if (inet_pton(AF_INET6, address, &v6) == 1 &&
		   !IN6_IS_ADDR_UNSPECIFIED(&v6)) {
		memcpy(words, &v6, sizeof(words));
		for (size_t i = 0; i < 4; i++) {
			put(program, LOAD(2, local_ip6[i]));
			leave_if(program, BPF_JNE, words[i]);
		}
	}
}

/*
 * if (protocol is UDP and the local port is in the range and the local
 * address is ours) sk_assign(socket of the map);
 * return SK_PASS;
 */
static void assemble(struct program *program, const char *address,
		     uint16_t first, uint16_t count, int map)
{
	bool is_v6 = strchr(address, ':') != NULL;

	put(program, COPY(6, 1));
	put(program, LOAD(2, family));
	leave_if(program, BPF_JNE, is_v6 ? AF_INET6 : AF_INET);
	put(program, LOAD(2, protocol));
	leave_if(program, BPF_JNE, IPPROTO_UDP);
	put(program, LOAD(2, local_port));
	leave_if(program, BPF_JLT, first);
	leave_if(program, BPF_JGT, (uint32_t)first + count - 1);
	leave_if_elsewhere(program, address);

	put(program, OP(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0));
	put(program,
	    OP(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map));
	put(program, OP(0, 0, 0, 0, 0)); /* second half of the 64 bits */
	put(program, COPY(2, 10));
	put(program, OP(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4));
	put(program, CALL(BPF_FUNC_map_lookup_elem));
	put(program, COPY(7, 0));
	put(program, COPY(2, 0));
	put(program, OP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 5, 0));
	put(program, COPY(1, 6));
	put(program, SET(3, 0));
	put(program, CALL(BPF_FUNC_sk_assign));
	put(program, COPY(1, 7));
	put(program, CALL(BPF_FUNC_sk_release));

	for (size_t i = 0; i < program->exit_count; i++)
		program->code[program->exits[i]].off =
			(short)(program->size - program->exits[i] - 1);
	put(program, SET(0, SK_PASS));
	put(program, OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

static int load_program(const char *address, uint16_t first, uint16_t count,
			int map)
{
	struct program program = { .size = 0 };
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_SK_LOOKUP,
		.expected_attach_type = BPF_SK_LOOKUP,
		.license = (uintptr_t) "EUPL-1.2",
	};

	assemble(&program, address, first, count, map);
	load.insns = (uintptr_t)program.code;
	load.insn_cnt = (uint32_t)program.size;
	return call_bpf(BPF_PROG_LOAD, &load);
}

static int attach(int program)
{
	OWNED(drop_fd)
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	union bpf_attr link = { 0 };

	if (net < 0)
		return -errno;
	link.link_create.prog_fd = (uint32_t)program;
	link.link_create.target_fd = (uint32_t)net;
	link.link_create.attach_type = BPF_SK_LOOKUP;
	return call_bpf(BPF_LINK_CREATE, &link);
}

static int hear_port_numbers(int socket, bool is_v6)
{
	const int yes = 1;
	int level = is_v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int option = is_v6 ? IPV6_RECVORIGDSTADDR : IP_RECVORIGDSTADDR;

	return setsockopt(socket, level, option, &yes, sizeof(yes)) < 0 ? -errno
									: 0;
}

int ports_open_range(const char *address, uint16_t first, uint16_t count,
		     int *ret_fd, int *ret_link)
{
	OWNED(drop_fd) int socket = -1, map = -1, program = -1;
	int r;

	if (count < 2 || first + count > 65536)
		return -EINVAL;
	r = check_free(address, first, count);
	if (r < 0)
		return r;
	socket = open_at(address, first, RANGE_BUFFER);
	if (socket < 0)
		return socket;
	r = hear_port_numbers(socket, strchr(address, ':') != NULL);
	if (r < 0)
		return r;
	map = make_map(socket);
	if (map < 0)
		return map;
	program = load_program(address, first, count, map);
	if (program < 0)
		return program;
	r = attach(program);
	if (r < 0)
		return r;
	*ret_fd = GIVE_FD(socket);
	*ret_link = r;
	return 0;
}
