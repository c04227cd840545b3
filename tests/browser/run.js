// SPDX-License-Identifier: EUPL-1.2
// Runs test files as "node --test" does, and says on stderr what failed and
// why: a log that keeps only its end still tells the cause.
//
//   node run.js FILE...
//
// Told to end (SIGTERM), it says after which test that was.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const child = spawn(process.execPath, ['--test', '--test-concurrency=1',
	'--test-reporter=tap', ...process.argv.slice(2)],
{ stdio: ['ignore', 'pipe', 'inherit'] });
let at = 'none';
let fault = null;

function tell(line) {
	process.stderr.write(`${line}\n`);
}

// A failed test is "not ok", then what is wrong between "---" and "...".
// Suites that contain one fail too, and need no words of their own.
function ended() {
	if (!fault.some((line) => line.includes("'subtestsFailed'")))
		fault.filter((line) => !/node:internal|node:async/.test(line))
			.slice(0, 60).forEach(tell);
	fault = null;
}

createInterface({ input: child.stdout }).on('line', (line) => {
	const began = /^ *# Subtest: (.*)/.exec(line);

	process.stdout.write(`${line}\n`);
	if (began)
		at = began[1];
	if (/^ *not ok /.test(line)) {
		if (fault)
			ended();
		fault = [];
	}
	fault?.push(line);
	if (fault && /^ *\.\.\.$/.test(line))
		ended();
});

for (const signal of ['SIGTERM', 'SIGINT'])
	process.on(signal, () => {
		tell(`told to end; the last test that had ended: ${at}`);
		child.kill('SIGTERM');
	});

child.on('close', (code, signal) => {
	process.exitCode = signal ? 1 : code;
});
