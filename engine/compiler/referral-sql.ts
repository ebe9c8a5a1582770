/** Who of those that were brought by others has done what it takes, as SQL over people. What follows from it is in `activation/loyalty/`. */
import { countingEvents } from './event-selection.ts';
import type { Condition, EventSelection, LoyaltyBody } from './ir.ts';
import type { LinkedProgramme } from './linked-programme.ts';
import type { Program } from './program.ts';
import type { Prepared } from './program-sql.ts';
import { liveScope } from './scopes.ts';
import { param, raw, render, sql } from './sql.ts';

export type Referral = NonNullable<LoyaltyBody['referral']>;

const t = raw('$1::timestamptz');

/**
 * Rows `i` (from 1) of people ($2 lanes, $3 profiles) who were brought to the programme: their referral, and how many qualifying events they
 * have done since, in time; those that were refunded don't count. For a change `done` is 0: a condition tells of it.
 */
export function referralsOverPeople(program: Program, { id, body }: LinkedProgramme): Prepared {
  const { qualifies } = body.referral as Referral;
  const scope = liveScope(t, program.definitions);
  const done =
    qualifies.kind === 'changes'
      ? sql`select 0::bigint as done where ${t} is not null`
      : sql`select count(*) as done from ${countingEvents(refundable(qualifies.events, body.refunds), scope)} and e.occurred_at >= r.at and e.occurred_at < r.until`;
  const people = raw(
    'from unnest($2::smallint[], $3::bigint[]) with ordinality u(lane, profile_id, i) cross join lateral (select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p',
  );
  const { text, values } = render(
    sql`select u.i::integer as i, r.referral_id, r.referrer_id, r.status, r.round, r.held, r.until > ${t} as is_open, n.done ${people} cross join lateral (select * from parcours.ledger_referral d where d.lane = u.lane and d.profile_id = u.profile_id and d.program = ${param(id)}::text and d.status <> 'refused' offset 0) r cross join lateral (${done}) n`,
    4,
  );
  return { text, rest: values };
}

/** The events that weren't taken back. */
function refundable(events: EventSelection, refunds: LoyaltyBody['refunds']): EventSelection {
  if (refunds === null) return events;
  const { types, where } = refunds.when;
  return { ...events, followed: { not: true, types, where, match: refunds.match, within: null, isWhenever: true } };
}

/** What is true of who has the value that a change is to bring. */
export function changedCondition({ of, to }: Extract<Referral['qualifies'], { readonly kind: 'changes' }>): Condition {
  const test = { op: 'is', value: to } as const;
  if (of.root === 'trait') return { kind: 'trait', trait: of.trait, type: of.type, test };
  if (of.root !== 'entity') throw new Error(`assertion failed: nothing of ${of.root} changes`);
  const where = [{ property: of.field, type: of.type, not: false, test }];
  return { kind: 'entity', entity: of.entity, role: null, where, test: { op: 'gte', value: 1 } };
}
