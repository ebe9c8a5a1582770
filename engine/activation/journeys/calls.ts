/**
 * `call`: a place on the list of a desk. Pressure decides about it as about any message; then the person stands on the list until a
 * `call_closed` event tells how it went, or it is too late (LANGUAGE b2, b3). Who leaves the journey is on no list any more (b21): the list is
 * read from who stands at the step (`calls/queries.ts`).
 */
import { enrollmentKey } from '../../compiler/built-ins.ts';
import type { Step } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { insertCalls, noteCallsClosed } from '../calls/queries.ts';
import type { TriggeringEvent } from '../facts/record.ts';
import type { SendRequest } from '../messages/send-request.ts';
import { type Enrollment, type Onward, stand } from './enrollment.ts';
import { groupBy } from './evaluate.ts';
import { roundsKey } from './repeating.ts';
import { ends } from './waiting.ts';

/** The call as pressure decides about it: a message on the channel of the list, while there is time. */
export function callRequests(batch: Batch, step: Step, passing: readonly Enrollment[]): readonly SendRequest[] {
  if (step.do.kind !== 'call') throw new Error('assertion failed: a call is placed');
  const { list, script, within } = step.do;
  return passing.map((one): SendRequest => {
    // Held by pressure, the time runs on from when it came to the step.
    if (one.posture !== 'held') one.stepSince = batch.t;
    const { objective, purpose } = one.journey.body;
    const about = { template: script ?? '', with: {}, objective, purpose, whenCapped: null };
    return {
      enrollment: one,
      step,
      action: { kind: 'send', channels: [list], ...about, validFor: within },
      message: null,
    };
  });
}

/** Those whom pressure let through stand on their lists. */
export async function placeCalls(batch: Batch, placed: readonly Onward[]): Promise<void> {
  const bySteps = groupBy(placed, ({ enrollment: one, to }) => `${one.journey.version} ${to}`);
  for (const group of bySteps.values()) {
    const ones = group.map(({ enrollment }) => enrollment);
    const step = ones[0]?.journey.steps[group[0]?.to ?? 0] as Step;
    if (step.do.kind !== 'call') throw new Error('assertion failed: a call is placed');
    const { list, script, urgent } = step.do;
    const until = await ends(batch, step, ones);
    ones.forEach((one, i) => {
      stand(one, step.index, 'waiting', until[i] as Date);
    });
    const rows = ones.map(({ lane, profileId, journey, key, n, marks }, i) => ({
      ...{ lane, profileId, journey: journey.id, key, n, step: step.id, round: marks[roundsKey] ?? 0 },
      ...{ list, script, urgent, until: until[i] as Date },
    }));
    batch.writes.later(insertCalls(batch.session, rows, batch.t));
  }
}

/** What the desk says of a call by which the person was reached. */
const reached: ReadonlySet<unknown> = new Set(['reached', 'yes']);

/** Notes on the messages of calls how they went: reached is seen, yes is acted (LANGUAGE b23). */
export function noteClosed(batch: Batch, events: readonly TriggeringEvent[]): void {
  const told = events.filter(({ type, properties }) => type === 'call_closed' && reached.has(properties.outcome));
  if (told.length === 0) return;
  for (const { lane, profileId } of told) batch.people.of(lane, profileId).messages = true;
  batch.writes.later(
    noteCallsClosed(
      batch.session,
      told.map(({ lane, profileId, properties: { journey, step, outcome, [enrollmentKey]: key } }) => ({
        ...{ lane, profileId, journey: String(journey), step: String(step), isYes: outcome === 'yes' },
        key: typeof key === 'string' ? key : null,
      })),
    ),
  );
}
