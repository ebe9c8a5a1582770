/**
 * Who the facts of a batch are about, row after row: the first known identifier, in order of trust, names the profile; the unknown
 * ones are attached to it; a row that knows nobody makes a new profile. Pure: `ingest.ts` reads and writes the store.
 */
import type { Identifier } from './identified-fact.ts';
import type { Place } from './queries.ts';

/** A profile: known, or the nth that the batch creates. */
export type Person = { readonly kind: 'known'; readonly place: Place } | { readonly kind: 'new'; readonly n: number };

export interface Identities {
  /** One for each row. */
  readonly people: readonly Person[];
  readonly newPeople: number;
  /** Identifiers that nobody had, each once. */
  readonly attached: readonly { readonly identifier: Identifier; readonly person: Person }[];
  /** Rows whose identifiers point at several profiles: the most trusted one wins. Merging is another matter. */
  readonly ambiguous: number;
}

/** `known` holds the places of the rows' identifiers by `identifierKey`. */
export function identify(
  rows: readonly { readonly identifiers: readonly Identifier[] }[],
  known: ReadonlyMap<string, Place>,
): Identities {
  const byKey = new Map<string, Person>();
  for (const [key, place] of known) byKey.set(key, { kind: 'known', place });
  const people: Person[] = [];
  const attached: { identifier: Identifier; person: Person }[] = [];
  let newPeople = 0;
  let ambiguous = 0;
  for (const { identifiers } of rows) {
    const found = identifiers.map((identifier) => byKey.get(identifierKey(identifier)));
    const first = found.find((person) => person !== undefined);
    const person = first ?? { kind: 'new', n: newPeople++ };
    people.push(person);
    if (found.some((other) => other !== undefined && !isSame(other, person))) ambiguous += 1;
    for (const identifier of identifiers) {
      const key = identifierKey(identifier);
      if (byKey.has(key)) continue;
      byKey.set(key, person);
      attached.push({ identifier, person });
    }
  }
  return { people, newPeople, attached, ambiguous };
}

/** One text for an identifier; the null character is in no stored text. */
export function identifierKey({ type, value }: Identifier): string {
  return `${type}\0${value}`;
}

function isSame(a: Person, b: Person): boolean {
  if (a.kind === 'known') return b.kind === 'known' && a.place.profileId === b.place.profileId;
  return b.kind === 'new' && a.n === b.n;
}
