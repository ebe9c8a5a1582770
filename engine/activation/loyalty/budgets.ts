/**
 * What programmes give at most to all members together. A lane spends its own lease of a budget and asks for more when that is too little;
 * the earning waits in its inbox meanwhile. Who comes when all is given gets what his lane has left, or nothing. Limits are looked at
 * here, too, since what waited may be beyond one by now.
 */
import type { Budget } from '../../compiler/ir.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import { startOf } from '../../loyalty/calendar.ts';
import type { Answer } from '../../loyalty/ledger/booking.ts';
import { withinLimits } from '../../loyalty/limits.ts';
import { type LeaseUse, lockLeases, refillLeases, useLeases } from '../../loyalty/supplies/queries.ts';
import type { Batch } from '../batch.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import { type Earning, type Occurrence, sharedBy } from './earnings.ts';

/** The inbox row by which an earning waits for a budget's lease. */
const waitingKind = 'earning_waits';
/** The inbox class of timers. */
const timerClass = 2;
/** A lane that asked is answered within about so long. */
const askedMs = 1_000;
/** A lane asks for so many times what it needs now, so that few earnings wait. */
const ahead = 20;

interface Waiting {
  readonly program: string;
  readonly rule: string;
  readonly event: Occurrence;
  readonly points: number;
  readonly base: number | null;
}

export interface Funded {
  readonly ready: readonly Earning[];
  /** To be called with what became of those that are ready: only what was booked is spent. */
  settle(answers: readonly Answer[]): void;
}

/** Those of the earnings, and of those that waited, that limits and budgets let through now. */
export async function withinBudgets(
  batch: Batch,
  inbox: readonly InboxRow[],
  earned: readonly Earning[],
): Promise<Funded> {
  const waited = inbox.flatMap((row) => (row.kind === waitingKind ? revived(batch, row) : []));
  const allowed = await withinLimits(batch.session, [...waited, ...earned], batch.program.definitions);
  const bounded = [...new Set(allowed.map(({ programme }) => programme))].filter(
    ({ body }) => (body.budgets ?? []).length > 0,
  );
  if (bounded.length === 0) return { ready: allowed, settle: () => {} };
  const purses = await Promise.all(bounded.map((programme) => openPurse(batch, programme, allowed)));
  const ready = allowed.flatMap((one): readonly Earning[] => {
    const purse = purses.find(({ programme }) => programme === one.programme);
    const points = purse === undefined ? one.points : purse.take(one);
    return points === 0 ? [] : [{ ...one, points }];
  });
  for (const { asks, programme } of purses) {
    const waiting = allowed.filter((one) => one.programme === programme && asks.has(one));
    batch.writes.later(wait(batch, waiting));
  }
  const settle = (answers: readonly Answer[]): void => {
    const booked = ready.filter((_, i) => answers[i]?.status === 'booked');
    for (const purse of purses) {
      const uses = purse.uses(booked.filter(({ programme }) => programme === purse.programme));
      batch.writes.later(useLeases(batch.session, purse.programme.id, uses));
    }
  };
  return { ready, settle };
}

function revived({ program }: Batch, { lane, profile_id: profileId, body: waiting }: InboxRow): readonly Earning[] {
  const { rule: id, points, base, ...body } = waiting as Waiting;
  const programme = program.programmes.get(body.program);
  const rule = programme?.rules.find((one) => one.id === id);
  if (programme === undefined || rule === undefined || profileId === null) return [];
  // Who waited may have become another meanwhile.
  const event = { ...body.event, lane, profileId };
  const { at } = event;
  const { limit } = rule;
  const who = { lane, profileId, at, program: programme.id };
  const shared = sharedBy(programme, rule);
  return [{ ...who, programme, rule, event, points, base, source: id, limit, shared }];
}

async function wait({ session, t }: Batch, waiting: readonly Earning[]): Promise<void> {
  if (waiting.length === 0) return;
  const visibleAt = new Date(t.getTime() + askedMs);
  await appendInbox(
    session,
    waiting.map(({ lane, profileId, program, rule, event, points, base }) => {
      const body: Waiting = { program, rule: rule.id, event, points, base };
      return { lane, class: timerClass, visibleAt, profileId, kind: waitingKind, body };
    }),
  );
}

