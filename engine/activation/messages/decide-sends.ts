/**
 * Decides all sends of a transaction together: gathers what arbitration must know in a few statements for everybody, lets the
 * pure function decide person by person, and writes messages, reservations and outbox rows.
 */
import type { JourneyBody } from '../../compiler/ir.ts';
import { writeTogether } from '../../store/together.ts';
import type { Batch } from '../batch.ts';
import { messageEvent, tellOwnEvents } from '../facts/own-events.ts';
import { type Enrollment, passed, stand } from '../journeys/enrollment.ts';
import { groupAcross } from '../journeys/entries/holdouts.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { addExactly } from '../journeys/moments.ts';
import { roundsKey } from '../journeys/repeating.ts';
import { appendInbox } from '../lanes/queries.ts';
import { arraysOf } from '../people.ts';
import { arbitrate } from './arbitrate.ts';
import { expiriesOf } from './expiry.ts';
import {
  contactsReserved,
  type DeferredRow,
  deferredOf,
  type MessageColumns,
  messagesDecided,
  messagesMade,
  outboxRows,
} from './queries.ts';
import type { SendAction, SendRequest } from './send-request.ts';
import type { Candidate, Decision } from './situation.ts';
import { scheduledOf } from './situations/scheduled.ts';
import { situationsOf } from './situations/situations.ts';

export interface Sent {
  readonly request: SendRequest;
  /** `held`: deferred, the person waits in the send. */
  readonly went: 'left' | 'didnt-leave' | 'held';
}

interface Pending {
  readonly request: SendRequest;
  readonly isNew: boolean;
  readonly lane: number;
  readonly profileId: number;
  readonly candidate: Candidate;
}

/** A message that no pressure gives a validity leaves within a week or not at all. */
const validForDefault = { months: 0, days: 7, ms: 0 };

/** `enrollments`: all that are in memory, of which the store doesn't know yet where they stand. */
export async function decideSends(
  batch: Batch,
  requests: readonly SendRequest[],
  enrollments: Iterable<Enrollment>,
): Promise<readonly Sent[]> {
  if (requests.length === 0) return [];
  const pending = await asCandidates(batch, requests);
  const decisions = await decideAll(batch, pending, enrollments);
  const byRequest = new Map(requests.map((request) => [request, [] as Decision[]]));
  for (const { request, candidate } of pending)
    byRequest.get(request)?.push(decisions.get(candidate.messageId) as Decision);
  const sent = [...byRequest].map(([request, decided]) => settle(batch, request, decided));
  // Who goes on leaves what is deferred to itself.
  const isAlone = new Set(sent.filter(({ went }) => went !== 'held').map(({ request }) => request));
  batch.writes.later(writeMessages(batch, pending, { decisions, isAlone }));
  return sent;
}

/** Gives each request its message: the deferred one it stands by, or a new number. */
async function asCandidates(batch: Batch, requests: readonly SendRequest[]): Promise<readonly Pending[]> {
  const held = requests.filter(({ enrollment, message }) => message === null && enrollment?.posture === 'held');
  const stored =
    held.length === 0
      ? []
      : await deferredOf(batch.session, arraysOf(eachOnce(held.map(({ enrollment }) => enrollment as Enrollment))));
  const byPlace = groupBy(stored, (row) => `${row.profile_id} ${row.journey} ${row.key} ${row.n} ${row.step}`);
  const known = requests.map(({ enrollment, step, message }): readonly DeferredRow[] => {
    if (message !== null) return [message];
    if (enrollment === null) return [];
    const place = `${enrollment.profileId} ${enrollment.journey.id} ${enrollment.key} ${enrollment.n} ${step?.id}`;
    return byPlace.get(place) ?? [];
  });
  const fresh = requests.map((request, i) => (known[i]?.length === 0 ? messagesOf(request.action) : []));
  const [ids, expiries] = await Promise.all([
    batch.messageIds.take(batch.session, fresh.flat().length),
    expiriesOf(batch, requests),
  ]);
  let next = 0;
  return requests.flatMap((request, i): readonly Pending[] => {
    const expires = expiries.get(request) ?? null;
    return [
      ...(known[i] ?? []).map((row) => storedCandidate(batch, { request, expires }, row)),
      ...(fresh[i] ?? []).map((action) => newCandidate(batch, { request, action, expires }, ids[next++] as number)),
    ];
  });
}

