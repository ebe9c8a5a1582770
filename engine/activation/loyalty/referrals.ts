/**
 * Referrals, at the lane of the new member: who was brought by whom is entered once, whoever qualifies asks the lane of who brought him, and
 * both get their points when it says yes. A refund that takes back what qualified him takes the points of both back. What the other lane
 * answers is in `referrers.ts`; nobody's lane reads another's.
 */

import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import { changedCondition, type Referral, referralsOverPeople } from '../../compiler/referral-sql.ts';
import { reserveIds } from '../../loyalty/ledger/ledger-ids.ts';
import {
  changeReferrals,
  insertReferrals,
  type Mark,
  type NewReferral,
  type ReferralStatus,
  readMarks,
  readReferrers,
} from '../../loyalty/referrals/queries.ts';
import { addTo } from '../../loyalty/times.ts';
import { selectTombstones } from '../../profiles/identity/queries.ts';
import { laneOf } from '../../profiles/lane-of.ts';
import type { Batch } from '../batch.ts';
import { hopAfter, type OwnEvent, tellOwnEvents } from '../facts/own-events.ts';
import type { TriggeringEvent } from '../facts/record.ts';
import { appendInbox } from '../lanes/queries.ts';
import { whoMay } from './members.ts';
import { takeBack } from './referral-points.ts';
import { ruleStatement } from './rule-statements.ts';

/** The inbox row by which a lane asks that of who brought somebody. */
export const askedKind = 'referral_asked';
/** What became of it. */
export const answeredKind = 'referral_answered';
/** What qualified him was taken back. */
export const undoneKind = 'referral_undone';

export interface AskedBody {
  readonly program: string;
  readonly referral: number;
  readonly round: number;
  /** The new member's profile. */
  readonly referee: number;
  readonly marks: readonly Mark[];
}

export interface AnsweredBody {
  readonly program: string;
  readonly referral: number;
  readonly round: number;
  readonly isRefused: boolean;
  /** Why it was refused, or why who brought him got nothing. */
  readonly reason: string | null;
}

export type UndoneBody = Pick<AskedBody, 'program' | 'referral' | 'round'>;

/** The property of the event that names who brought the new member. */
const referrerProperty = 'referrer';

const live = 1;

interface Who {
  readonly lane: number;
  readonly profileId: number;
}

export function referralEvent(
  who: Who,
  told: {
    readonly program: string;
    readonly role: 'referrer' | 'referee';
    readonly status: ReferralStatus;
    readonly reason: string | null;
    readonly hop: number;
  },
  at: Date,
): OwnEvent {
  const { hop, reason, ...rest } = told;
  const { lane, profileId } = who;
  return {
    ...{ lane, profileId, at, hop, type: 'referral_changed' },
    properties: { ...rest, ...(reason !== null && { reason }) },
  };
}

/** Enters who was brought by whom, and asks or undoes where it has become time to. */
export async function keepReferrals(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly TriggeringEvent[],
): Promise<void> {
  const referral = programme.body.referral;
  if (referral === null) return;
  const told = events.filter(({ type }) => referral.when.types.includes(type));
  if (told.length > 0) await enter(batch, programme, referral, told);
  const people = concerned(batch, programme, referral, events);
  if (people.length > 0) await look(batch, programme, referral, people);
}

/** Those of whom something happened that may qualify them, or no longer. */
function concerned(
  batch: Batch,
  { body }: LinkedProgramme,
  { when, qualifies }: Referral,
  events: readonly TriggeringEvent[],
): readonly Concerned[] {
  const types = [...when.types, ...(qualifies.kind === 'event' ? qualifies.events.types : [])];
  const back = qualifies.kind === 'event' ? (body.refunds?.when.types ?? []) : [];
  const found = new Map<number, Concerned>();
  for (const { lane, profileId, type } of events) {
    if (!types.includes(type) && !back.includes(type)) continue;
    const isBack = back.includes(type) || found.get(profileId)?.isBack === true;
    found.set(profileId, { lane, profileId, isBack });
  }
  if (qualifies.kind === 'event') return [...found.values()];
  const { of } = qualifies;
  for (const { lane, profileId, live: isLive, traits, entities } of batch.people.all.values()) {
    const isChanged = of.root === 'trait' ? traits.has(of.trait) : of.root === 'entity' && entities.has(of.entity);
    if (isLive && isChanged) found.set(profileId, { lane, profileId, isBack: false });
  }
  return [...found.values()];
}

interface Concerned extends Who {
  /** Something was taken back. */
  readonly isBack: boolean;
}

