/** Statements over referrals: who was brought by whom, what became of it, and what people share that mustn't. One statement a set. */
import { laneOf } from '../../profiles/lane-of.ts';
import type { Session } from '../../store/session.ts';

/** `asked`: he qualified, and the lane of who brought him was asked. `undone`: what qualified him was taken back; he may qualify again. */
export type ReferralStatus = 'open' | 'asked' | 'rewarded' | 'refused' | 'undone';

export interface NewReferral {
  readonly lane: number;
  readonly profileId: number;
  readonly program: string;
  readonly referralId: number;
  /** 0: nobody is known by that name. */
  readonly referrerId: number;
  readonly at: Date;
  readonly until: Date;
  readonly status: 'open' | 'refused';
  readonly reason: string | null;
  readonly held: boolean;
}

/** Enters referrals; who was brought to the programme before stays with who brought him first. Returns the numbers of those entered. */
export async function insertReferrals(
  session: Session,
  rows: readonly NewReferral[],
  t: Date,
): Promise<ReadonlySet<number>> {
  const entered = await session.query<{ referral_id: number }>(
    `insert into parcours.ledger_referral (lane, profile_id, program, referral_id, referrer_id, at, until, status, reason, held, changed_at)
     select u.*, $11 from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[],
       $8::text[], $9::text[], $10::boolean[]) u
     on conflict do nothing returning referral_id`,
    [
      rows.map((one) => one.lane),
      rows.map((one) => one.profileId),
      rows.map((one) => one.program),
      rows.map((one) => one.referralId),
      rows.map((one) => one.referrerId),
      rows.map((one) => one.at),
      rows.map((one) => one.until),
      rows.map((one) => one.status),
      rows.map((one) => one.reason),
      rows.map((one) => one.held),
      t,
    ],
  );
  return new Set(entered.map((row) => row.referral_id));
}

/** Whose identifiers of a type these are; `i` from 1. */
export function readReferrers(
  session: Session,
  type: string,
  values: readonly string[],
): Promise<{ readonly i: number; readonly profile_id: number }[]> {
  return session.query(
    `select u.i::integer as i, x.profile_id from unnest($2::text[]) with ordinality u(value, i)
     cross join lateral (select d.profile_id from parcours.identifier d where d.type = $1 and d.value = u.value offset 0) x`,
    [type, values],
  );
}

export interface ReferralRow {
  readonly i: number;
  readonly referral_id: number;
  readonly referrer_id: number;
  readonly status: ReferralStatus;
  readonly round: number;
}

/** Referrals by their numbers; `i` from 1. */
export function readReferrals(
  session: Session,
  asked: readonly { readonly lane: number; readonly referralId: number }[],
): Promise<ReferralRow[]> {
  return session.query(
    `select u.i::integer as i, r.referral_id, r.referrer_id, r.status, r.round
     from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, referral_id, i)
     cross join lateral (
       select * from parcours.ledger_referral d where d.lane = u.lane and d.referral_id = u.referral_id offset 0) r`,
    [asked.map(({ lane }) => lane), asked.map(({ referralId }) => referralId)],
  );
}

export interface ReferralChange {
  readonly lane: number;
  readonly referralId: number;
  readonly status: ReferralStatus;
  readonly reason: string | null;
  readonly round: number;
}

export async function changeReferrals(session: Session, rows: readonly ReferralChange[], t: Date): Promise<void> {
  await session.query(
    `update parcours.ledger_referral r set status = u.status, reason = u.reason, round = u.round, changed_at = $6
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::smallint[]) u(lane, referral_id, status, reason, round)
     where r.lane = u.lane and r.referral_id = u.referral_id`,
    [
      rows.map((one) => one.lane),
      rows.map((one) => one.referralId),
      rows.map((one) => one.status),
      rows.map((one) => one.reason),
      rows.map((one) => one.round),
      t,
    ],
  );
}

