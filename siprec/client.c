/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "siprec/parse/metadata.h"

static const struct {
	const char *word;
	enum client_answer answer;
} answers[] = {
	{ "auto", CLIENT_ANSWER_AUTO },
	{ "established", CLIENT_ANSWER_ESTABLISHED },
	{ "second_participant", CLIENT_ANSWER_SECOND_PARTICIPANT },
	{ "reinvite", CLIENT_ANSWER_REINVITE },
};

static int read_network(struct slice text, struct client_network *network)
{
	char address[INET6_ADDRSTRLEN];
	struct in_addr four;
	struct slice bits_text;
	uint64_t bits = 128;
	int r;

	r = slice_text(slice_cut(text, '/', &bits_text), address,
		       sizeof(address));
	if (r < 0)
		return -EINVAL;
	if (bits_text.size > 0 && slice_number(bits_text, 128, &bits) < 0)
		return -EINVAL;

	if (inet_pton(AF_INET, address, &four) == 1) {
		if (bits_text.size > 0 && bits > 32)
			return -EINVAL;
		memset(&network->address, 0, 10);
		memset(network->address.s6_addr + 10, 0xff, 2);
		memcpy(network->address.s6_addr + 12, &four, 4);
		network->bits = bits_text.size > 0 ? (uint8_t)(96 + bits) : 128;
		return 0;
	}
	if (inet_pton(AF_INET6, address, &network->address) != 1)
		return -EINVAL;
	network->bits = (uint8_t)bits;
	return 0;
}

