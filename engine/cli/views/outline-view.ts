/** The outline of a journey, for people at a terminal and in pull requests. */
import type { Outline, OutlineLine } from '../../compiler/picture/journey-outline.ts';
import { oneLine, type Style } from './style.ts';

/** Names beyond this push their own line to the right, not all. */
const nameColumnsMax = 36;

/** The text, ending with a newline. */
export function outlineText({ id, title, head, lines }: Outline, style: Style): string {
  const width = Math.min(nameColumnsMax, Math.max(...lines.map((line) => line.depth * 2 + line.name.length)));
  const day = Math.max(...lines.map((line) => daysText(line).length));
  const about = title === '' ? '' : `: ${oneLine(title)}`;
  return [
    `${style.strong(id)}${about}\n`,
    ...head.map(({ name, text }) => `  ${style.faint(name.padEnd(5))}  ${oneLine(text)}\n`),
    '\n',
    ...lines.map((line) => `${outlineLine(line, { width, day }, style).trimEnd()}\n`),
  ].join('');
}

function outlineLine(line: OutlineLine, { width, day }: { width: number; day: number }, style: Style): string {
  const margin = `  ${style.faint(daysText(line).padEnd(day))}  ${'  '.repeat(line.depth)}`;
  if (line.kind === 'way') return `${margin}${style.faint(`${oneLine(line.name)} →`)}`;
  if (line.kind === 'rejoin') return `${margin}${style.faint(`┘ rejoin at ${line.name}`)}`;
  const name = line.name.padEnd(width - line.depth * 2);
  return `${margin}${style.strong(name)}  ${oneLine(line.text)}`;
}

/** `day 2`, `day 0–2`, or empty. Hours and minutes count as parts of a day. */
function daysText({ kind, days }: OutlineLine): string {
  if (kind !== 'step') return '';
  if (days === null) return 'day ?';
  const [from, to] = [Math.floor(days.from), Math.floor(days.to)];
  return from === to ? `day ${from}` : `day ${from}–${to}`;
}
