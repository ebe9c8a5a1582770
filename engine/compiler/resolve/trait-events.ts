/** The events that a computed trait reads: types, tests and the window, which all heads over events write alike. */
import type { EventSelection, Window } from '../ir.ts';
import { type NamedEvent, readEventTypes, selectionOf } from './events.ts';
import { child, demand, fault, type Place } from './place.ts';
import { readMoment } from './refs.ts';
import { outside } from './standpoint.ts';
import { durationAt } from './values.ts';

/** Computed traits stand in no journey. */
export const inTrait = outside('A trait');
export const always: Window = { kind: 'ever' };

export interface TraitEvents {
  readonly selection: EventSelection;
  readonly events: readonly NamedEvent[];
}

/** `event`, `where`, and `in_last` or `since`. */
export function readEvents(place: Place): TraitEvents {
  const events = readEventTypes(demand(place, 'event'));
  return { events, selection: selectionOf(place, { events, window: readWindow(place) }, inTrait) };
}

function readWindow(place: Place): Window {
  const since = child(place, 'since');
  const duration = durationAt(place, 'in_last');
  if (since !== undefined && duration !== null) {
    fault(since, 'CMP032', 'Events count from one moment: keep `since` or `in_last`, not both.', { on: 'key' });
  }
  if (duration !== null) return { kind: 'in_last', duration };
  const moment = since === undefined ? undefined : readMoment(since, inTrait);
  return moment === undefined ? always : { kind: 'from', moment };
}