/** Of pairs those where the first was brought by the second. */
export async function readBrought(
  session: Session,
  pairs: readonly { readonly lane: number; readonly profileId: number; readonly by: number }[],
  program: string,
): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ i: number }>(
    `select u.i::integer as i from unnest($1::smallint[], $2::bigint[], $3::bigint[]) with ordinality u(lane, profile_id, by, i)
     cross join lateral (
       select 1 from parcours.ledger_referral d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = $4 and d.referrer_id = u.by and d.status <> 'refused' offset 0) r`,
    [pairs.map(({ lane }) => lane), pairs.map(({ profileId }) => profileId), pairs.map(({ by }) => by), program],
  );
  return new Set(rows.map(({ i }) => i - 1));
}

export interface Mark {
  readonly trait: string;
  readonly mark: string;
}

/**
 * Keyed hashes of traits of people, by which equal values are known and no value is. Case, spaces and punctuation make no difference; `i`
 * from 1. They are worked out where values lie, so none is sent.
 */
export function readMarks(
  session: Session,
  people: readonly { readonly lane: number; readonly profileId: number }[],
  traits: readonly string[],
): Promise<(Mark & { readonly i: number })[]> {
  return session.query(
    `select u.i::integer as i, x.trait, encode(sha256(convert_to(s.salt || ':' || x.trait || ':' || x.plain, 'UTF8')), 'hex') as mark
     from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, profile_id, i)
     cross join lateral (
       select d.traits from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p
     cross join lateral (
       select n.trait, lower(regexp_replace(p.traits ->> n.trait, '[^[:alnum:]]', '', 'g')) as plain from unnest($3::text[]) n(trait)) x
     cross join parcours.store s where x.plain <> ''`,
    [people.map(({ lane }) => lane), people.map(({ profileId }) => profileId), traits],
  );
}

export interface MarkOf extends Mark {
  readonly lane: number;
  readonly referrerId: number;
  readonly program: string;
  readonly referralId: number;
}

function columnsOf(marks: readonly MarkOf[]): readonly unknown[] {
  return [
    marks.map((one) => one.lane),
    marks.map((one) => one.referrerId),
    marks.map((one) => one.program),
    marks.map((one) => one.trait),
    marks.map((one) => one.mark),
    marks.map((one) => one.referralId),
  ];
}

const markArrays = '$1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[]';

/** What new members whom profiles brought have in common is asked of who they are merged into, too. */
export async function copyMarks(
  session: Session,
  merges: readonly { readonly from: number; readonly into: number }[],
): Promise<void> {
  await session.query(
    `insert into parcours.ledger_referral_mark (lane, referrer_id, program, trait, mark, referral_id)
     select u.lane, u.into_id, m.program, m.trait, m.mark, m.referral_id
     from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bigint[]) u(from_lane, from_id, lane, into_id)
     cross join lateral (
       select * from parcours.ledger_referral_mark d where d.lane = u.from_lane and d.referrer_id = u.from_id offset 0) m
     on conflict do nothing`,
    [
      merges.map(({ from }) => laneOf(from)),
      merges.map(({ from }) => from),
      merges.map(({ into }) => laneOf(into)),
      merges.map(({ into }) => into),
    ],
  );
}

/** Enters what new members were known by, and returns those of them that another new member of the same one had before; `i` from 1. */
export async function enterMarks(session: Session, marks: readonly MarkOf[]): Promise<ReadonlySet<number>> {
  if (marks.length === 0) return new Set();
  const shared = await session.query<{ i: number }>(
    `select u.i::integer as i from unnest(${markArrays}) with ordinality u(lane, referrer_id, program, trait, mark, referral_id, i)
     where exists (
       select 1 from parcours.ledger_referral_mark d
       where d.lane = u.lane and d.referrer_id = u.referrer_id and d.program = u.program and d.trait = u.trait and d.mark = u.mark
         and d.referral_id <> u.referral_id)`,
    columnsOf(marks),
  );
  await session.query(
    `insert into parcours.ledger_referral_mark (lane, referrer_id, program, trait, mark, referral_id)
     select * from unnest(${markArrays}) on conflict do nothing`,
    columnsOf(marks),
  );
  return new Set(shared.map(({ i }) => i));
}
