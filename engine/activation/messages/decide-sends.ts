/**
 * Decides all sends of a transaction together: gathers what arbitration must know in a few statements for everybody, lets the
 * pure function decide person by person, and writes messages, reservations and outbox rows.
 */
import type { JourneyBody, StepAction } from '../../compiler/ir.ts';
import type { Step } from '../../compiler/linked-journey.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { Session } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import { type ConsentSaid, consentObstacle } from '../dispatch/consent-rule.ts';
import { findSuppressed } from '../dispatch/queries.ts';
import { suppressionHash } from '../dispatch/suppression-hash.ts';
import { messageEvent, tellOwnEvents } from '../facts/own-events.ts';
import { type Enrollment, passed, stand } from '../journeys/enrollment.ts';
import { addExactly } from '../journeys/moments.ts';
import { roundsKey } from '../journeys/repeating.ts';
import { appendInbox } from '../lanes/queries.ts';
import {
  arbitrate,
  type Candidate,
  type ChannelReach,
  type Contact,
  type Decision,
  type Situation,
} from './arbitrate.ts';
import {
  type DeferredRow,
  deferredOf,
  enqueue,
  insertMessages,
  type MessageColumns,
  type ReachRow,
  readContacts,
  readReach,
  reserve,
  updateDecisions,
} from './queries.ts';

export type SendAction = Extract<StepAction, { readonly kind: 'send' }>;

/** A send to decide: of an enrollment that stands at it, or of a message that came back after its enrollment went on. */
export interface SendRequest {
  readonly enrollment: Enrollment | null;
  readonly step: Step | null;
  readonly action: SendAction;
  readonly message: DeferredRow | null;
}

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

/** Longest look-back of calendar caps: a month, plus a day for zones. */
const monthMs = 32 * 86_400_000;

export async function decideSends(batch: Batch, requests: readonly SendRequest[]): Promise<readonly Sent[]> {
  if (requests.length === 0) return [];
  const pending = await asCandidates(batch, requests);
  const decisions = await decideAll(batch, pending);
  batch.writes.later(writeMessages(batch, pending, decisions));
  return pending.map(({ request, candidate }) =>
    settle(batch, request, decisions.get(candidate.messageId) as Decision),
  );
}

/** Gives each request its message: the deferred one it stands by, or a new number. */
async function asCandidates(batch: Batch, requests: readonly SendRequest[]): Promise<readonly Pending[]> {
  const held = requests.filter(({ enrollment, message }) => message === null && enrollment?.posture === 'held');
  const stored =
    held.length === 0
      ? []
      : await deferredOf(batch.session, arrays(held.map(({ enrollment }) => enrollment as Enrollment)));
  const byPlace = new Map(
    stored.map((row) => [`${row.profile_id} ${row.journey} ${row.key} ${row.n} ${row.step}`, row]),
  );
  const known = requests.map(({ enrollment, step, message }) => {
    if (message !== null || enrollment === null) return message;
    const place = `${enrollment.profileId} ${enrollment.journey.id} ${enrollment.key} ${enrollment.n} ${step?.id}`;
    return byPlace.get(place) ?? null;
  });
  const ids = await batch.messageIds.take(batch.session, known.filter((row) => row === null).length);
  let next = 0;
  return requests.map((request, i): Pending => {
    const row = known[i] ?? null;
    return row === null ? newCandidate(batch, request, ids[next++] as number) : storedCandidate(request, row);
  });
}

function newCandidate(batch: Batch, request: SendRequest, messageId: number): Pending {
  const { enrollment, action } = request;
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
      validUntil: addExactly(batch.t, validFor(batch, action)),
      ...ofAction(action),
    },
  };
}

function storedCandidate(request: SendRequest, row: DeferredRow): Pending {
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
      validUntil: row.valid_until,
      ...ofAction(request.action),
    },
  };
}

function ofAction(action: SendAction): Pick<Candidate, 'objective' | 'purpose' | 'channels' | 'whenCapped'> {
  const { objective, purpose, channels, whenCapped } = action;
  return { objective, purpose, channels, whenCapped };
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

async function decideAll(batch: Batch, pending: readonly Pending[]): Promise<ReadonlyMap<number, Decision>> {
  const people = [...new Map(pending.map((one) => [one.profileId, one])).values()];
  const situations = await situationsOf(batch, people);
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
    const paused = candidates.filter((one) => batch.program.journeys.get(one.journey)?.body.status === 'paused');
    for (const one of paused) decisions.set(one.messageId, holdBack(one, batch.t));
    const moving = candidates.filter((one) => !paused.includes(one));
    for (const [id, decision] of arbitrate(moving, situation, batch.program)) decisions.set(id, decision);
  }
  return decisions;
}