/** `all_of` is a message a channel; the other choices are one message. */
function messagesOf(action: SendAction): readonly SendAction[] {
  if (action.choose !== 'all_of') return [action];
  return action.channels.map((channel) => ({ ...action, channels: [channel] }));
}

function newCandidate(
  batch: Batch,
  {
    request,
    action,
    expires,
  }: { readonly request: SendRequest; readonly action: SendAction; readonly expires: Date | null },
  messageId: number,
): Pending {
  const { enrollment } = request;
  if (enrollment === null) throw new Error('assertion failed: a new message has an enrollment');
  const { lane, profileId, journey } = enrollment;
  return {
    request,
    isNew: true,
    lane,
    profileId,
    candidate: {
      messageId,
      journey: journey.id,
      priority: livePriority(batch, journey.id, journey.body),
      createdAt: batch.t,
      validUntil: earliest(addExactly(batch.t, validFor(batch, action)), expires),
      skippedAfter: null,
      ...ofAction(action),
    },
  };
}

/** What moved since the message was made moves its end, too. */
function storedCandidate(
  batch: Batch,
  { request, expires }: { readonly request: SendRequest; readonly expires: Date | null },
  row: DeferredRow,
): Pending {
  const validUntil =
    expires === null ? row.valid_until : earliest(addExactly(row.created_at, validFor(batch, request.action)), expires);
  return {
    request,
    isNew: false,
    lane: row.lane,
    profileId: row.profile_id,
    candidate: {
      messageId: row.message_id,
      journey: row.journey,
      priority: row.priority,
      createdAt: row.created_at,
      validUntil,
      skippedAfter: row.skipped_after,
      ...ofAction(onItsChannel(request.action, row)),
    },
  };
}

function earliest(one: Date, other: Date | null): Date {
  return other !== null && other < one ? other : one;
}

/** Of `all_of` each message keeps the channel that it was made for. */
function onItsChannel(action: SendAction, { channel }: DeferredRow): SendAction {
  return action.choose === 'all_of' && channel !== null ? { ...action, channels: [channel] } : action;
}

type OfAction = Pick<Candidate, 'objective' | 'purpose' | 'channels' | 'choose' | 'to' | 'whenCapped' | 'isUrgent'>;

function ofAction({ objective, purpose, channels, choose, to, whenCapped, urgent }: SendAction): OfAction {
  const isUrgent = urgent ?? false;
  return { objective, purpose, channels, choose: choose ?? null, to: to ?? null, whenCapped, isUrgent };
}

/** Priority is a rule of today, not of the version that the person is pinned to. */
function livePriority(batch: Batch, id: string, pinned: JourneyBody): number {
  return (batch.program.journeys.get(id)?.body ?? pinned).priority;
}

/** The send's own validity, or the shortest that a pressure gives. */
function validFor(batch: Batch, action: SendAction) {
  if (action.validFor !== null) return action.validFor;
  const lengths = batch.program.pressures.map(({ body }) => body.validFor);
  const end = (length: (typeof lengths)[number]) => addExactly(batch.t, length).getTime();
  return lengths.sort((a, b) => end(a) - end(b))[0] ?? validForDefault;
}

async function decideAll(
  batch: Batch,
  pending: readonly Pending[],
  enrollments: Iterable<Enrollment>,
): Promise<ReadonlyMap<number, Decision>> {
  const people = eachOnce(pending);
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
  const { rules } = batch;
  const decisions = new Map<number, Decision>();
  const byPerson = new Map<number, Candidate[]>();
  for (const { profileId, candidate } of pending) {
    const list = byPerson.get(profileId);
    if (list === undefined) byPerson.set(profileId, [candidate]);
    else list.push(candidate);
  }
  for (const [profileId, candidates] of byPerson) {
    const situation = situations.get(profileId);
    if (situation === undefined) throw new Error('assertion failed: a candidate has a profile');
    const groups = new Map(
      candidates.map((one) => [one, groupAcross(batch.program, one.objective, profileId, batch.t)]),
    );
    const moving = candidates.filter((one) => groups.get(one) === null);
    for (const [one, group] of groups) if (group !== null) decisions.set(one.messageId, withhold(group, batch.t));
    for (const [id, decision] of arbitrate(moving, { ...situation, scheduled: scheduled.get(profileId) ?? [] }, rules))
      decisions.set(id, decision);
  }
  return decisions;
}

