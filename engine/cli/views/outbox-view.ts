/** The local mailbox as text and as JSON. */
import type { CaughtMessage } from '../../channels/outbox-files.ts';
import { table } from './style.ts';
import type { View } from './view.ts';

const subjectCharactersMax = 50;

export const outboxView: View<readonly CaughtMessage[]> = {
  human(messages) {
    if (messages.length === 0) return 'Nothing was caught yet.\n';
    const rows = messages.map((one) => [
      one.id,
      one.at.slice(0, 16).replace('T', ' '),
      one.to ?? '',
      one.template,
      firstWords(one),
    ]);
    return table(['message', 'at (UTC)', 'to', 'template', 'words'], rows, { align: 'lllll' });
  },
  json: (messages) => messages,
};

export const caughtView: View<CaughtMessage> = {
  human(one, style) {
    const about = [
      ['Message', one.id],
      ['At', one.at],
      ['To', one.to ?? ''],
      ['Template', `${one.template} (${one.locale})`],
      ['Step', `${one.journey}/${one.step}`],
      ...(one.test ? [['Test', 'yes']] : []),
      ...Object.entries(one.headers ?? {}),
      ...(one.attachments ?? []).map((name) => ['Attached', name]),
      ...(one.subject === undefined ? [] : [['Subject', one.subject]]),
      ...(one.title === undefined ? [] : [['Title', one.title]]),
    ].map(([name, value]) => `${style.strong(`${name}:`)} ${value}`);
    const html =
      one.html === undefined
        ? []
        : ['', `(HTML of ${one.html.length} characters: \`parcours serve --outbox\` shows it)`];
    return `${[...about, '', one.text ?? '', ...html].join('\n').trimEnd()}\n`;
  },
  json: (one) => one,
};

function firstWords({ subject, title, text = '' }: CaughtMessage): string {
  const words = (subject ?? title ?? text).replace(/\s+/g, ' ').trim();
  return words.length > subjectCharactersMax ? `${words.slice(0, subjectCharactersMax - 1)}…` : words;
}