/** `budget/spring/2026-03-01`: each window of a budget is a thing of its own. */
export function thingOf({ id, calendar }: Budget, { zone, weekStarts }: LinkedProgramme, at: number): string {
  if (calendar === null) return `budget/${id}`;
  // Half a day on: the date in the zone, not that of the instant.
  const start = startOf(calendar, at, zone, weekStarts) + 43_200_000;
  return `budget/${id}/${new Date(start).toISOString().slice(0, 10)}`;
}

interface Purse {
  readonly programme: LinkedProgramme;
  /** Those that wait. */
  readonly asks: ReadonlySet<Earning>;
  /** How many points of it can be given now. */
  take(one: Earning): number;
  /** What leases are spent and asked for. */
  uses(booked: readonly Earning[]): readonly LeaseUse[];
}

/** The leases of the lanes on a programme's budgets. */
async function openPurse(batch: Batch, programme: LinkedProgramme, all: readonly Earning[]): Promise<Purse> {
  const things = (one: Earning) => thingsOf(programme, one);
  const own = all.filter((one) => one.programme === programme && things(one).length > 0);
  const lanes = [...new Set(own.map(({ lane }) => lane))].sort((a, b) => a - b);
  const asked = { lanes, program: programme.id, things: [...new Set(own.flatMap(things))] };
  const rows = own.length === 0 ? [] : await lockLeases(batch.session, asked);
  const leases = new Map(rows.map((row) => [`${row.lane} ${row.thing}`, row]));
  const left = new Map(rows.map((row) => [`${row.lane} ${row.thing}`, row.units]));
  const asks = new Set<Earning>();
  return {
    ...{ programme, asks },
    take(one) {
      const keys = things(one).map((thing) => `${one.lane} ${thing}`);
      const lacking = keys.filter((key) => (left.get(key) ?? 0) < one.points);
      if (lacking.some((key) => (leases.get(key)?.none_until ?? batch.t) <= batch.t)) {
        asks.add(one);
        return 0;
      }
      const points = Math.min(one.points, ...keys.map((key) => left.get(key) ?? 0));
      for (const key of keys) left.set(key, (left.get(key) ?? 0) - points);
      return points;
    },
    uses(booked) {
      const uses = new Map<string, { lane: number; thing: string; used: number; wanted: number }>();
      const of = (one: Earning, thing: string) => {
        const key = `${one.lane} ${thing}`;
        const use = uses.get(key) ?? { lane: one.lane, thing, used: 0, wanted: 0 };
        uses.set(key, use);
        return use;
      };
      for (const one of booked) for (const thing of things(one)) of(one, thing).used += one.points;
      for (const one of asks) {
        for (const thing of things(one)) {
          if ((left.get(`${one.lane} ${thing}`) ?? 0) < one.points) of(one, thing).wanted += ahead * one.points;
        }
      }
      return [...uses.values()].sort((a, b) => a.lane - b.lane || (a.thing < b.thing ? -1 : 1));
    },
  };
}

/** Points of a rule that were taken back. */
export interface TakenBack {
  readonly lane: number;
  readonly rule: string;
  /** When they were earned, in milliseconds. */
  readonly at: number;
  readonly points: number;
}

/** What was taken back may be given again, within the window of the budget in which it was earned. */
export function refillBudgets(batch: Batch, programme: LinkedProgramme, back: readonly TakenBack[]): void {
  const refills = back.flatMap(({ lane, rule, at, points: units }) =>
    thingsOf(programme, { rule: { id: rule }, at }).map((thing) => ({ lane, thing, units })),
  );
  batch.writes.later(refillLeases(batch.session, programme.id, refills));
}

function thingsOf(
  programme: LinkedProgramme,
  { rule, at }: { readonly rule: { readonly id: string }; readonly at: number },
): readonly string[] {
  if (programme.qualifying.has(rule.id)) return [];
  return (programme.body.budgets ?? []).flatMap((budget) =>
    budget.rules === null || budget.rules.includes(rule.id) ? [thingOf(budget, programme, at)] : [],
  );
}
