/**
 * A compiled resource for people, as YAML with conditions, durations and money in the words of the language, and for programs as it
 * is stored. The YAML is no file of the language: it says what a file leaves unsaid.
 */
import { stringify } from 'yaml';
import { formatMoney } from '../../compiler/decimals.ts';
import { formatDuration } from '../../compiler/durations.ts';
import type { Bundle, Duration, Money } from '../../compiler/ir.ts';
import { formatConditions } from '../../reconcile/format-condition.ts';
import { isCondition } from '../../reconcile/readable-body.ts';
import type { View } from './view.ts';

export interface ShownResource {
  readonly resource: Bundle['resources'][number];
  /** `kind/id`, sorted. */
  readonly readBy: readonly string[];
  readonly place: string | null;
}

export const resourceView: View<ShownResource> = {
  human: (shown) => stringify(described(shown, inWords), { lineWidth: 0, aliasDuplicateObjects: false }),
  json: (shown) => described(shown, (body) => body),
};

function described({ resource, readBy, place }: ShownResource, body: (value: unknown) => unknown) {
  const { kind, id, digest, meta, needs } = resource;
  return { kind, id, ...meta, place, digest, needs, read_by: readBy, body: body(resource.body) };
}

function inWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inWords);
  if (typeof value !== 'object' || value === null) return value;
  if (hasExactly(value, ['days', 'months', 'ms'])) return formatDuration(value as Duration);
  if (hasExactly(value, ['amount', 'currency'])) return formatMoney(value as Money);
  if (isCondition(value)) return formatConditions(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null && !(Array.isArray(part) && part.length === 0))
      .map(([key, part]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), inWords(part)]),
  );
}

function hasExactly(value: object, keys: readonly string[]): boolean {
  return Object.keys(value).sort().join() === keys.join();
}
