/**
 * Mutes, and caps of nothing, that stop all messages of a journey (LANGUAGE a13): for certain, or for those who enter it, because
 * what lets them in is what mutes them. What follows from what is told by the form of conditions alone.
 */
import { canonicalJson } from '../canonical.ts';
import { implies } from '../implies.ts';
import type { Condition, Coverage, JourneyBody, Trigger } from '../ir.ts';
import { allSteps } from '../steps-inside.ts';
import type { Across, Compiled } from './across.ts';
import { again } from './across.ts';
import { readCap } from './caps.ts';
import { type Covered, coversMessage } from './covering.ts';
import { child, demand, fault, items, type Place, rangeOf } from './place.ts';
import { readMute } from './pressure.ts';
import { listed } from './values.ts';

/** What stops messages: always, or for people of whom `where` is true. */
interface Stop {
  readonly kind: 'mute' | 'cap';
  readonly where: Condition | null;
  readonly covers: Coverage;
  readonly place: Place;
}

export function checkStopped(across: Across): void {
  const stops = stopsOf(across);
  if (stops.length === 0) return;
  const segments = new Map(across('segment').map(({ id, body }) => [id, body.where]));
  const journeys = across('journey').map((journey) => ({ ...journey, messages: messagesOf(journey) }));
  for (const stop of stops) {
    const covered = journeys.filter(
      ({ messages }) => messages.length > 0 && messages.every((message) => coversMessage(stop.covers, message)),
    );
    if (stop.where === null) sayStopped(stop, covered);
    else
      sayStoppedAtEntry(
        stop,
        covered.filter(({ body }) => isImpliedByEntry(stop.where as Condition, body, segments)),
      );
  }
}

function stopsOf(across: Across): readonly Stop[] {
  const mutes = across('pressure').flatMap(({ place }) => items(child(place, 'mute')).map(stopOfMute));
  const documents = [...across('pressure'), ...across('country')];
  const caps = documents.flatMap(({ place, body }) =>
    items(child(place, 'caps')).flatMap((cap) => stopOfCap(cap, 'where' in body ? body.where : null)),
  );
  return [...mutes, ...caps];
}

function stopOfMute(place: Place): Stop {
  const { where, covers } = readMute(again(place));
  return { kind: 'mute', where, covers, place };
}

/** A cap that lets nothing through. */
function stopOfCap(place: Place, ofCountry: Condition | null): readonly Stop[] {
  const { max, where, covers } = readCap(again(place));
  return max === 0 ? [{ kind: 'cap', where: where ?? ofCountry, covers, place }] : [];
}

/** Every channel by which the journey may send or call. */
function messagesOf({ id, body }: Compiled<'journey'>): readonly Covered[] {
  return allSteps(body.steps).flatMap(({ do: action }): readonly Covered[] => {
    if (action.kind === 'send') {
      return action.channels.map((channel) => ({ journey: id, objective: action.objective, channel }));
    }
    return action.kind === 'call' ? [{ journey: id, objective: body.objective, channel: action.list }] : [];
  });
}

type Stopped = readonly Compiled<'journey'>[];

function sayNothing(cap: Stop): void {
  const detail =
    'A cap of 0 lets nothing through that it covers. If that is meant, a mute says so and decisions name it; otherwise write the greatest number of messages.';
  fault(demand(cap.place, 'max'), 'CMP219', detail);
}

function sayStopped(cap: Stop, stopped: Stopped): void {
  if (stopped.length === 0) {
    sayNothing(cap);
    return;
  }
  const detail = `This cap lets nothing through, and it covers all messages of ${named(stopped)}: ${they(stopped)} would never send anything. Cover less, or take ${stopped.length === 1 ? 'it' : 'them'} out with \`not_journeys\`.`;
  fault(demand(cap.place, 'max'), 'CMP202', detail, { related: entriesOf(stopped) });
}

function sayStoppedAtEntry(stop: Stop, stopped: Stopped): void {
  if (stopped.length === 0) {
    if (stop.kind === 'cap') sayNothing(stop);
    return;
  }
  const detail = `Who enters ${named(stopped)} is one of these people, so the messages are held back as long as that holds, which may be for ever. Add \`not_journeys: [${stopped.map(({ id }) => id).join(', ')}]\`, or let other people in.`;
  fault(child(stop.place, 'where') ?? stop.place, 'CMP203', detail, { related: entriesOf(stopped) });
}

function named(journeys: Stopped): string {
  return `${journeys.length === 1 ? 'journey' : 'journeys'} ${listed(journeys.map(({ id }) => id))}`;
}

function they(journeys: Stopped): string {
  return journeys.length === 1 ? 'it' : 'they';
}

function entriesOf(journeys: Stopped): { readonly message: string; readonly range: ReturnType<typeof rangeOf> }[] {
  return journeys.map(({ id, place }) => ({
    message: `\`${id}\` begins here`,
    range: rangeOf(demand(place, 'entry'), 'key'),
  }));
}

type Segments = ReadonlyMap<string, Condition>;

/** Whether what is true of everybody who enters makes the condition true. */
function isImpliedByEntry(condition: Condition, { entry }: JourneyBody, segments: Segments): boolean {
  const always = entry.if === null ? [] : [entry.if];
  return (
    entry.triggers.length > 0 &&
    entry.triggers.every((trigger) => {
      const known = new Map<string, Condition>();
      for (const one of [...always, ...knownAt(trigger)]) addKnown(one, known, segments);
      return isImplied(condition, { kind: 'all', of: [...known.values()] }, segments);
    })
  );
}

function knownAt(trigger: Trigger): readonly Condition[] {
  if (trigger.kind === 'enters') return [{ kind: 'segment', segment: trigger.segment }];
  if (trigger.kind === 'schedule') return [{ kind: 'segment', segment: trigger.members }];
  return trigger.kind === 'becomes' ? [trigger.if] : [];
}

/** The condition, its parts, and what defines the segments among them. */
function addKnown(condition: Condition, known: Map<string, Condition>, segments: Segments): void {
  const text = canonicalJson(condition);
  if (known.has(text)) return;
  known.set(text, condition);
  if (condition.kind === 'all') for (const one of condition.of) addKnown(one, known, segments);
  if (condition.kind === 'segment') {
    const where = segments.get(condition.segment);
    if (where !== undefined) addKnown(where, known, segments);
  }
}

function isImplied(condition: Condition, known: Condition, segments: Segments): boolean {
  // An empty list stands for a condition that couldn't be read.
  if (condition.kind === 'all' && condition.of.length === 0) return false;
  if (implies(known, condition)) return true;
  if (condition.kind === 'all') return condition.of.every((one) => isImplied(one, known, segments));
  if (condition.kind === 'any') return condition.of.some((one) => isImplied(one, known, segments));
  if (condition.kind !== 'segment') return false;
  const where = segments.get(condition.segment);
  // A segment among those that define it is a circle, which is said elsewhere.
  const others = new Map([...segments].filter(([id]) => id !== condition.segment));
  return where !== undefined && isImplied(where, known, others);
}
