/** The pages of the local mailbox: plain HTML without scripts. Whatever a message holds is text in them, or stands in a frame. */
import type { CaughtMessage } from '../../channels/outbox-files.ts';

/** Of our own pages. */
export const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Of a mail in its frame: it may look as it likes, and load pictures as a mail program would. */
export const framePolicy =
  "sandbox; default-src 'none'; style-src 'unsafe-inline' https:; img-src https: http: data:; font-src https:; frame-ancestors 'self'";

export interface OutboxShown {
  readonly messages: readonly CaughtMessage[];
  readonly channels: readonly string[];
  /** The channel that was chosen; null: all. */
  readonly channel: string | null;
  /** Where older ones begin, by channel; null: these are all. */
  readonly next: Readonly<Record<string, number>> | null;
}

export function outboxPage({ messages, channels, channel, next }: OutboxShown): string {
  const tabs = [
    tab('/outbox', 'all', channel === null),
    ...channels.map((id) => tab(`/outbox?channel=${encodeURIComponent(id)}`, id, channel === id)),
  ];
  const rows = messages.map(
    (one) => `<tr><td><a href="/outbox/${encodeURIComponent(one.id)}">${escaped(wordsOf(one))}</a></td>
<td>${escaped(one.to ?? '')}</td><td>${escaped(one.channel)}</td><td>${escaped(one.template)}</td><td>${time(one.at)}</td></tr>`,
  );
  const places = Object.entries(next ?? {}).map(([id, place]) => `${id}:${place}`);
  const chosen = channel === null ? '' : `channel=${encodeURIComponent(channel)}&amp;`;
  const older =
    next === null
      ? ''
      : `<p><a href="/outbox?${chosen}before=${encodeURIComponent(places.join(','))}">Older messages</a></p>`;
  const list =
    rows.length === 0
      ? '<p>Nothing was caught yet.</p>'
      : `<div class="list"><table><thead><tr><th>Message</th><th>To</th><th>Channel</th><th>Template</th><th>At (UTC)</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
  const about = '<p>These messages were caught by the sandbox. None of them was sent.</p>';
  return page(
    'Local mailbox',
    `<h1>Local mailbox</h1>${about}<nav aria-label="Channels">${tabs.join(' ')}</nav>${list}${older}`,
  );
}

export function messagePage(one: CaughtMessage): string {
  const facts = [
    ['To', one.to ?? ''],
    ['At', one.at],
    ['Channel', one.channel],
    ['Template', `${one.template} (${one.locale})`],
    ['Step', `${one.journey}/${one.step}`],
    ...(one.test ? [['Test', 'yes']] : []),
    ...Object.entries(one.headers ?? {}),
    ...(one.attachments ?? []).map((name) => ['Attached', name]),
  ].map(([name = '', value = '']) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`);
  const frame =
    one.html === undefined
      ? ''
      : `<iframe sandbox="" title="The mail" src="/outbox/${encodeURIComponent(one.id)}/html"></iframe>`;
  const text = one.text === undefined ? '' : `<pre lang="${escaped(one.locale)}">${escaped(one.text)}</pre>`;
  const words = one.html === undefined ? text : `${frame}<details><summary>Text</summary>${text}</details>`;
  return page(
    wordsOf(one),
    `<p><a href="/outbox">Local mailbox</a></p><h1 lang="${escaped(one.locale)}">${escaped(wordsOf(one))}</h1>
<article class="message">${words}</article><dl>${facts.join('')}</dl>`,
  );
}

const wordsMax = 80;

function wordsOf({ subject, title, text = '' }: CaughtMessage): string {
  const words = (subject ?? title ?? text).replace(/\s+/g, ' ').trim() || '(no words)';
  return words.length > wordsMax ? `${words.slice(0, wordsMax - 1)}…` : words;
}

function tab(href: string, name: string, isChosen: boolean): string {
  return `<a href="${href}"${isChosen ? ' aria-current="page"' : ''}>${escaped(name)}</a>`;
}

function time(at: string): string {
  return `<time datetime="${escaped(at)}">${escaped(at.slice(0, 16).replace('T', ' '))}</time>`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${style}</style></head><body><main>${body}</main></body></html>
`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

const style = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b1b1b;background:#fff}main{max-width:72rem;margin:0 auto;padding:1rem}
a{color:#0b4f9e}nav a{margin-right:.75rem}a[aria-current]{font-weight:600;text-decoration:none;color:inherit}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #ccc}td:nth-child(-n+2){overflow-wrap:anywhere;min-width:8rem}.list{overflow-x:auto}time{white-space:nowrap}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}.message{border:1px solid #8a8a8a;border-radius:.5rem;padding:1rem}
iframe{width:100%;height:36rem;border:0}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}`;
