/**
 * Where a condition stands, which decides what it may read and since when its events count (LANGUAGE b8, b9): outside journeys
 * (segments, mutes), or inside one (entry, step, wait, goal, exit).
 */
import type { MessageStatus, ValueType } from '../ir.ts';
import type { Place } from './place.ts';

export type Standpoint = Outside | Inside;

/** A segment or a mute: no enrollment, events count ever. */
export interface Outside {
  readonly kind: 'outside';
  /** For messages: "A segment". */
  readonly name: string;
}

export interface Inside {
  readonly kind: 'inside';
  readonly name: string;
  /** Since when events count that don't say: `entry`, `here`, or null where it must be said. */
  readonly defaultAnchor: string | null;
  /** What `since` may name beside `ever`. */
  readonly anchors: ReadonlySet<string>;
  /** What `entry.x` may name: properties of the facts that can open the journey, and what a `start` hands over. */
  readonly entryProperties: ReadonlyMap<string, ValueType>;
  /** The entity that the journey is per; null: it has none. Its fields may be read. */
  readonly entity: string | null;
  /** What `match` may name: entry's properties, and the key of the entity. */
  readonly matchable: ReadonlyMap<string, ValueType>;
  /** Send steps whose messages may be read; null where no message can have been sent yet. */
  readonly messages: ReadonlySet<string> | null;
  /** Says why a step can't be named here: unknown, later, or not a send. */
  faultStep(place: Place, id: string, wanted?: 'message'): void;
  /** Warns of a status that no channel of these steps ever reports. */
  checkStatus(place: Place, steps: readonly string[], status: MessageStatus): void;
}

export const inSegment: Outside = { kind: 'outside', name: 'A segment' };
export const inMute: Outside = { kind: 'outside', name: 'A mute' };
export const inLoyalty: Outside = { kind: 'outside', name: 'A loyalty programme' };

/** Outside journeys, by what it is in words for messages: "A cap". */
export function outside(name: string): Outside {
  return { kind: 'outside', name };
}
/** Where nothing but constants and traits is read, such as the `where` of an event that starts a journey. */
export const anywhere: Outside = { kind: 'outside', name: 'This' };
