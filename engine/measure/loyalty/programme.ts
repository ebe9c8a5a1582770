/**
 * A programme in numbers: points from opening to closing, by issuer, month and tier; what was lost of each month's points; what they are
 * owed and cost; who is in which tier; what gives points and what takes them; and whether members do more of what it is for than others.
 */
import type { LoyaltyBody } from '../../compiler/ir.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { worthOf } from './liability.ts';
import {
  type BehaviourRow,
  type BudgetRow,
  type MovementRow,
  type ReferralCount,
  type SourceRow,
  selectBehaviour,
  selectBudgets,
  selectKept,
  selectMembers,
  selectMovements,
  selectQualifying,
  selectReferrals,
  selectSources,
  selectUnbooked,
  selectWaiting,
} from './queries.ts';

/** opening + issued − redeemed − expired − reversed = closing. Points that are held count as redeemed. */
export interface Roll {
  readonly opening: number;
  readonly issued: number;
  readonly redeemed: number;
  readonly expired: number;
  readonly reversed: number;
  readonly closing: number;
}

export interface ProgrammeReport {
  readonly program: string;
  readonly since: string | null;
  readonly until: string;
  readonly objective: LoyaltyBody['objective'];
  readonly total: Roll;
  readonly held: number;
  readonly pending: number;
  readonly debt: number;
  /** Points, those that only count for tiers, and what points are worth (in minor units). */
  readonly byCurrency: readonly (Roll & { readonly currency: string })[];
  readonly byIssuer: readonly (Roll & { readonly issuer: string })[];
  readonly byMonth: readonly (Roll & { readonly month: string; readonly breakage: number | null })[];
  readonly byTier: readonly (Roll & { readonly tier: string })[];
  readonly members: readonly { readonly tier: string; readonly members: number }[];
  /** In minor units; null: the programme doesn't say what points are worth. */
  readonly money: {
    readonly currency: string;
    readonly liability: number;
    readonly cost: number;
    readonly expectedRedemption: number;
  } | null;
  readonly sources: readonly SourceRow[];
  readonly referrals: readonly ReferralCount[];
  /** What waits for a decision. */
  readonly kept: { readonly postings: number; readonly points: number };
  /** What was given of each budget in each of its windows, the latest ones. `since`: null: it has no windows. */
  readonly budgets: readonly {
    readonly id: string;
    readonly since: string | null;
    readonly points: number;
    readonly max: number;
  }[];
  readonly behaviour: {
    readonly types: readonly string[];
    readonly days: number;
    readonly rows: readonly BehaviourRow[];
  };
}

export interface ProgrammeRequest {
  readonly program: string;
  readonly body: LoyaltyBody;
  /** null: from the beginning. */
  readonly since: Date | null;
  /** null: until now. */
  readonly until: Date | null;
  readonly now: Date;
}

const behaviourDays = 30;
const dayMs = 86_400_000;

/** Reads it as of one snapshot. */
export function readProgramme(session: OwnSession, request: ProgrammeRequest): Promise<ProgrammeReport> {
  return session.transaction((inner) => read(inner, request), { readOnly: true });
}

async function read(
  session: Session,
  { program, body, since, until, now }: ProgrammeRequest,
): Promise<ProgrammeReport> {
  const end = until ?? now;
  const period = { since, until: new Date(end.getTime() + (until === null ? 1 : 0)) };
  const rows = await selectMovements(session, program, period);
  const unbooked = end >= now ? await selectUnbooked(session, program, end) : [];
  const all: readonly MovementRow[] = [
    ...rows,
    ...unbooked.map(({ points, ...lot }) => ({ ...lot, ...none, expired: points })),
  ];
  const members = await selectMembers(session, program);
  const first = body.tiers[0]?.id ?? '';
  const total = rollOf(all);
  const types = [
    ...new Set(body.earn.filter(({ lever }) => lever === 'spend').flatMap(({ when }) => when.types)),
  ].sort();
  const services = [...new Set(body.earn.flatMap(({ when }) => when.types))].sort();
  return {
    ...{ program, since: since?.toISOString() ?? null, until: end.toISOString(), objective: body.objective, total },
    ...(await selectWaiting(session, program, end)),
    debt: members.reduce((sum, { debt }) => sum + debt, 0),
    byCurrency: byCurrency(body, total, await selectQualifying(session, program, period)),
    byIssuer: grouped(all, ({ issuer }) => issuer).map(([issuer, roll]) => ({ issuer, ...roll })),
    byMonth: grouped(all, ({ month }) => month).map(([month, roll]) => ({
      month,
      ...roll,
      breakage: breakageOf(roll),
    })),
    byTier:
      body.tiers.length === 0
        ? []
        : grouped(all, ({ tier }) => tier ?? first).map(([tier, roll]) => ({ tier, ...roll })),
    members: members.map(({ tier, members: count }) => ({ tier: tier ?? first, members: count })),
    money: moneyOf(body, total),
    sources: await selectSources(session, program, period),
    referrals: body.referral === null ? [] : await selectReferrals(session, program, end),
    kept: await selectKept(session, program),
    budgets: budgetsOf(body, await selectBudgets(session, program, budgetRowsMax)),
    behaviour: {
      ...{ types, days: behaviourDays },
      rows: types.length === 0 ? [] : await selectBehaviour(session, program, { ...spanOf(types, end), services }),
    },
  };
}

