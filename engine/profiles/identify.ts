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

/** The identifiers that mentions name, each once: mentions tell theirs by their places among them. */
export interface Names {
  readonly all: readonly Identifier[];
  /** Of each mention, in order of trust. */
  readonly of: readonly (readonly number[])[];
}

export function namesOf(mentions: readonly { readonly identifiers: readonly Identifier[] }[]): Names {
  const all: Identifier[] = [];
  const byType = new Map<string, Map<string, number>>();
  const of = mentions.map(({ identifiers }) =>
    identifiers.map((one) => {
      let ofType = byType.get(one.type);
      if (ofType === undefined) {
        ofType = new Map();
        byType.set(one.type, ofType);
      }
      let place = ofType.get(one.value);
      if (place === undefined) {
        place = all.push(one) - 1;
        ofType.set(one.value, place);
      }
      return place;
    }),
  );
  return { all, of };
}

/** `known`: of each name the place of its profile, where it has one. */
export function identify(names: Names, known: readonly (Place | undefined)[]): Identities {
  const who = known.map((place): Person | undefined => place && { kind: 'known', place });
  const people: Person[] = [];
  const attached: Attached[] = [];
  const madeBy: number[] = [];
  const ambiguous: Identities['ambiguous'][number][] = [];
  for (const [row, places] of names.of.entries()) {
    let person: Person | undefined;
    let isAmbiguous = false;
    for (const at of places) {
      const one = who[at];
      if (one === undefined) continue;
      if (person === undefined) person = one;
      else if (!isSame(one, person)) isAmbiguous = true;
    }
    if (isAmbiguous) ambiguous.push({ row, found: differentOf(names.all, places, who) });
    if (person === undefined) person = { kind: 'new', n: madeBy.push(row) - 1 };
    people.push(person);
    for (const at of places) {
      if (who[at] !== undefined) continue;
      who[at] = person;
      attached.push({ identifier: names.all[at]!, person, row });
    }
  }
  return { people, newPeople: madeBy.length, attached, madeBy, ambiguous };
}

/** Each profile once, with the type that led to it first. */
function differentOf(
  all: readonly Identifier[],
  places: readonly number[],
  who: readonly (Person | undefined)[],
): readonly Found[] {
  const different: Found[] = [];
  for (const at of places) {
    const person = who[at];
    if (person === undefined || different.some((one) => isSame(one.person, person))) continue;
    different.push({ person, type: all[at]!.type });
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
