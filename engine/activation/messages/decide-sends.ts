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
    sent.push({ request, went: settle(batch, request, ofRequest(decisions, first, end)) });
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
  const decisions = new Map<Candidate, Decision>();
  for (const [profileId, ofPerson] of byPerson) {
    const situation = situations.get(profileId);
    if (situation === undefined) throw new Error('assertion failed: a candidate has a profile');
    const moving: Candidate[] = [];
    for (const { candidate } of ofPerson) {
      const group = groupAcross(batch.program, candidate.objective, profileId, batch.t);
      if (group === null) moving.push(candidate);
      else decisions.set(candidate, withhold(group, batch.t));
    }
    const decided = arbitrate(moving, situation, batch.rules, scheduled.get(profileId));
    for (const [i, candidate] of moving.entries()) decisions.set(candidate, decided[i] as Decision);
  }
  return pending.map(({ candidate }) => decisions.get(candidate) as Decision);
}

/** Whoever is held out across journeys gets no message of the objective, in whichever journey he stands. */
function withhold(group: string, t: Date): Decision {
  const nothing = { channel: null, count: null, max: null, window: null, until: null };
  return { ...nothing, outcome: 'suppressed', rule: group, at: t.getTime() };
}

/** By which of its messages' decisions a request goes on: of `all_of` one that leaves, else the one that is decided again first. */
function ofRequest(decisions: readonly Decision[], first: number, end: number): Decision {
  let best = decisions[first] as Decision;
  for (let i = first + 1; i < end; i += 1) {
    const one = decisions[i] as Decision;
    if (waitOf(one) < waitOf(best)) best = one;
  }
  return best;
}

/** Until when (milliseconds) it is kept; who is given up is kept for ever. */
function waitOf({ outcome, until }: Decision): number {
  if (outcome === 'queued') return Number.NEGATIVE_INFINITY;
  return outcome === 'deferred' ? (until as number) : Number.POSITIVE_INFINITY;
}

/** A send is done when one of its messages was accepted, or all were given up. Deferred, it holds the person. */
function settle(batch: Batch, { enrollment, step }: SendRequest, { outcome, rule, until }: Decision): Sent['went'] {
  if (enrollment === null || step === null) return 'left';
  if (outcome === 'deferred') {
    stand(enrollment, step.index, 'held', new Date(until as number));
    return 'held';
  }
  passed(enrollment, step.index, outcome, batch.t, rule === null ? null : { rule });
  return outcome === 'queued' ? 'left' : 'didnt-leave';
}
