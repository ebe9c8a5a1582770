/** Who applies for journeys: by events and by edges of segments. Costs what happened, not the number of journeys times it. */
import type { Trigger } from '../../../compiler/ir.ts';
import type { LinkedJourney } from '../../../compiler/linked-journey.ts';
import { triggerName } from '../../../compiler/linked-trigger.ts';
import type { Batch } from '../../batch.ts';
import type { TriggeringEvent } from '../../facts/record.ts';
import type { Transition } from '../../segments/memberships.ts';
import { groupBy } from '../evaluate.ts';
import type { Applicant } from './applicant.ts';
import { refuse } from './refusals.ts';

type EventTrigger = Extract<Trigger, { readonly kind: 'event' }>;

/** Applicants by events and by edges of segments, journey by journey. */
export async function applicantsOf(
  batch: Batch,
  events: readonly TriggeringEvent[],
  transitions: readonly Transition[],
): Promise<readonly Applicant[]> {
  const byType = groupBy(events, (event) => event.type);
  const edges = groupBy(transitions, ({ kind, segment }) => `${kind} ${segment}`);
  const found: Promise<readonly Applicant[]>[] = [];
  for (const journey of batch.program.journeys.values()) {
    if (journey.body.status !== 'live') continue;
    for (const [i, trigger] of journey.body.entry.triggers.entries()) {
      if (trigger.kind === 'event' && trigger.followed === undefined) {
        const typed = trigger.types.flatMap((type) => byType.get(type) ?? []);
        if (typed.length > 0) found.push(byEvent(batch, journey, trigger, i, typed));
      }
      const edge = edgeOf(journey, trigger);
      const moved = edge === null ? [] : (edges.get(edge) ?? []);
      if (moved.length > 0) found.push(Promise.resolve(byEdge(batch, journey, moved, becauseOf(trigger))));
    }
  }
  return (await Promise.all(found)).flat();
}

/** The edge of a segment that fires the trigger; a condition that becomes true is one, too. */
function edgeOf({ id, body }: LinkedJourney, trigger: Trigger): string | null {
  if (trigger.kind === 'enters' || trigger.kind === 'leaves') return `${trigger.kind} ${trigger.segment}`;
  return trigger.kind === 'becomes' && body.per?.kind !== 'entity' ? `enters ${triggerName(id, body, trigger)}` : null;
}

function becauseOf(trigger: Trigger): string {
  return trigger.kind === 'enters' || trigger.kind === 'leaves' ? `${trigger.kind} ${trigger.segment}` : trigger.kind;
}

function byEdge(
  batch: Batch,
  journey: LinkedJourney,
  moved: readonly Transition[],
  because: string,
): readonly Applicant[] {
  const applicants: Applicant[] = [];
  const looped: Applicant[] = [];
  const key = keyIn(journey);
  for (const { person } of moved) {
    const { lane, profileId, live, isLooped } = person;
    if (live || isLooped)
      (live ? applicants : looped).push({ lane, profileId, journey, at: batch.t, entry: noEntry, because, key });
  }
  refuse(batch, looped, 'loop');
  return applicants;
}

/** Where a journey has one place a person, it is his. */
function keyIn({ body }: LinkedJourney): '' | undefined {
  return body.per === undefined ? '' : undefined;
}

const noEntry: Applicant['entry'] = {};

async function byEvent(
  batch: Batch,
  journey: LinkedJourney,
  trigger: EventTrigger,
  position: number,
  typed: readonly TriggeringEvent[],
): Promise<readonly Applicant[]> {
  const matching = await whoseEventMatches(batch, `${journey.version} ${position}`, trigger, typed);
  const key = keyIn(journey);
  const applicants: Applicant[] = [];
  const looped: Applicant[] = [];
  for (const { lane, profileId, at, properties, type, hop, isLooped } of matching) {
    const opened = { journey, at: new Date(at), entry: properties, because: `event ${type}`, opens: type, key };
    (isLooped ? looped : applicants).push({ lane, profileId, hop, ...opened });
  }
  refuse(batch, looped, 'loop');
  return applicants;
}

export async function whoseEventMatches(
  batch: Batch,
  key: string,
  trigger: EventTrigger,
  events: readonly TriggeringEvent[],
): Promise<readonly TriggeringEvent[]> {
  if (trigger.where.length === 0 || events.length === 0) return events;
  const { text, rest } = batch.statements.eventsThatMatch(key, trigger.where);
  const properties = events.map((event) => JSON.stringify(event.properties));
  const lanes = events.map(({ lane }) => lane);
  const profiles = events.map(({ profileId }) => profileId);
  const rows = await batch.session.query<{ i: number }>(text, [batch.t, properties, lanes, profiles, ...rest]);
  return rows.map((row) => events[row.i - 1] as TriggeringEvent);
}
