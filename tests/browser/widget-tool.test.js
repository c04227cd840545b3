// SPDX-License-Identifier: EUPL-1.2
// tools/widget.py makes scripts shorter and lets them do the same.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const tools = fileURLToPath(new URL('../../tools', import.meta.url));
const squeeze = (input) => execFileSync('python3', ['-c',
	'import sys; sys.path.insert(0, sys.argv[1]); import widget; ' +
	'sys.stdout.write(widget.shorten(widget.squeeze(sys.stdin.read())))',
	tools], { input, encoding: 'utf8' });
// "document" is a name of the platform, which stays as it is.
function run(script) {
	const document = { retry: 7, name: 'x', list: [1, 2] };

	new Function('document', script)(document);
	return document.result;
}

const samples = {
	'a default in a pattern': `
		const read = ({ name, retry = 5, none = 3 }) => [name, retry, none];
		document.result = read(document);`,
	'a pattern that renames': `
		const { name: called, retry: again = 2 } = document;
		document.result = { called, again };`,
	'short hands of an object': `
		const called = 1, other = 2;
		document.result = { called, other, sum: called + other };`,
	'a spread and a rest': `
		const first = [1, 2];
		const count = (...several) => several.length;
		document.result = [...first, count(...first, ...document.list)];`,
	'plus and minus': `
		let one = 1, two = 2;
		document.result = [one + ++two, one - -two, one++ + two, two-- - one];`,
	'texts and comments': `
		const text = '// not a comment "at" all', quoted = "it's /* not */ one";
		/* one; */ document.result = [text, quoted, 'a\\'b']; // text`,
	'regular expressions': `
		const slash = /[/'"\`]\\/(?<name>a+)/g, half = 4 / 2 / 1;
		document.result = ['x/a'.replace(/\\/a/, '"'), slash.source, half];`,
	templates: `
		const outer = 'o', inner = ['a', 'b'];
		document.result = \`<\${outer} \${inner.map((each) =>
			\`[\${each}  //]\`).join(' ')}>  \${'}'}\`;`,
	loops: `
		let sum = 0;
		for (let i = 0; i < 3; i++)
			for (const each of document.list)
				sum += each * i;
		for (const key in document)
			sum += key.length;
		document.result = sum;`,
	'one name in two places': `
		function outer(name) { const value = name; return { value, name }; }
		const value = 3;
		document.result = [outer('n'), value, document.name];`,
};

for (const [name, sample] of Object.entries(samples))
	test(`the tool keeps what is meant: ${name}`, () => {
		const short = squeeze(sample);

		assert.ok(short.length < sample.length);
		assert.deepEqual(run(short), run(sample));
		assert.notEqual(run(sample), undefined);
	});