async function enter(
  batch: Batch,
  programme: LinkedProgramme,
  referral: Referral,
  told: readonly TriggeringEvent[],
): Promise<void> {
  const { session, t } = batch;
  const asked = await whoNames(batch, programme, referral, told);
  if (asked.length === 0) return;
  const [found, held, nextId] = await Promise.all([
    readReferrers(
      session,
      referral.by ?? 'external_id',
      asked.map(({ name }) => name),
    ),
    whoHolds(
      batch,
      programme,
      referral,
      asked.map(({ event }) => event),
    ),
    reserveIds(session, asked.length),
  ]);
  const by = new Map(found.map((row) => [row.i, row.profile_id]));
  const rows = asked.map(({ event }, i): NewReferral => {
    const { lane, profileId, at } = event;
    const referrerId = by.get(i + 1) ?? 0;
    const reason = referrerId === 0 ? 'unknown' : referrerId === profileId ? 'self' : null;
    const until = new Date(addTo(at, referral.qualifies.within));
    const status = reason === null ? 'open' : 'refused';
    return {
      ...{ lane, profileId, program: programme.id, referralId: nextId(), referrerId },
      ...{ at: new Date(at), until, status, reason, held: held.has(profileId) },
    };
  });
  const entered = await insertReferrals(session, rows, t);
  tellOwnEvents(
    batch,
    rows.flatMap((row, i): readonly OwnEvent[] => {
      if (!entered.has(row.referralId)) return [];
      const { program, status, reason } = row;
      const hop = asked[i]?.event.hop ?? 0;
      return [referralEvent(row, { program, role: 'referee', status, reason, hop }, t)];
    }),
  );
}

/** Who names by an event that begins a referral, and may be brought, by whom. */
async function whoNames(
  batch: Batch,
  programme: LinkedProgramme,
  referral: Referral,
  told: readonly TriggeringEvent[],
): Promise<readonly { readonly event: TriggeringEvent; readonly name: string }[]> {
  const { session, t } = batch;
  const key = `referral ${programme.id}`;
  const { text, rest } = batch.statements.eventsThatMatch(key, referral.when.where);
  const properties = told.map((event) => JSON.stringify(event.properties));
  const who = [told.map(({ lane }) => lane), told.map(({ profileId }) => profileId)];
  const passing = await session.query<{ i: number }>(text, [t, properties, ...who, ...rest]);
  const named = passing.flatMap(({ i }) => {
    const event = told[i - 1] as TriggeringEvent;
    const name = event.properties[referrerProperty];
    return typeof name === 'string' || typeof name === 'number' ? [{ event, name: String(name) }] : [];
  });
  // Told several times in one transaction, the first one stands.
  const first = [...new Map([...named].reverse().map((one) => [one.event.profileId, one])).values()];
  const may = await whoMay(
    batch,
    `${key} if`,
    referral.if === undefined ? [] : [referral.if],
    first.map(({ event }) => event),
  );
  return first.filter(({ event }) => may.has(event.profileId));
}

/** Of whom it is so already what is to change. */
async function whoHolds(
  batch: Batch,
  programme: LinkedProgramme,
  { qualifies }: Referral,
  people: readonly Who[],
): Promise<ReadonlySet<number>> {
  if (qualifies.kind === 'event') return new Set();
  return whoMay(batch, `referral ${programme.id} changes`, [changedCondition(qualifies)], people);
}

interface Standing {
  readonly i: number;
  readonly referral_id: number;
  readonly referrer_id: number;
  readonly status: ReferralStatus;
  readonly round: number;
  readonly held: boolean;
  readonly is_open: boolean;
  readonly done: number;
}

/** Asks for those who have qualified, and takes back what is no longer earned. */
async function look(
  batch: Batch,
  programme: LinkedProgramme,
  referral: Referral,
  people: readonly Concerned[],
): Promise<void> {
  const statement = ruleStatement(batch.program, `referral ${programme.id}`, () =>
    referralsOverPeople(batch.program, programme),
  );
  const arrays = { lanes: people.map(({ lane }) => lane), profiles: people.map(({ profileId }) => profileId) };
  const { text, values } = forPeople(statement, batch.t, arrays);
  const rows = await batch.session.query<Standing & Record<string, unknown>>(text, values);
  if (rows.length === 0) return;
  const some = rows.map((row) => ({ ...(people[row.i - 1] as Concerned), row }));
  const holds = await whoHolds(batch, programme, referral, some);
  const { qualifies } = referral;
  const isDone = ({ profileId, row }: (typeof some)[number]): boolean => {
    if (qualifies.kind === 'changes') return row.is_open && !row.held && holds.has(profileId);
    return row.done >= (qualifies.times ?? 1);
  };
  const waits = (row: Standing) => row.status === 'open' || row.status === 'undone';
  const qualified = some.filter((one) => waits(one.row) && isDone(one));
  const members = await whoMay(batch, `referral ${programme.id} members`, membersOf(programme), qualified);
  await ask(
    batch,
    programme,
    referral,
    qualified.filter(({ profileId }) => members.has(profileId)),
  );
  // A value that changes once more was reached all the same, and events that are no longer kept happened.
  const lost = some.filter((one) => one.isBack && !waits(one.row) && !isDone(one));
  if (lost.length > 0) await undo(batch, programme, lost);
}