/** Windows of budgets that are shown. */
const budgetRowsMax = 24;

function budgetsOf({ budgets = [] }: LoyaltyBody, rows: readonly BudgetRow[]): ProgrammeReport['budgets'] {
  return rows.flatMap(({ thing, points }) => {
    const [, id = '', since = null] = thing.split('/');
    const budget = budgets.find((one) => one.id === id);
    return budget === undefined ? [] : [{ id, since, points, max: budget.points }];
  });
}

/** The programme's points, what counts for tiers alone where there is some, and points at their worth. */
function byCurrency(
  { points }: LoyaltyBody,
  total: Roll,
  { opening, issued, reversed }: { readonly opening: number; readonly issued: number; readonly reversed: number },
): ProgrammeReport['byCurrency'] {
  const qualifying = { currency: 'qualifying', opening, issued, redeemed: 0, expired: 0, reversed };
  const { worth } = points;
  const money = (count: number) => (worth === undefined ? 0 : Math.round((count * worth.is.amount) / worth.points));
  return [
    { currency: 'points', ...total },
    ...(opening + issued === 0 ? [] : [{ ...qualifying, closing: opening + issued - reversed }]),
    ...(worth === undefined ? [] : [{ currency: worth.is.currency, ...valued(total, money) }]),
  ];
}

function valued({ opening, issued, redeemed, expired, reversed, closing }: Roll, of: (count: number) => number): Roll {
  return {
    ...{ opening: of(opening), issued: of(issued), redeemed: of(redeemed) },
    ...{ expired: of(expired), reversed: of(reversed), closing: of(closing) },
  };
}

const none = { opening: 0, issued: 0, redeemed: 0, expired: 0, reversed: 0 };

function spanOf(types: readonly string[], to: Date) {
  const ago = (days: number) => new Date(to.getTime() - days * dayMs);
  return { types, from: ago(2 * behaviourDays), between: ago(behaviourDays), to };
}

function rollOf(rows: readonly MovementRow[]): Roll {
  const sum = (of: keyof typeof none) => rows.reduce((total, row) => total + row[of], 0);
  const [opening, issued, redeemed, expired, reversed] = [
    ...[sum('opening'), sum('issued'), sum('redeemed'), sum('expired'), sum('reversed')],
  ] as [number, number, number, number, number];
  return { opening, issued, redeemed, expired, reversed, closing: opening + issued - redeemed - expired - reversed };
}

function grouped(
  rows: readonly MovementRow[],
  keyOf: (row: MovementRow) => string,
): readonly (readonly [string, Roll])[] {
  const keys = [...new Set(rows.map(keyOf))].sort();
  return keys.map((key) => [key, rollOf(rows.filter((row) => keyOf(row) === key))]);
}

/** The share of what was given that was lost by time; null: nothing was given. */
function breakageOf({ opening, issued, reversed, expired }: Roll): number | null {
  const given = opening + issued - reversed;
  return given <= 0 ? null : expired / given;
}

function moneyOf({ points }: LoyaltyBody, { closing, redeemed }: Roll): ProgrammeReport['money'] {
  if (points.worth === undefined) return null;
  const { points: per, is } = points.worth;
  const worth = { points: per, amount: is.amount };
  const expectedRedemption = (points.expectedRedemption ?? 10_000) / 10_000;
  return {
    currency: is.currency,
    liability: Math.round(worthOf(closing, worth, expectedRedemption)),
    cost: Math.round(worthOf(redeemed, worth, 1)),
    expectedRedemption,
  };
}