/** How often a message of a paused journey is looked at again. */
const pausedMs = 3_600_000;

/** `status: paused` holds sends while waits run; what loses its validity meanwhile is dropped. It is read live, whatever the version. */
function holdBack(candidate: Candidate, t: Date): Decision {
  const at = t.getTime();
  const nothing = { channel: null, count: null, max: null, window: null, at };
  if (t >= candidate.validUntil) return { ...nothing, outcome: 'expired', rule: 'paused', until: null };
  const until = Math.min(at + pausedMs, candidate.validUntil.getTime());
  return { ...nothing, outcome: 'deferred', rule: 'paused', until };
}

/** What arbitration must know of each person: four statements for everybody, and one for calendars when a local day has ended. */
async function situationsOf(
  batch: Batch,
  people: readonly { readonly lane: number; readonly profileId: number }[],
): Promise<ReadonlyMap<number, Situation>> {
  const { session, program, t } = batch;
  const channels = [...program.channels.entries()].map(([id, { type, address }]) => ({ id, type, address }));
  const who = arrays(people);
  const addressTraits = channels.map(({ address }) => address);
  const [rows, contacts, muted] = await Promise.all([
    readReach(session, who, addressTraits, program.workspace.zone),
    contactsOf(batch, who),
    mutedOf(batch, who),
  ]);
  const reach = await reachOf(session, channels, rows);
  const zones = await batch.calendars.at(
    session,
    rows.map((row) => row.zone),
    t,
  );
  return new Map(
    rows.map((row, r): [number, Situation] => {
      const { profileId } = people[row.i - 1] as { readonly profileId: number };
      const calendar = zones.get(row.zone);
      if (calendar === undefined) throw new Error('assertion failed: every zone has a calendar');
      const said = row.consents ?? {};
      return [
        profileId,
        {
          t,
          channels: reach[r] as ReadonlyMap<string, ChannelReach>,
          mayContact: (purpose, type) =>
            consentObstacle(purpose, program.consents.get(purpose), type, saidOf(said, purpose, type)) === null,
          muted: muted.get(profileId) ?? new Set(),
          contacts: contacts.get(profileId) ?? [],
          calendar,
        },
      ];
    }),
  );
}

interface Addressed {
  readonly id: string;
  readonly type: string;
  readonly address: string | null;
}

/** For each person, by channel: an address, none, or one on the suppression list. */
async function reachOf(
  session: Session,
  channels: readonly Addressed[],
  rows: readonly ReachRow[],
): Promise<readonly ReadonlyMap<string, ChannelReach>[]> {
  const hashes = rows.map(({ addresses }) =>
    channels.map(({ type }, c) => {
      const address = addresses[c] ?? null;
      return address === null ? null : suppressionHash(type, address);
    }),
  );
  const listed = rows.some((row) => row.is_listed) ? hashes.flat().filter((hash): hash is Buffer => hash !== null) : [];
  const suppressed = await findSuppressed(session, listed);
  return hashes.map(
    (ofPerson) =>
      new Map(
        channels.map(({ id, type, address }, c): [string, ChannelReach] => {
          const hash = ofPerson[c] ?? null;
          if (address === null) return [id, { type, address: 'ok' }];
          if (hash === null) return [id, { type, address: 'missing' }];
          return [id, { type, address: suppressed.has(hash.toString('hex')) ? 'suppressed' : 'ok' }];
        }),
      ),
  );
}

function saidOf(states: Readonly<Record<string, string>>, purpose: string, type: string): ConsentSaid {
  const said = [states[`${purpose}/${type}`], states[`${purpose}/*`]];
  return { granted: said.includes('granted'), denied: said.includes('denied') };
}