export function membersOf({ body }: LinkedProgramme) {
  return body.members === null ? [] : [body.members];
}

interface Referred extends Who {
  readonly row: Standing;
}

async function ask(
  batch: Batch,
  programme: LinkedProgramme,
  { unlessSame = [] }: Referral,
  qualified: readonly Referred[],
): Promise<void> {
  if (qualified.length === 0) return;
  const { session, t } = batch;
  // Who brought them may be another by now, or gone.
  const referrers = [...new Set(qualified.map(({ row }) => row.referrer_id))];
  const [gone, marks] = await Promise.all([
    selectTombstones(session, referrers),
    unlessSame.length === 0 ? [] : readMarks(session, qualified, unlessSame),
  ]);
  const roots = new Map(gone.map((row) => [row.profile_id, row.root_id]));
  const asked = qualified.map((one, i) => ({
    ...one,
    to: roots.get(one.row.referrer_id) ?? one.row.referrer_id,
    marks: marks.filter((mark) => mark.i === i + 1).map(({ trait, mark }) => ({ trait, mark })),
  }));
  const refusedBy = ({ to, profileId }: (typeof asked)[number]) =>
    to === 0 ? 'unknown' : to === profileId ? 'self' : null;
  batch.writes.later(
    changeReferrals(
      session,
      asked.map((one) => {
        const { row, lane } = one;
        const reason = refusedBy(one);
        const status = reason === null ? 'asked' : 'refused';
        return { lane, referralId: row.referral_id, status, reason, round: row.round };
      }),
      t,
    ),
  );
  batch.writes.later(
    appendInbox(
      session,
      asked
        .filter((one) => refusedBy(one) === null)
        .map(({ profileId, row, to, marks: own }) => {
          const { referral_id: referral, round } = row;
          const body: AskedBody = { program: programme.id, referral, round, referee: profileId, marks: own };
          return rowTo(batch, { to, kind: askedKind, from: profileId, body });
        }),
    ),
  );
}

/** A row in the inbox of another lane, one hop further. */
export function rowTo(
  batch: Batch,
  {
    to,
    kind,
    from,
    body,
  }: { readonly to: number; readonly kind: string; readonly from: number; readonly body: object },
) {
  const hop = hopAfter(batch, { profileId: from, hop: 0 });
  return { lane: laneOf(to), class: live, visibleAt: batch.t, profileId: to, kind, hop, body };
}

/** Takes back what both got; the next time that he qualifies begins another round. */
async function undo(batch: Batch, programme: LinkedProgramme, lost: readonly Referred[]): Promise<void> {
  const { session, t } = batch;
  await takeBack(
    batch,
    programme,
    'referee',
    lost.map(({ lane, profileId, row }) => ({ lane, profileId, referral: row.referral_id, round: row.round })),
  );
  batch.writes.later(
    changeReferrals(
      session,
      lost.map(({ lane, row }) => {
        return { lane, referralId: row.referral_id, status: 'undone', reason: null, round: row.round + 1 };
      }),
      t,
    ),
  );
  batch.writes.later(
    appendInbox(
      session,
      lost.flatMap(({ profileId, row }) => {
        const { referral_id: referral, round, referrer_id: to } = row;
        const body: UndoneBody = { program: programme.id, referral, round };
        // 0: who brought him was erased.
        return to === 0 ? [] : [rowTo(batch, { to, kind: undoneKind, from: profileId, body })];
      }),
    ),
  );
  tellOwnEvents(
    batch,
    lost.map((one) => {
      const hop = batch.people.all.get(one.profileId)?.hop ?? 0;
      return referralEvent(one, { program: programme.id, role: 'referee', status: 'undone', reason: null, hop }, t);
    }),
  );
}
