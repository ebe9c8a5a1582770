/** The people of one lane transaction and what of them was touched: what decides who is looked at again. */

import { Names } from './names.ts';

/** What happened to one person in this transaction. */
export interface Person {
  readonly lane: number;
  readonly profileId: number;
  readonly events: Names;
  readonly traits: Names;
  /** Segments entered or left. */
  readonly segments: Names;
  /** Entities of which a row of his is another now. */
  readonly entities: Names;
  consents: boolean;
  messages: boolean;
  /** The most hops of what happened to him: see `facts/own-events.ts`. */
  hop: number;
  /** Whether facts of ours about him went round too often to move anything (see `facts/record.ts`). */
  isLooped: boolean;
  /** Whether he was unknown until now: everything is read for the first time. */
  isNew: boolean;
  /** Whether anything but history happened: only then may journeys start or move. */
  live: boolean;
}

export interface People {
  readonly all: ReadonlyMap<number, Person>;
  /** The person, noted down if new. */
  of(lane: number, profileId: number): Person;
}

export function peopleOfBatch(): People {
  const all = new Map<number, Person>();
  return {
    all,
    of(lane, profileId) {
      let person = all.get(profileId);
      if (person === undefined) {
        person = {
          lane,
          profileId,
          events: new Names(),
          traits: new Names(),
          segments: new Names(),
          entities: new Names(),
          consents: false,
          messages: false,
          hop: 0,
          isLooped: false,
          isNew: false,
          live: false,
        };
        all.set(profileId, person);
      }
      return person;
    },
  };
}

/** What a reader must share with a person to be touched. */
export interface Reads {
  readonly events: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  readonly entities: ReadonlySet<string>;
  readonly consents: boolean;
  readonly messages: boolean;
}

/** Whether something that `reads` names happened to the person. */
export function touches(person: Person, reads: Reads): boolean {
  return (
    person.isNew ||
    person.events.overlaps(reads.events) ||
    person.traits.overlaps(reads.traits) ||
    person.segments.overlaps(reads.segments) ||
    person.entities.overlaps(reads.entities) ||
    (person.consents && reads.consents) ||
    (person.messages && reads.messages)
  );
}

/** Aligned arrays for a statement over people. */
export function arraysOf(people: readonly { readonly lane: number; readonly profileId: number }[]): {
  readonly lanes: number[];
  readonly profiles: number[];
} {
  return { lanes: people.map((one) => one.lane), profiles: people.map((one) => one.profileId) };
}