async function contactsOf(
  batch: Batch,
  who: ReturnType<typeof arrays>,
): Promise<ReadonlyMap<number, readonly Contact[]>> {
  const caps = batch.program.pressures.flatMap(({ body }) => body.caps);
  if (caps.length === 0) return new Map();
  const longest = Math.max(
    ...caps.map(({ window }) =>
      window.kind === 'rolling' ? addExactly(batch.t, window.duration).getTime() - batch.t.getTime() : monthMs,
    ),
  );
  // Months differ in length: the look-back is a few days longer than needed, and arbitration counts exactly.
  const after = new Date(batch.t.getTime() - longest - 4 * 86_400_000);
  const byPerson = new Map<number, Contact[]>();
  for (const row of await readContacts(batch.session, who, after)) {
    const list = byPerson.get(row.profile_id);
    if (list === undefined) byPerson.set(row.profile_id, [row]);
    else list.push(row);
  }
  return byPerson;
}

/** Which mutes hold for whom: all of them as columns of one statement. */
async function mutedOf(
  batch: Batch,
  who: ReturnType<typeof arrays>,
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const mutes = batch.program.pressures.flatMap(({ id, body }) =>
    body.mute.map((mute) => ({ name: `${id}/${mute.id}`, mute })),
  );
  if (mutes.length === 0) return new Map();
  const statement = batch.statements.pairsOverPeople(
    'mutes',
    mutes.map(({ mute }) => mute.where),
  );
  const { text, values } = forPeople(statement, batch.t, who);
  const rows = await batch.session.query<Record<string, unknown> & { readonly i: number }>(text, values);
  return new Map(
    rows.map((row) => [
      who.profiles[row.i - 1] as number,
      new Set(mutes.filter((_, m) => row[`h${m}`] === true).map(({ name }) => name)),
    ]),
  );
}

async function writeMessages(
  batch: Batch,
  pending: readonly Pending[],
  decisions: ReadonlyMap<number, Decision>,
): Promise<void> {
  const rows = pending.map((one) => ({
    one,
    row: messageRow(batch, one, decisions.get(one.candidate.messageId) as Decision),
  }));
  const queued = rows.filter(({ row }) => row.state === 'queued');
  const reservations = queued.map(({ one, row }) => ({
    ...row,
    channel: row.channel as string,
    class: row.objective === 'service' ? 0 : 1,
    decidedUntil: new Date((decisions.get(one.candidate.messageId) as Decision).until as number),
  }));
  const { session, t } = batch;
  await Promise.all([
    insertMessages(
      session,
      rows.filter(({ one }) => one.isNew).map(({ row }) => row),
    ),
    updateDecisions(
      session,
      rows.filter(({ one }) => !one.isNew).map(({ row }) => row),
    ),
    reserve(session, reservations, t),
    enqueue(session, reservations, t),
    lookAgain(batch, pending, decisions),
  ]);
  tellOwnEvents(
    batch,
    queued.map(({ row }) => messageEvent('message_queued', row, t)),
  );
}

/**
 * Messages without an enrollment that stands by them speak through the inbox: deferred, they come back; given up, whoever waits for
 * them looks again.
 */
async function lookAgain(
  batch: Batch,
  pending: readonly Pending[],
  decisions: ReadonlyMap<number, Decision>,
): Promise<void> {
  const alone = pending.filter(({ request }) => request.enrollment === null);
  const rows = alone.flatMap(({ lane, profileId, candidate }) => {
    const decision = decisions.get(candidate.messageId);
    if (decision === undefined || decision.outcome === 'queued') return [];
    const isDeferred = decision.outcome === 'deferred';
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
    channel: decision.channel,
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

/** A send is done when its message was accepted or given up; deferred, it holds the person. */
function settle(batch: Batch, request: SendRequest, decision: Decision): Sent {
  const { enrollment, step } = request;
  if (enrollment === null || step === null) return { request, went: 'left' };
  if (decision.outcome === 'deferred') {
    stand(enrollment, step.index, 'held', new Date(decision.until as number));
    return { request, went: 'held' };
  }
  passed(enrollment, step.index, decision.outcome, batch.t, decision.rule === null ? null : { rule: decision.rule });
  return { request, went: decision.outcome === 'queued' ? 'left' : 'didnt-leave' };
}

function arrays(people: readonly { readonly lane: number; readonly profileId: number }[]) {
  return { lanes: people.map((one) => one.lane), profiles: people.map((one) => one.profileId) };
}
