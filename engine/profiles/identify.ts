/**
 * Who the facts of a batch are about, row after row: the first known identifier, in order of trust, names the profile; the unknown
 * ones are attached to it; a row that knows nobody makes a new profile. Pure: `ingest.ts` reads and writes the store.
 */
import type { Identifier } from './identified-fact.ts';
import type { Place } from './queries.ts';

/** A profile: known, or the nth that the batch creates. */
export type Person = { readonly kind: 'known'; readonly place: Place } | { readonly kind: 'new'; readonly n: number };

/** A profile that a mention led to, and by which type of identifier first. */
export interface Found {
  readonly person: Person;
  readonly type: Identifier['type'];
}

export interface Identities {
  /** One for each row. */
  readonly people: readonly Person[];
  readonly newPeople: number;
  /** Identifiers that nobody had, each once, with the row that told them first. */
  readonly attached: readonly Attached[];
  /** Of new people by number the row that made them. */
  readonly madeBy: readonly number[];
  /** Rows whose identifiers point at several profiles, with these: the most trusted one wins. What follows is `identity/links.ts`. */
  readonly ambiguous: readonly { readonly row: number; readonly found: readonly Found[] }[];
}

export interface Attached {
  readonly identifier: Identifier;
  readonly person: Person;
  readonly row: number;
}

/** An identifier of a device names nobody; any other makes its person known. */
export function isStrong({ type }: Identifier): boolean {
  return type !== 'anonymous_id';
}

/**
 * Rows by which people who were anonymous so far become known, given those (by profile) who had a strong identifier before: the first
 * one to bring a strong identifier, unless it also made the person.
 */
export function knownBy({ attached, madeBy }: Identities, hadStrong: ReadonlySet<number>): ReadonlySet<number> {
  const first = new Map<string, Attached>();
  for (const one of attached) {
    const key = one.person.kind === 'new' ? `new ${one.person.n}` : `${one.person.place.profileId}`;
    if (isStrong(one.identifier) && !first.has(key)) first.set(key, one);
  }
  const isFirst = ({ person, row }: Attached): boolean =>
    person.kind === 'new' ? madeBy[person.n] !== row : !hadStrong.has(person.place.profileId);
  return new Set([...first.values()].filter(isFirst).map(({ row }) => row));
}

/** `known` holds the places of the rows' identifiers by `identifierKey`. */
export function identify(
  rows: readonly { readonly identifiers: readonly Identifier[] }[],
  known: ReadonlyMap<string, Place>,
): Identities {
  const byKey = new Map<string, Person>();
  for (const [key, place] of known) byKey.set(key, { kind: 'known', place });
  const people: Person[] = [];
  const attached: Attached[] = [];
  const madeBy: number[] = [];
  const ambiguous: Identities['ambiguous'][number][] = [];
  for (const [row, { identifiers }] of rows.entries()) {
    const keys = identifiers.map(identifierKey);
    const found = keys.map((key) => byKey.get(key));
    const first = found.find((person) => person !== undefined);
    const person: Person = first ?? { kind: 'new', n: madeBy.length };
    if (first === undefined) madeBy.push(row);
    people.push(person);
    if (found.some((other) => other !== undefined && !isSame(other, person))) {
      ambiguous.push({ row, found: differentOf(identifiers, found) });
    }
    for (const [i, identifier] of identifiers.entries()) {
      const key = keys[i] as string;
      if (byKey.has(key)) continue;
      byKey.set(key, person);
      attached.push({ identifier, person, row });
    }
  }
  return { people, newPeople: madeBy.length, attached, madeBy, ambiguous };
}

/** Each profile once, with the type that led to it first. */
function differentOf(identifiers: readonly Identifier[], found: readonly (Person | undefined)[]): readonly Found[] {
  const different: Found[] = [];
  for (const [i, person] of found.entries()) {
    if (person === undefined || different.some((one) => isSame(one.person, person))) continue;
    different.push({ person, type: identifiers[i]!.type });
  }
  return different;
}

/** One text for an identifier; the null character is in no stored text. */
export function identifierKey({ type, value }: Identifier): string {
  return `${type}\0${value}`;
}

function isSame(a: Person, b: Person): boolean {
  if (a.kind === 'known') return b.kind === 'known' && a.place.profileId === b.place.profileId;
  return b.kind === 'new' && a.n === b.n;
}
