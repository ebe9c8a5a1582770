/**
 * Which profiles a batch says are one person, given where the identifiers of each mention lead. Pure; whether they really become one is
 * decided when they are merged, since limits and devices ask for all that is known then.
 */
import type { IdentityBody } from '../../compiler/ir.ts';
import type { Found, Person } from '../identify.ts';
import { deviceType, isTrusted } from './rules.ts';

/** Two profiles that are one by a rule: `alias`, `identifier TYPE` or `anonymous`. */
export interface Link {
  readonly a: Person;
  readonly b: Person;
  readonly rule: string;
}

/** The links of one mention, given the different profiles in the order in which its identifiers led to them. */
export function linksOf(found: readonly Found[], isAlias: boolean, identity: IdentityBody | null): readonly Link[] {
  const [first, ...others] = found;
  if (first === undefined || others.length === 0) return [];
  if (isAlias) return others.map(({ person }) => ({ a: first.person, b: person, rule: 'alias' }));
  const hub = found.find(({ type }) => isTrusted(identity, type));
  const trusted =
    hub === undefined
      ? []
      : found
          .filter((one) => one !== hub && isTrusted(identity, one.type))
          .map(({ person, type }) => ({ a: hub.person, b: person, rule: `identifier ${type}` }));
  const named = found.find(({ type }) => type !== deviceType);
  const devices =
    named === undefined || isTrusted(identity, deviceType)
      ? []
      : found
          .filter(({ type }) => type === deviceType)
          .map(({ person }) => ({ a: named.person, b: person, rule: 'anonymous' }));
  return [...trusted, ...devices];
}
