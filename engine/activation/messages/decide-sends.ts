/**
 * Decides all sends of a transaction together: gathers what arbitration must know in a few statements for everybody, lets the pure function
 * decide person by person, and moves the enrollments. What comes up is made in `candidates.ts`, what follows written in `write-messages.ts`.
 */
import type { Batch } from '../batch.ts';
import { type Enrollment, passed, stand } from '../journeys/enrollment.ts';
import { groupAcross } from '../journeys/entries/holdouts.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { arbitrate } from './arbitrate.ts';
import { asCandidates, type Pending } from './candidates.ts';
import type { SendRequest } from './send-request.ts';
import type { Candidate, Decision } from './situation.ts';
import { scheduledOf } from './situations/scheduled.ts';
import { situationsOf } from './situations/situations.ts';
import { writeMessages } from './write-messages.ts';

export interface Sent {
  readonly request: SendRequest;
  /** `held`: deferred, the person waits in the send. */
  readonly went: 'left' | 'didnt-leave' | 'held';
}

/** In the order of the requests. `enrollments`: all that are in memory, of which the store doesn't know yet where they stand. */
export async function decideSends(
  batch: Batch,
  requests: readonly SendRequest[],
  enrollments: Iterable<Enrollment>,
): Promise<readonly Sent[]> {
  if (requests.length === 0) return [];
  const pending = await asCandidates(batch, requests);
  const decisions = await decideAll(batch, pending, enrollments);
  const sent: Sent[] = [];
  // The messages of a request stand beside each other.
  let first = 0;
  for (const request of requests) {
    let end = first;
    while (pending[end]?.request === request) end += 1;
    sent.push(settle(batch, request, decisions.slice(first, end)));
    first = end;
  }
  const held = new Set(sent.filter(({ went }) => went === 'held').map(({ request }) => request));
  batch.writes.later(writeMessages(batch, pending, { decisions, isAlone: (request) => !held.has(request) }));
  return sent;
}

/** The decisions, in the order of what is pending. */
async function decideAll(
  batch: Batch,
  pending: readonly Pending[],
  enrollments: Iterable<Enrollment>,
): Promise<readonly Decision[]> {
  const byPerson = groupBy(pending, ({ profileId }) => profileId);
  const people = Array.from(byPerson.values(), ([one]) => one as Pending);
  const inHand = () => ({
    messages: new Set(pending.map(({ candidate }) => candidate.messageId)),
    deciding: new Set(pending.flatMap(({ request }) => request.enrollment ?? [])),
    enrollments: [...enrollments],
  });
  const [situations, scheduled] = await Promise.all([
    situationsOf(
      batch,
      people,
      pending.map(({ candidate }) => candidate),
    ),
    scheduledOf(batch, people, inHand),
  ]);
  const decisions = new Map<number, Decision>();
  for (const [profileId, ofPerson] of byPerson) {
    const situation = situations.get(profileId);
    if (situation === undefined) throw new Error('assertion failed: a candidate has a profile');
    const moving = ofPerson
      .map(({ candidate }) => candidate)
      .filter((one) => !isHeldOut(batch, profileId, one, decisions));
    const decided = arbitrate(moving, situation, batch.rules, scheduled.get(profileId));
    for (const [messageId, decision] of decided) decisions.set(messageId, decision);
  }
  return pending.map(({ candidate }) => decisions.get(candidate.messageId) as Decision);
}

/** Whether it is kept from him, which then is its decision. */
function isHeldOut(
  { program, t }: Batch,
  profileId: number,
  { messageId, objective }: Candidate,
  decisions: Map<number, Decision>,
): boolean {
  const group = groupAcross(program, objective, profileId, t);
  if (group !== null) decisions.set(messageId, withhold(group, t));
  return group !== null;
}

/** Whoever is held out across journeys gets no message of the objective, in whichever journey he stands. */
function withhold(group: string, t: Date): Decision {
  const nothing = { channel: null, count: null, max: null, window: null, until: null };
  return { ...nothing, outcome: 'suppressed', rule: group, at: t.getTime() };
}

/**
 * A send is done when one of its messages was accepted, or all were given up. Deferred, it holds the person; of `all_of` the first that
 * leaves lets him go on.
 */
function settle(batch: Batch, request: SendRequest, decisions: readonly Decision[]): Sent {
  const { enrollment, step } = request;
  if (enrollment === null || step === null) return { request, went: 'left' };
  const queued = decisions.find(({ outcome }) => outcome === 'queued');
  const deferred = decisions.filter(({ outcome }) => outcome === 'deferred');
  if (queued === undefined && deferred.length > 0) {
    const until = Math.min(...deferred.map((one) => one.until as number));
    stand(enrollment, step.index, 'held', new Date(until));
    return { request, went: 'held' };
  }
  const { outcome, rule } = queued ?? (decisions[0] as Decision);
  passed(enrollment, step.index, outcome, batch.t, rule === null ? null : { rule });
  return { request, went: outcome === 'queued' ? 'left' : 'didnt-leave' };
}
