/**
 * Countries linked for running: whom each is about, and what tells it. A country gives people their zone, so who is its must be known before
 * anything is evaluated: tests of traits that facts bring are read as they stand; anything else is kept as a segment without a file, and
 * whoever enters or leaves it is given his zone in the next transaction.
 */
import { digestOf } from './digest.ts';
import type { BundleResource, Condition, CountryBody } from './ir.ts';
import { readersOf } from './readers.ts';
import { readsOnlyTraits } from './reading.ts';

export interface LinkedCountry {
  readonly id: string;
  readonly body: CountryBody;
  /** What is read to settle whose country it is. */
  readonly where: Condition;
  /** Traits by which people belong to it. */
  readonly traits: ReadonlySet<string>;
}

/** The condition of a country that is kept like a segment's. */
export interface CountrySegment {
  readonly name: string;
  readonly digest: string;
  readonly where: Condition;
}

export function linkCountry(id: string, body: CountryBody, computed: ReadonlySet<string>): LinkedCountry {
  const { traits } = readersOf(body.where);
  if (!isKept(body, computed)) return { id, body, where: body.where, traits };
  return { id, body, where: { kind: 'segment', segment: nameOf(id) }, traits: new Set() };
}

/** The segments without a file by which countries know their people. */
export function countrySegments(resources: readonly BundleResource[]): readonly CountrySegment[] {
  const computed = computedTraits(resources);
  return resources.flatMap((one) =>
    one.kind === 'country' && isKept(one.body, computed)
      ? [{ name: nameOf(one.id), digest: digestOf(one.body.where), where: one.body.where }]
      : [],
  );
}

/** Names of traits that are worked out, and personas. */
export function computedTraits(resources: readonly BundleResource[]): ReadonlySet<string> {
  return new Set(resources.flatMap((one) => (one.kind === 'trait' && one.body.origin === 'computed' ? [one.id] : [])));
}

/** Whether a segment is that of a country. */
export function isCountrySegment(segment: string): boolean {
  return segment.startsWith('country/');
}

function nameOf(id: string): string {
  return `country/${id}`;
}

/** `last_seen_at` and the like are worked out, too, where nobody declares them; a country reads them as it reads any segment. */
function isKept({ where }: CountryBody, computed: ReadonlySet<string>): boolean {
  const { traits } = readersOf(where);
  return !readsOnlyTraits(where) || [...traits].some((name) => computed.has(name) || name === 'last_seen_at');
}
