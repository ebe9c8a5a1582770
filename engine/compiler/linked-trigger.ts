/**
 * Triggers that need a memory between facts, by name: conditions that become true, dates, anniversaries, events that must not be
 * followed. A trigger about something else is another one and begins anew. Their SQL is in `trigger-sql.ts`.
 */
import { digestOf } from './digest.ts';
import type { Condition, JourneyBody, Moment, Trigger } from './ir.ts';
import { type Readers, readersOf } from './readers.ts';

/** `becomes` for whole people is kept as a segment of this name, which no declared segment can have. */
export interface BecomesSegment {
  readonly name: string;
  readonly digest: string;
  readonly where: Condition;
}

export type Kept<K extends Trigger['kind']> = Extract<Trigger, { readonly kind: K }>;

/** A trigger that isn't decided by a fact alone; its next time, if it has one, is kept in `parcours.entry_wake`. */
export interface LinkedTrigger {
  readonly name: string;
  /** Of all that it says. */
  readonly digest: string;
  readonly journey: string;
  readonly trigger: Kept<'date'> | Kept<'anniversary'> | Kept<'becomes'> | Kept<'event'>;
  /** The entity of whose rows each has a time of its own, and the role. */
  readonly per: { readonly entity: string; readonly role: string } | null;
  /** What moves its time. */
  readonly readers: Readers;
}

const names = new WeakMap<Trigger, string>();

/**
 * The journey's id and a digest of what the trigger is about: `birthday/3f2a91c07d54`. When and how late it fires isn't in it, so that an
 * edit of that doesn't forget whom it has let in; of several about the same thing each has its number.
 */
export function triggerName(journey: string, body: Pick<JourneyBody, 'per' | 'entry'>, trigger: Trigger): string {
  let name = names.get(trigger);
  if (name === undefined) {
    const about = digestOf(subjectOf(trigger));
    const number = body.entry.triggers.filter((one) => digestOf(subjectOf(one)) === about).indexOf(trigger);
    name = `${journey}/${digestOf([body.per ?? null, subjectOf(trigger), number]).slice(0, 12)}`;
    names.set(trigger, name);
  }
  return name;
}

function subjectOf(trigger: Trigger): unknown {
  switch (trigger.kind) {
    case 'date':
      return [trigger.kind, trigger.moment.kind === 'relative' ? trigger.moment.to : trigger.moment];
    case 'anniversary':
      return [trigger.kind, trigger.trait];
    case 'event':
      return [trigger.kind, trigger.types];
    default:
      return trigger;
  }
}

/** Whether a name is that of a trigger, and not of a declared segment. */
export function isTriggerName(name: string): boolean {
  return name.includes('/');
}

/** A paused journey goes on where it stands; what a draft would open is not looked at. */
export function becomesSegments(journey: string, body: JourneyBody): readonly BecomesSegment[] {
  if (body.status === 'draft' || body.per?.kind === 'entity') return [];
  return body.entry.triggers.flatMap((trigger) =>
    trigger.kind === 'becomes'
      ? [{ name: triggerName(journey, body, trigger), digest: digestOf(trigger.if), where: trigger.if }]
      : [],
  );
}

/** The triggers of a live journey that aren't decided by a fact alone. */
export function linkTriggers(journey: string, body: JourneyBody): readonly LinkedTrigger[] {
  if (body.status !== 'live') return [];
  const per = body.per?.kind === 'entity' ? { entity: body.per.entity, role: body.per.role } : null;
  return body.entry.triggers.flatMap((trigger) => {
    const condition = watchedBy(trigger, per !== null);
    if (condition === null) return [];
    const { readers, kept } = condition;
    const entities = new Set([...readers.entities, ...(per === null ? [] : [per.entity])]);
    const name = triggerName(journey, body, trigger);
    return [{ name, digest: digestOf(trigger), journey, trigger: kept, per, readers: { ...readers, entities } }];
  });
}

/** What moves the time of a trigger that is kept; null: it needs no memory. */
function watchedBy(
  trigger: Trigger,
  isPerRow: boolean,
): { readonly kept: LinkedTrigger['trigger']; readonly readers: Readers } | null {
  switch (trigger.kind) {
    case 'date':
      return { kept: trigger, readers: readersOfMoment(trigger.moment) };
    case 'anniversary':
      return { kept: trigger, readers: readersOfTrait(trigger.trait) };
    case 'becomes':
      return isPerRow ? { kept: trigger, readers: readersOf(trigger.if) } : null;
    case 'event':
      // Its time comes with the event itself.
      return trigger.followed !== undefined ? { kept: trigger, readers: readersOf({ kind: 'all', of: [] }) } : null;
    default:
      return null;
  }
}

function readersOfMoment(moment: Moment): Readers {
  return readersOf({ kind: 'trait', trait: 'zone', type: 'datetime', test: { op: 'after', moment } });
}

/** Hours are those of the person's zone. */
function readersOfTrait(trait: string): Readers {
  return readersOfMoment({
    kind: 'relative',
    to: { root: 'trait', trait, type: 'date' },
    side: 'at',
    offset: null,
  });
}
