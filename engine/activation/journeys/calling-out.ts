/**
 * `webhook`: a request to a destination, put into the outbox with the step and made by the dispatcher. The person stays until it was
 * answered or given up (LANGUAGE b3). The number of the request is the same at each attempt: whoever gets it twice can tell.
 */
import type { StepAction } from '../../compiler/ir.ts';
import type { Step } from '../../compiler/linked-journey.ts';
import { writeTogether } from '../../store/together.ts';
import type { Batch } from '../batch.ts';
import type { OutcomeFact } from '../dispatch/settle.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { outboxRows } from '../messages/queries.ts';
import { insertWebhooks, settleWebhooks } from '../webhooks/queries.ts';
import { type Enrollment, type Onward, passed, placeOf, stand } from './enrollment.ts';
import { roundsKey } from './repeating.ts';

/** So long it is tried; what nobody answered by then is given up. */
const validMs = 86_400_000;
/** The dispatcher says so itself. Should it never, the person goes on all the same. */
const graceMs = 3_600_000;

/** The channel of a destination in the outbox; no channel of a workspace has such a name. */
export function channelOf(destination: string): string {
  return `destination/${destination}`;
}

export async function callOut(
  batch: Batch,
  step: Step,
  { destination, body }: Extract<StepAction, { readonly kind: 'webhook' }>,
  passing: readonly Enrollment[],
): Promise<readonly Onward[]> {
  const ids = await batch.messageIds.take(batch.session, passing.length);
  const validUntil = new Date(batch.t.getTime() + validMs);
  const rows = passing.map(({ lane, profileId, journey, key, n, marks }, i) => ({
    ...{ lane, messageId: ids[i] as number, profileId, journey: journey.id, key, n, step: step.id },
    ...{ round: marks[roundsKey] ?? 0, destination, body: JSON.stringify(body), validUntil },
  }));
  batch.writes.later(insertWebhooks(batch.session, rows, batch.t));
  const outgoing = rows.map((row) => ({
    ...{ lane: row.lane, messageId: row.messageId, profileId: row.profileId, journey: row.journey },
    // At least once, before marketing.
    ...{ channel: channelOf(destination), objective: 'service', class: 0, decidedUntil: validUntil },
  }));
  batch.writes.later(writeTogether(batch.session, [outboxRows(outgoing, batch.t)]));
  for (const one of passing) {
    stand(one, step.index, 'waiting', new Date(validUntil.getTime() + graceMs), batch.t);
  }
  return [];
}

/** A request that was answered or given up. */
export interface Answer {
  readonly place: string;
  readonly n: number;
  readonly step: string;
  readonly round: number;
  readonly isAnswered: boolean;
}

/** Records what became of requests; the others among the outcomes are messages'. */
export async function answersOf(batch: Batch, rows: readonly InboxRow[]): Promise<readonly Answer[]> {
  if (batch.program.destinations.size === 0) return [];
  const told = rows.filter((row) => row.kind === 'outcome').map((row) => ({ ...row, body: row.body as OutcomeFact }));
  if (told.length === 0) return [];
  const settled = await settleWebhooks(batch.session, {
    lanes: told.map(({ lane }) => lane),
    messages: told.map(({ body }) => body.message_id),
    states: told.map(({ body }) => body.state),
    at: told.map(({ body }) => new Date(body.at)),
    reasons: told.map(({ body }) => body.reason ?? null),
  });
  return settled.map((row) => {
    batch.people.of(row.lane, row.profile_id).live = true;
    const place = placeOf({ profileId: row.profile_id, journey: { id: row.journey }, key: row.key });
    return { place, n: row.n, step: row.step, round: row.round, isAnswered: row.state === 'sent' };
  });
}

/** Those who stand by a request that was answered or given up go on. */
export function answered(
  batch: Batch,
  answers: readonly Answer[],
  open: ReadonlyMap<string, Enrollment>,
): readonly Onward[] {
  return answers.flatMap(({ place, n, step: id, round, isAnswered }): readonly Onward[] => {
    const one = open.get(place);
    if (one === undefined || one.n !== n || one.state !== 'active' || one.posture !== 'waiting') return [];
    const step = one.step === null ? undefined : one.journey.steps[one.step];
    if (step?.id !== id || step.do.kind !== 'webhook' || (one.marks[roundsKey] ?? 0) !== round) return [];
    passed(one, step.index, isAnswered ? 'answered' : 'given up', batch.t);
    return [{ enrollment: one, to: isAnswered ? step.then : step.otherwise }];
  });
}
