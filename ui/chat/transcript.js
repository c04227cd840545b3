// SPDX-License-Identifier: EUPL-1.2
// The conversation as a file, made in the browser.

import { momentOf, say, timeOf, tongue } from './words.js';

const safe = (text) => text.replace(/[&<>]/g, (each) =>
	`&#${each.charCodeAt()};`).replaceAll('\n', '<br>');

// lines: [{ at, name, text }] as shown; type: 'html' or 'plain'.
export function offer(type, lines, who, receipt) {
	const link = document.createElement('a');
	const isPage = type === 'html';
	const date = lines[0]?.at ?? new Date();
	const parts = [`${say('chat')}, ${who}`, momentOf(date),
		`${say('code')}: ${receipt}`, ...lines.map(({ at, name, text }) =>
			`${timeOf(at)} ${name}${text}`)];
	// The mark in front tells old editors of a text that it is UTF-8.
	const text = isPage ? `<!doctype html><html lang=${tongue}>` +
		'<meta charset=utf-8><meta name=viewport content=width=device-width>' +
		`<title>${safe(parts[0])}</title>\n<p>` +
		parts.map(safe).join('\n<p>') : `\ufeff${parts.join('\n\n')}\n`;

	link.href = URL.createObjectURL(new Blob([text], { type: `text/${type}` }));
	link.download = `chat-${date.toISOString().slice(0, 10)}.${
		isPage ? 'html' : 'txt'}`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
