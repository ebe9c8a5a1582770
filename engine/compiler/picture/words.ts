/** Parts of a journey's document as short texts: a condition or a trigger on one line, as it is written in files. */

export type Written = Readonly<Record<string, unknown>>;

/** The value as a map; empty for anything else. */
export function mapOf(value: unknown): Written {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Written) : {};
}

/** The value as a list; a single value is a list of one, nothing is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** On one line in the form of the files; a map without its outer brackets. */
export function words(value: unknown): string {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return value.map(words).join(' and ');
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? pairs(value as Written) : inline(value);
}

function pairs(map: Written): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}: ${inline(value)}`)
    .join(', ');
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{ ${pairs(value as Written)} }`;
  return String(value);
}

/** `push`, or `push|whatsapp` with how they are chosen when it isn't the first that is reachable. */
export function channelWords(channel: unknown): string {
  if (typeof channel !== 'object' || channel === null) return String(channel ?? 'default channel');
  const [choice = 'first_of', names] = Object.entries(channel)[0] ?? [];
  const list = listOf(names).join('|');
  return choice === 'first_of' ? list : `${choice.replace('_of', ' of')} ${list}`;
}

/** `after 2d at 18:00`, or empty. */
export function timeWords(step: Written): string {
  const after = step.after === undefined ? '' : `after ${inline(step.after)}`;
  const at = step.at === undefined ? '' : `at ${words(step.at)}`;
  return [after, at].filter((part) => part !== '').join(' ');
}