/** Whoever is held out across journeys gets no message of the objective, in whichever journey he stands. */
function withhold(group: string, t: Date): Decision {
  const nothing = { channel: null, count: null, max: null, window: null, until: null };
  return { ...nothing, outcome: 'suppressed', rule: group, at: t.getTime() };
}

interface Decided {
  readonly decisions: ReadonlyMap<number, Decision>;
  /** Requests that hold nobody. */
  readonly isAlone: ReadonlySet<SendRequest>;
}

async function writeMessages(
  batch: Batch,
  pending: readonly Pending[],
  { decisions, isAlone }: Decided,
): Promise<void> {
  const rows = pending.map((one) => ({
    one,
    row: messageRow(batch, one, decisions.get(one.candidate.messageId) as Decision),
  }));
  const queued = rows.filter(({ row }) => row.state === 'queued');
  for (const [outcome, all] of groupBy(rows, ({ row }) => row.state))
    batch.observed.push({ kind: 'decided', outcome, messages: all.length });
  const reservations = queued.map(({ row: { lane, messageId, profileId, channel, journey, objective } }) => ({
    ...{ lane, messageId, profileId, journey, objective },
    channel: channel as string,
    class: objective === 'service' ? 0 : 1,
    decidedUntil: new Date((decisions.get(messageId) as Decision).until as number),
  }));
  const { session, t } = batch;
  await Promise.all([
    writeTogether(session, [
      messagesMade(rows.filter(({ one }) => one.isNew).map(({ row }) => row)),
      messagesDecided(rows.filter(({ one }) => !one.isNew).map(({ row }) => row)),
      contactsReserved(reservations, t),
      outboxRows(reservations, t),
    ]),
    lookAgain(batch, pending, { decisions, isAlone }),
  ]);
  tellOwnEvents(
    batch,
    queued.map(({ row, one }) => ({
      ...messageEvent('message_queued', row, t),
      hop: one.request.enrollment?.hop ?? 0,
    })),
  );
}

/**
 * Messages without an enrollment that stands by them speak through the inbox: deferred, they come back; given up, whoever waits for
 * them looks again.
 */
async function lookAgain(batch: Batch, pending: readonly Pending[], { decisions, isAlone }: Decided): Promise<void> {
  const alone = pending.filter(({ request }) => isAlone.has(request));
  const rows = alone.flatMap(({ request, lane, profileId, candidate }) => {
    const decision = decisions.get(candidate.messageId);
    if (decision === undefined || decision.outcome === 'queued') return [];
    const isDeferred = decision.outcome === 'deferred';
    if (!isDeferred && request.enrollment !== null) return [];
    return [
      {
        lane,
        class: 2,
        visibleAt: isDeferred ? new Date(decision.until as number) : batch.t,
        profileId,
        kind: isDeferred ? 'redecide' : 'given_up',
        body: { message_id: candidate.messageId },
      },
    ];
  });
  await appendInbox(batch.session, rows);
}

function messageRow(
  batch: Batch,
  { request, lane, profileId, candidate }: Pending,
  decision: Decision,
): MessageColumns {
  const isQueued = decision.outcome === 'queued';
  const { enrollment, step, action, message } = request;
  return {
    lane,
    messageId: candidate.messageId,
    profileId,
    journey: candidate.journey,
    key: enrollment?.key ?? message?.key ?? '',
    n: enrollment?.n ?? message?.n ?? 0,
    step: step?.id ?? message?.step ?? '',
    channel: decision.channel ?? (action.choose === 'all_of' ? (candidate.channels[0] ?? null) : null),
    addressTrait: candidate.to,
    template: action.template,
    objective: candidate.objective,
    purpose: candidate.purpose,
    priority: candidate.priority,
    state: decision.outcome,
    rank: isQueued ? 1 : 0,
    createdAt: candidate.createdAt,
    acceptedAt: isQueued ? batch.t : null,
    validUntil: candidate.validUntil,
    withValues: JSON.stringify(action.with),
    decision: JSON.stringify(decision),
    revision: batch.program.revision,
    round: enrollment?.marks[roundsKey] ?? 0,
  };
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

function eachOnce<T extends { readonly profileId: number }>(people: readonly T[]): readonly T[] {
  return [...new Map(people.map((one) => [one.profileId, one])).values()];
}