static int read_networks(struct slice list, struct client *client)
{
	while (list.size > 0) {
		struct slice one = slice_trim(slice_cut(list, ',', &list));
		int r;

		if (one.size == 0)
			continue;
		if (client->network_count == CLIENT_NETWORKS_MAX)
			return -EINVAL;
		r = read_network(one,
				 &client->networks[client->network_count++]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_answer(const char *word, struct client *client)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		if (strcmp(word, answers[i].word) != 0)
			continue;
		client->answer = answers[i].answer;
		return 0;
	}
	return -EINVAL;
}

static const char *text_of(const struct settings *settings, int index,
			   const char *what)
{
	const char *text = setting(settings, "clients.%d.%s", index, what);

	return text ? text : "";
}

static const char *read_client(const struct settings *settings, int index,
			       struct client *client)
{
	const char *name = text_of(settings, index, "name");
	const char *country = text_of(settings, index, "country");
	const char *answer = text_of(settings, index, "answer");
	const char *service = text_of(settings, index, "service_number");

	if (*country == '\0')
		country = setting(settings, "country");
	client->plan = number_plan_default;
	if (country && *country &&
	    slice_text(slice_of(country), client->plan.country,
		       sizeof(client->plan.country)) < 0)
		return "country is a country code such as 358";
	if (*name == '\0' ||
	    slice_text(slice_of(name), client->name, sizeof(client->name)) < 0)
		return "name is missing or too long";
	client->key = metadata_hash(slice_of(name));
	if (read_networks(slice_of(text_of(settings, index, "address")),
			  client) < 0)
		return "address is an address, a network such as "
		       "192.0.2.0/24, or several with commas";
	if (slice_text(slice_of(text_of(settings, index, "certificate")),
		       client->certificate, sizeof(client->certificate)) < 0)
		return "certificate is too long";
	if (client->network_count == 0 && client->certificate[0] == '\0')
		return "neither address nor certificate is given";
	if (*answer && read_answer(answer, client) < 0)
		return "answer is auto, established, second_participant or "
		       "reinvite";
	if (*service && number_read(&client->plan, slice_of(service),
				    client->service_number) < 0)
		return "service_number is no telephone number";
	client->calls_max = (uint32_t)setting_number(
		settings, CLIENT_CALLS_MAX, "clients.%d.calls_max", index);
	client->requests_per_s =
		(uint32_t)setting_number(settings, CLIENT_REQUESTS_PER_S,
					 "clients.%d.requests_per_s", index);
	if (client->requests_per_s == 0)
		return "requests_per_s is at least 1";
	return NULL;
}

int clients_read(const struct settings *settings, struct clients *clients,
		 struct client_fault *ret_fault)
{
	memset(clients, 0, sizeof(*clients));
	for (int i = 0; setting(settings, "clients.%d.name", i) ||
			setting(settings, "clients.%d.address", i);
	     i++) {
		struct client client = { 0 };

		ret_fault->index = i;
		ret_fault->why = "there are too many clients";
		if (clients->count == CLIENTS_MAX)
			return -EINVAL;
		ret_fault->why = read_client(settings, i, &client);
		if (!ret_fault->why && clients_find(clients, client.key) >= 0)
			ret_fault->why = "another client has the same name";
		if (ret_fault->why)
			return -EINVAL;
		clients->client[clients->count++] = client;
	}
	return 0;
}

/* Who stays keeps the place: flows and transactions name it. */
void clients_inherit(struct clients *clients, const struct clients *before)
{
	static struct clients merged;
	uint32_t count = before->count;

	memset(&merged, 0, sizeof(merged));
	for (uint32_t i = 0; i < clients->count; i++) {
		const struct client *client = &clients->client[i];
		int place = clients_find(before, client->key);

		/* A place that was left is not given to another at once:
		   connections of who left are still being closed. */
		if (place < 0 && count < CLIENTS_MAX)
			place = (int)count++;
		for (uint32_t k = 0; place < 0 && k < count; k++)
			if (merged.client[k].key == 0 &&
			    clients_find(clients, before->client[k].key) < 0)
				place = (int)k;
		assert(place >= 0);
		merged.client[place] = *client;
		if ((uint32_t)place >= before->count)
			continue;
		merged.client[place].calls = before->client[place].calls;
		merged.client[place].connections =
			before->client[place].connections;
		merged.client[place].tokens_ms =
			before->client[place].tokens_ms;
	}
	merged.count = count;
	*clients = merged;
}

int clients_find(const struct clients *clients, uint64_t key)
{
	for (uint32_t i = 0; key != 0 && i < clients->count; i++)
		if (clients->client[i].key == key)
			return (int)i;
	return -ENOENT;
}

static bool is_inside(const struct client_network *network,
		      const struct in6_addr *address)
{
	size_t bytes = network->bits / 8;
	unsigned rest = network->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (memcmp(&network->address, address, bytes) != 0)
		return false;
	return rest == 0 ||
	       ((network->address.s6_addr[bytes] ^ address->s6_addr[bytes]) &
		mask) == 0;
}

static bool comes_from(const struct client *client,
		       const struct sockaddr_in6 *peer)
{
	for (uint32_t i = 0; i < client->network_count; i++)
		if (is_inside(&client->networks[i], &peer->sin6_addr))
			return true;
	return false;
}

int clients_by_address(const struct clients *clients,
		       const struct sockaddr_in6 *peer)
{
	for (uint32_t i = 0; i < clients->count; i++)
		if (clients->client[i].certificate[0] == '\0' &&
		    comes_from(&clients->client[i], peer))
			return (int)i;
	return -ENOENT;
}

/* A client with a certificate and no address may come from anywhere. */
static bool may_come(const struct client *client,
		     const struct sockaddr_in6 *peer)
{
	return client->key != 0 &&
	       (client->network_count == 0 || comes_from(client, peer));
}

bool clients_may_come(const struct clients *clients,
		      const struct sockaddr_in6 *peer)
{
	for (uint32_t i = 0; i < clients->count; i++)
		if (may_come(&clients->client[i], peer))
			return true;
	return false;
}

static bool has_certificate(const struct client *client,
			    const uint8_t fingerprint[32],
			    const struct slice *names, size_t name_count,
			    bool is_trusted)
{
	struct slice wanted = slice_of(client->certificate);
	uint8_t wanted_print[32];

	if (slice_starts_nocase(wanted, SLICE("sha256:")))
		return hex_read(slice_from(wanted, 7), wanted_print,
				sizeof(wanted_print)) == 0 &&
		       bytes_are(wanted_print, fingerprint, 32);
	for (size_t i = 0; is_trusted && i < name_count; i++)
		if (slice_is_nocase(wanted, names[i]))
			return true;
	return false;
}

int clients_by_certificate(const struct clients *clients,
			   const struct sockaddr_in6 *peer,
			   const uint8_t fingerprint[32],
			   const struct slice *names, size_t name_count,
			   bool is_trusted)
{
	for (uint32_t i = 0; i < clients->count; i++) {
		const struct client *client = &clients->client[i];

		if (client->certificate[0] != '\0' && may_come(client, peer) &&
		    has_certificate(client, fingerprint, names, name_count,
				    is_trusted))
			return (int)i;
	}
	return -ENOENT;
}

/*
 * A bucket that holds one second of requests. "tokens_ms" is the instant,
 * in thousandths of a millisecond, up to which requests have been used up.
 */
bool client_may_ask(struct client *client, int64_t now_ms)
{
	int64_t now = now_ms * 1000;
	int64_t cost = 1000000 / client->requests_per_s;

	if (client->tokens_ms < now - 1000000)
		client->tokens_ms = now - 1000000;
	if (client->tokens_ms + cost > now)
		return false;
	client->tokens_ms += cost;
	return true;
}
