/**
 * Whom the facts of a batch name, and what goes to whom: a fact is about one person, about the people tied to a row of an entity, or
 * both. Pure; who they are and what the row becomes is found between the two.
 */
import type { EntityFact, Fact } from './fact.ts';
import type { IdentifiedFact, Identifier } from './identified-fact.ts';
import type { Place } from './queries.ts';

/** One person as a fact names him. */
export interface Mention {
  readonly identifiers: readonly Identifier[];
  /** All of them are one person, said outright. */
  readonly isAlias?: boolean;
}

export interface Mentions {
  readonly all: readonly Mention[];
  /** For each fact, places in `all`. */
  readonly byFact: readonly {
    readonly own: number | null;
    /** For each role of the row's people. */
    readonly tied: readonly (readonly number[])[];
  }[];
}

export function mentionsOf(facts: readonly IdentifiedFact[]): Mentions {
  const all: Mention[] = [];
  const mention = (identifiers: readonly Identifier[], isAlias = false) => all.push({ identifiers, isAlias }) - 1;
  const byFact = facts.map(({ identifiers, row, isAlias = false }) => ({
    own: identifiers.length === 0 ? null : mention(identifiers, isAlias),
    tied: (row?.people ?? []).map(({ of }) => of.map((one) => mention(one))),
  }));
  return { all, byFact };
}

/** A fact for one person. */
export interface Addressed {
  readonly place: Place;
  readonly fact: Fact;
}

export interface Spreading {
  readonly facts: readonly IdentifiedFact[];
  readonly mentions: Mentions;
  /** Of each mention. */
  readonly places: readonly Place[];
  /** Profiles that this batch made. */
  readonly newcomers: ReadonlySet<number>;
  /** Mentions by which people who were anonymous become known. */
  readonly identified: ReadonlySet<number>;
  /** What each fact is for the people tied to its row. */
  readonly rowFacts: readonly (readonly { readonly place: Place; readonly entity: EntityFact }[])[];
}

/**
 * What goes to whom, in the order of the facts. All that is asked about people must be asked of a newcomer, whatever his first facts
 * are; so who is only named gets a fact that says no more than that he is there.
 */
export function spread({ facts, mentions, places, newcomers, identified, rowFacts }: Spreading): readonly Addressed[] {
  const reached = new Set<number>();
  const address = (place: Place, fact: Fact): Addressed => {
    reached.add(place.profileId);
    return { place, fact: newcomers.has(place.profileId) ? { ...fact, isNew: true } : fact };
  };
  const isSimple =
    identified.size === 0 && rowFacts.every((one) => one.length === 0) && facts.every(({ row }) => row === undefined);
  // Most batches: each fact is one person's, and is what it was.
  if (isSimple) {
    const simple: Addressed[] = [];
    for (const [i, { fact }] of facts.entries()) {
      const own = mentions.byFact[i]!.own;
      if (own !== null) simple.push(address(places[own]!, fact));
    }
    return newcomers.size === 0 ? simple : sinceWhen(simple);
  }
  const addressed = facts.flatMap(({ fact }, i) => {
    const own = mentions.byFact[i]!.own;
    const about = own === null ? null : places[own]!;
    const ofRow = rowFacts[i] ?? [];
    const his = ofRow.filter(({ place }) => place.profileId === about?.profileId).map(({ entity }) => entity);
    const isIdentified = own !== null && identified.has(own) ? ({ isIdentified: true } as const) : {};
    const more = { ...isIdentified, ...(his.length > 0 && { entities: his }) };
    const first = about === null ? [] : [address(about, { ...fact, ...more })];
    const others = ofRow.filter(({ place }) => place.profileId !== about?.profileId);
    return [...first, ...others.map(({ place, entity }) => address(place, { ...bare(fact), entities: [entity] }))];
  });
  const named = facts.flatMap(({ fact }, i) =>
    mentions.byFact[i]!.tied.flat().flatMap((n) => {
      const place = places[n]!;
      if (identified.has(n)) return [address(place, { ...bare(fact), isIdentified: true })];
      const isLeftOut = newcomers.has(place.profileId) && !reached.has(place.profileId);
      return isLeftOut ? [address(place, bare(fact))] : [];
    }),
  );
  return newcomers.size === 0 ? [...addressed, ...named] : sinceWhen([...addressed, ...named]);
}

/** Tells each fact of a newcomer since when he is known: any of them may be read first. */
function sinceWhen(all: readonly Addressed[]): readonly Addressed[] {
  const first = new Map<number, number>();
  for (const { place, fact } of all) {
    if (fact.isNew === true) first.set(place.profileId, Math.min(fact.at, first.get(place.profileId) ?? fact.at));
  }
  return all.map((one) => {
    const since = first.get(one.place.profileId);
    return since === undefined || since === one.fact.at ? one : { ...one, fact: { ...one.fact, since } };
  });
}

/** When and by whom it was told, without what. */
function bare({ at, received, source, trigger }: Fact): Fact {
  return { at, received, source, trigger };
}
