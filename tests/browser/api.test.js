// SPDX-License-Identifier: EUPL-1.2
// The API and the rules of HTTP, without a browser, against a fake register.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { House, isFake, totp } from './world.js';

let house, token;

function ask(path, options = {}) {
	return fetch(house.url + path, { redirect: 'manual', ...options,
		headers: { Authorization: `Bearer ${token}`,
			...options.headers } });
}

const form = (fields) => ({ method: 'POST',
	body: new URLSearchParams(fields) });

describe('the API', { skip: !isFake }, () => {
	before(async () => {
		house = await House.start();
		const answer = await fetch(`${house.url}/api/v1/session`, form({
			user: 'supervisor', code: totp(),
			password: 'correct horse battery staple' }));

		assert.equal(answer.status, 200);
		token = (await answer.json()).token;
		assert.match(token, /^[0-9a-f]{64}$/);
	});
	after(() => house.stop());

	test('a wrong code opens no session', async () => {
		const answer = await fetch(`${house.url}/api/v1/session`, form({
			user: 'supervisor', code: '000000',
			password: 'correct horse battery staple' }));

		assert.equal(answer.status, 401);
		assert.equal(answer.headers.get('content-type'),
			'application/problem+json');
	});

	test('every documented path answers, and nothing else', async () => {
		const answer = await ask('/api/v1/openapi.json');
		const document = await answer.json();

		assert.equal(document.openapi, '3.1.0');
		for (const [path, operations] of Object.entries(document.paths)) {
			if (!operations.get)
				continue;
			const real = path.replace(/{\w+}/, '0'.repeat(32));
			const { status } = await ask(real);

			assert.ok([200, 403, 404].includes(status), path);
		}
		assert.equal((await ask('/api/v1/nothing')).status, 404);
		assert.equal((await ask('/api/v1/me', { method: 'PUT' })).status,
			405);
	});

	test('the policy is told as data, with what each role may', async () => {
		const policy = await (await ask('/api/v1/policy')).json();

		assert.equal(policy.version, '2018-05-25');
		assert.equal(policy.is_current, true);
		assert.match(policy.sha256, /^[0-9a-f]{64}$/);
		assert.equal(policy.sha256.slice(0, 8), policy.hash);
		assert.equal(policy.collection_started, '2017-10-01');
		assert.deepEqual(policy.services[0], { number: '+358295550100',
			fi: 'Asiakaspalvelu', sv: 'Kundservice',
			en: 'Customer service', recorded: true });
		assert.equal(policy.capture.coverage, 'all');
		assert.equal(policy.capture.start, 'answer');
		assert.equal(policy.purposes.length, 4);
		assert.equal(policy.purposes[1].gdpr, '6(1)(c)');
		assert.deepEqual(policy.purposes[2].uses, ['aggregate']);
		assert.deepEqual(policy.purposes[2].roles, ['quality']);
		const kept = Object.fromEntries(policy.classes.map((each) =>
			[each.kind, each.retention]));
		assert.equal(kept.audio.period, 'P6M');
		assert.equal(kept.contact.period, 'P12M');
		assert.deepEqual(kept.chat, { kind: 'exact', period: 'P24M',
			anchor: 'end', grace: 'P1D', reason: 'original-need' });
		const { channel } = policy.classes.find((each) =>
			each.kind === 'chat');
		assert.deepEqual(channel.origins,
			['https://www.agency.example']);
		assert.deepEqual(channel.queues[0], { id: 'asiakaspalvelu',
			fi: 'Asiakaspalvelu', sv: 'Kundservice',
			en: 'Customer service' });
		assert.equal(channel.hours.fi, 'ma–pe 9–16');
		assert.deepEqual(channel.closed, ['holidays', 'eves']);
		const roles = Object.fromEntries(policy.roles.map((each) =>
			[each.id, each]));
		assert.equal(roles.supervisor.listens, true);
		assert.equal(roles.supervisor.caller_number, 'masked');
		assert.equal(roles.registrar.caller_number, 'hidden');
		assert.equal(roles.admin.listens, false);
		assert.equal(roles.dpo.readers, 'all');
		assert.equal(roles.agent.answers_chats, true);
		assert.equal(roles.agent.canned_answers, 'self');
		assert.equal(roles.supervisor.answers_chats, false);
		assert.equal(roles.supervisor.canned_answers, 'all');
		assert.equal(policy.transfer, 'none');
		assert.equal(policy.profiling, false);
		assert.equal(policy.decisions, false);
	});

	test('contacts come in pages that follow a link', async () => {
		const first = await ask('/api/v1/contacts?limit=5');
		const link = first.headers.get('link');

		assert.match(link, /^<\/api\/v1\/contacts\?.*before=\d+>; rel="next"$/);
		const rows = (await first.json()).contacts;
		assert.equal(rows.length, 5);
		assert.equal(new Set(Object.keys(rows[0])).has('id'), true);
		const next = await (await ask(link.match(/<(.*)>/)[1])).json();
		assert.ok(next.contacts[0].number < rows[4].number);
	});

	test('content needs a purpose, and ranges are served', async () => {
		const { contacts } = await (await ask('/api/v1/contacts')).json();
		const { recordings } = await (await ask(
			`/api/v1/contacts/${contacts[0].id}/recordings`)).json();
		const path = `/api/v1/recordings/${recordings[0].id}`;
		const headers = { 'Tallenne-Purpose': 'quality' };

		const none = await ask(`${path}/media`);
		assert.equal(none.status, 403);
		assert.equal((await none.json()).type,
			'/problems/purpose-required');
		const other = await ask(`${path}/media`,
			{ headers: { 'Tallenne-Purpose': 'curiosity' } });
		assert.equal(other.status, 403);

		const whole = Buffer.from(await (await ask(`${path}/media`,
			{ headers })).arrayBuffer());
		assert.equal(whole.length, recordings[0].size);
		assert.equal(whole.toString('latin1', 0, 4), 'OggS');
		const part = await ask(`${path}/media`,
			{ headers: { ...headers, Range: 'bytes=100-199' } });
		assert.equal(part.status, 206);
		assert.equal(part.headers.get('cache-control'), 'no-store');
		assert.equal(part.headers.get('content-range'),
			`bytes 100-199/${whole.length}`);
		assert.deepEqual(Buffer.from(await part.arrayBuffer()),
			whole.subarray(100, 200));
		const past = await ask(`${path}/media`,
			{ headers: { ...headers, Range: `bytes=${whole.length}-` } });
		assert.equal(past.status, 416);

		const peaks = await (await ask(`${path}/peaks`, { headers: {
			...headers, Accept: 'application/json' } })).json();
		assert.equal(peaks.data.length, peaks.length * peaks.channels * 2);
		const timeline = await (await ask(`${path}/timeline`,
			{ headers })).json();
		assert.ok(Array.isArray(timeline.holes));
	});

	test('the state of privacy is in the status', async () => {
		const gone = await ask(`/api/v1/contacts/${'c8'.repeat(16)}`);
		assert.equal(gone.status, 410);
		assert.equal((await gone.json()).type, '/problems/gone');
		const { contacts } = await (await ask('/api/v1/contacts')).json();
		const held = contacts.find((each) => each.number === 1041);
		const { recordings } = await (await ask(
			`/api/v1/contacts/${held.id}/recordings`)).json();
		const answer = await ask(
			`/api/v1/recordings/${recordings[0].id}/media`,
			{ headers: { 'Tallenne-Purpose': 'quality' } });
		assert.equal(answer.status, 451);
	});

	test('a form without its token, or from elsewhere, is refused',
		async () => {
			const signed = await fetch(`${house.url}/?once=DEMO-SUPER`);
			const cookie = signed.headers.get('set-cookie')
				.split(';')[0];
			const send = (headers, fields) => fetch(
				`${house.url}/language`, { ...form(fields),
					redirect: 'manual',
					headers: { Cookie: cookie, ...headers } });
			const page = await (await fetch(`${house.url}/account`,
				{ headers: { Cookie: cookie } })).text();
			const csrf = page.match(/name="csrf" value="(\w+)"/)[1];

			assert.equal((await send({}, { language: 'sv' })).status, 403);
			assert.equal((await send({}, { language: 'sv',
				csrf: '0'.repeat(32) })).status, 403);
			assert.equal((await send({ Origin: 'https://evil.example' },
				{ language: 'sv', csrf })).status, 403);
			const good = await send({}, { language: 'sv', csrf,
				back: '//evil.example/' });
			assert.equal(good.status, 303);
			assert.equal(good.headers.get('location'), '/');
		});

	test('a listening has a first, a last, a count, and what was fetched',
		async () => {
			const { contacts } = await (await ask('/api/v1/contacts'))
				.json();
			const { readers } = await (await ask(
				`/api/v1/contacts/${contacts[0].id}/readers`)).json();

			assert.equal(Date.parse(readers[0].last_at) -
				Date.parse(readers[0].first_at), 1800 * 1000);
			assert.equal(readers[0].fetches, 3);
			assert.equal(readers[0].fetched_from_ms, 0);
			assert.equal(readers[0].fetched_until_ms, 35139);
			assert.equal(readers[2].fetched_from_ms, undefined);
			assert.equal(readers[0].from_ms, undefined);
		});

	// How often the desk has asked the register about a code by now.
	async function tries() {
		const text = await (await ask('/metrics')).text();

		return Number(text.match(
			/^tallenne_desk_sign_ins_total\S* (\d+)/m)[1]);
	}

	test('a page of another site cannot use a one-time link', async () => {
		const link = `${house.url}/?once=DEMO-SUPER`;
		const follow = (headers) => fetch(link, { headers,
			redirect: 'manual' });
		const before = await tries();

		for (const site of ['cross-site', 'same-site'])
			for (const dest of ['image', 'iframe', 'script', 'empty',
				'object', 'embed']) {
				const answer = await follow({ 'Sec-Fetch-Site': site,
					'Sec-Fetch-Dest': dest });

				assert.equal(answer.status, 403, `${site} ${dest}`);
				assert.equal(answer.headers.get('set-cookie'), null);
			}
		assert.equal((await follow({ 'Sec-Fetch-Site': 'cross-site',
			'Sec-Fetch-Dest': 'document', 'Sec-Purpose': 'prefetch' }))
			.status, 403);
		// The register was not asked, so the code is as good as before.
		assert.equal(await tries(), before);
		for (const site of ['cross-site', 'none']) {
			const answer = await follow({ 'Sec-Fetch-Site': site,
				'Sec-Fetch-Dest': 'document' });

			assert.equal(answer.status, 200, `a link, ${site}`);
			assert.match(answer.headers.get('set-cookie'), /^tallenne=/);
		}
		assert.equal(await tries(), before + 2);
	});

	test('a form of another site cannot enrol', async () => {
		const before = await tries();
		const answer = await fetch(`${house.url}/enrol`, { ...form({
			once: 'DEMO-ENROL', code: totp(),
			password: 'a long enough sentence',
			again: 'a long enough sentence' }),
		redirect: 'manual', headers: { 'Sec-Fetch-Site': 'cross-site' } });

		assert.equal(answer.status, 403);
		assert.equal(await tries(), before);
	});

	test('enrolling with an unknown code is one try, always answered alike',
		async () => {
			const send = (fields) => fetch(`${house.url}/enrol`,
				form({ once: 'NOT-A-CODE', ...fields }));
			const long = 'a long enough sentence';
			const before = await tries();
			const answers = [
				await send({ password: long, again: long,
					code: '123456' }),
				await send({ password: 'short', again: 'short' }),
				await send({ password: long, again: 'another' }),
			];
			const texts = await Promise.all(answers.map(
				(each) => each.text()));

			assert.deepEqual(answers.map((each) => each.status),
				[410, 410, 410]);
			assert.equal(texts[1], texts[0]);
			assert.equal(texts[2], texts[0]);
			assert.equal(await tries(), before + 3);
			// One that is good goes on to its second step.
			assert.equal((await send({ once: 'DEMO-ENROL', code: '000000',
				password: long, again: long })).status, 422);
		});

	test('metrics are OpenMetrics and end as they must', async () => {
		const answer = await ask('/metrics');
		const text = await answer.text();

		assert.match(answer.headers.get('content-type'),
			/^application\/openmetrics-text/);
		assert.match(text, /tallenne_http_requests_total\{room="desk"/);
		assert.ok(text.endsWith('# EOF\n'));
		const families = [...text.matchAll(/^# TYPE (\S+)/gm)]
			.map((each) => each[1]);
		assert.equal(new Set(families).size, families.length);
	});

	test('signing out ends the token', async () => {
		assert.equal((await ask('/api/v1/session',
			{ method: 'DELETE' })).status, 204);
		assert.equal((await ask('/api/v1/me')).status, 401);
	});
});
