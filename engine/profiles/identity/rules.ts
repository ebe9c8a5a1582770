/** What an identity document says, as questions. Pure. Without a document only devices join the person who names himself. */
import type { IdentityBody } from '../../compiler/ir.ts';
import type { Identifier } from '../identified-fact.ts';

/** The type of identifiers that name a device and nobody. */
export const deviceType = 'anonymous_id';

const patterns = new WeakMap<IdentityBody, ReadonlyMap<string, RegExp>>();

/** Whether the value names nobody. */
export function isBlocked(identity: IdentityBody | null, { type, value }: Identifier): boolean {
  if (identity === null) return false;
  let known = patterns.get(identity);
  if (known === undefined) {
    const rules = identity.mergeBy.filter(({ never }) => never.length > 0);
    known = new Map(rules.map(({ identifier, never }) => [identifier, patternOf(never)]));
    patterns.set(identity, known);
  }
  return known.get(type)?.test(value.toLowerCase()) === true;
}

function patternOf(values: readonly string[]): RegExp {
  const sources = values.map((value) => value.split('*').map(escaped).join('.*'));
  return new RegExp(`^(?:${sources.join('|')})$`, 's');
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

/** The place of a type in the order of trust: 0 the most trusted; after all others what no rule names, and devices last. */
export function trustOf(identity: IdentityBody | null, type: string): number {
  const place = identity?.mergeBy.findIndex(({ identifier }) => identifier === type) ?? -1;
  if (place >= 0) return place;
  return (identity?.mergeBy.length ?? 0) + (type === deviceType ? 1 : 0);
}

/** Whether a value of the type in common makes one person of two profiles. */
export function isTrusted(identity: IdentityBody | null, type: string): boolean {
  return identity?.mergeBy.some(({ identifier }) => identifier === type) === true;
}

/** How many profiles may be one person where nothing is said. */
export const maxProfilesUsual = 50;
