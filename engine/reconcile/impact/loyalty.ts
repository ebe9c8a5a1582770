/**
 * What a change of a programme would have done over the last 30 days: the rules of both sides read the same events once more, as things
 * stand now; tiers are worked out from what the ledger holds by both ladders; points that are left are valued by both. Limits count within
 * these days. Challenges, referrals, rules without an event and what journeys award are left out; where a change touches them, it is said.
 */

import { type Earning, earningsOf, type Occurrence } from '../../activation/loyalty/earnings.ts';
import { matchOf } from '../../activation/loyalty/match-of.ts';
import { readingsOf } from '../../activation/loyalty/members.ts';
import { batchOf } from '../../activation/loyalty/till/command.ts';
import { type Statements, statementsOf } from '../../activation/statements.ts';
import { canonicalJson } from '../../compiler/canonical.ts';
import type { Condition } from '../../compiler/ir.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import { type Planned, plannedOverPeople } from '../../compiler/planned-sql.ts';
import { link, type Program } from '../../compiler/program.ts';
import { readEarnings } from '../../loyalty/ledger/queries.ts';
import { limitedInMemory } from '../../loyalty/limits-in-memory.ts';
import { termsOf } from '../../loyalty/terms.ts';
import { carry, firstTier } from '../../loyalty/tiers.ts';
import { worthOf } from '../../measure/loyalty/liability.ts';
import type { Session } from '../../store/session.ts';
import type { LoyaltyImpact, Shift, Touch } from '../impact-form.ts';
import type { Measured } from './measured.ts';
import { type HolderRow, selectHolders, selectRewarded } from './queries.ts';
import type { LaneNumbers, LaneTask, Tally } from './sample-lanes.ts';

const days = 30;
const dayMs = 86_400_000;

interface Side {
  readonly program: Program;
  readonly programme: LinkedProgramme;
  /** By which conditions are read: of what changes, definitions where they are read. */
  readonly planned: Planned;
}

export interface LoyaltyTarget {
  readonly id: string;
  /** As it is called now, by which the ledger knows it. */
  readonly was: string;
  readonly change: Touch;
  /** null: it isn't there on that side. */
  readonly before: Side | null;
  readonly after: Side | null;
}

/** Programmes that change, or whose members or rules read what changes. */
export function loyaltyTargets(
  { plan, state, planned, standing: stands }: Measured,
  linked: () => Program,
): readonly LoyaltyTarget[] {
  const direct = plan.changes.filter(({ kind, class: how }) => kind === 'loyalty' && how !== 'metadata');
  const indirect = plan.indirect.flatMap(({ resource }) =>
    resource.startsWith('loyalty/') ? [resource.slice(8)] : [],
  );
  if (direct.length + indirect.length === 0) return [];
  const standing = state.resources.some(({ kind }) => kind === 'workspace')
    ? link(plan.from.revision, state.resources)
    : null;
  const sideOf = (program: Program | null, id: string, read: Planned): Side | null => {
    const programme = program?.programmes.get(id);
    return program === null || programme === undefined ? null : { program, programme, planned: read };
  };
  const targets = [
    ...direct.map(({ id, movedFrom, action }) => ({ id, was: movedFrom ?? id, change: action as Touch })),
    ...indirect.map((id) => ({ id, was: id, change: 'indirect' as const })),
  ];
  return targets
    .map((one) => ({ ...one, before: sideOf(standing, one.was, stands), after: sideOf(linked(), one.id, planned) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const sides = ['before', 'after'] as const;

/** Rewards of either side whose cost, stock, limit or condition changes, or that come or go. */
function rewardsOf({ before, after }: LoyaltyTarget): readonly string[] {
  const of = (side: Side | null, id: string) => side?.programme.body.rewards.find((one) => one.id === id);
  const ids = new Set(
    [...(before?.programme.body.rewards ?? []), ...(after?.programme.body.rewards ?? [])].map(({ id }) => id),
  );
  const text = (side: Side | null, id: string) => canonicalJson(of(side, id) ?? null);
  return [...ids].filter((id) => text(before, id) !== text(after, id)).sort();
}

export function loyaltyTask({ at }: Measured, target: LoyaltyTarget): LaneTask {
  const rewards = rewardsOf(target);
  return {
    names: [
      ...['issued before', 'issued after', 'promoted', 'demoted', 'owed', 'members'],
      ...rewards.flatMap((id) => sides.flatMap((side) => [`${id} members ${side}`, `${id} units ${side}`])),
    ],
    async read(session, lanes) {
      const found = new Map(lanes.map((lane) => [lane, {} as Record<string, number>]));
      const add = (lane: number, name: string, count: number): void => {
        const numbers = found.get(lane);
        if (numbers !== undefined) numbers[name] = (numbers[name] ?? 0) + count;
      };
      for (const side of sides) {
        const one = target[side];
        for (const earning of one === null ? [] : await replayed(session, one, lanes, at)) {
          add(earning.lane, `issued ${side}`, earning.points);
        }
      }
      const holders = await selectHolders(session, { program: target.was, lanes, at });
      for (const { lane, owed } of holders) {
        add(lane, 'owed', owed);
        add(lane, 'members', 1);
      }
      for (const { lane, name } of await moved(session, target, holders, at)) add(lane, name, 1);
      for (const side of sides) {
        const one = target[side];
        if (one === null) continue;
        for (const row of await affording(session, one, { holders, rewards, at })) {
          add(row.lane, `${row.reward} members ${side}`, 1);
          add(row.lane, `${row.reward} units ${side}`, row.units);
        }
      }
      return [...found].map(([lane, numbers]): LaneNumbers => ({ lane, numbers }));
    },
  };
}

/** A batch that only reads. */
function reading(session: Session, { program, planned }: Side, at: Date) {
  const pairsOverPeople: Statements['pairsOverPeople'] = (_, conditions) => plannedOverPeople(planned, conditions);
  return batchOf(session, { program, statements: { ...statementsOf(program), pairsOverPeople } }, 0, at);
}

/** What the rules would have given. */
async function replayed(session: Session, side: Side, lanes: readonly number[], at: Date): Promise<readonly Earning[]> {
  const { programme } = side;
  const rules = programme.rules.filter((rule) => rule.occasion === undefined && !programme.qualifying.has(rule.id));
  const types = [...new Set(rules.flatMap(({ when }) => when.types))];
  if (types.length === 0) return [];
  const rows = await selectRewarded(session, { lanes, types, since: new Date(at.getTime() - days * dayMs), until: at });
  const events = rows.map((row): Occurrence => {
    const { lane, profile_id: profileId, event_id: eventId, type, properties } = row;
    return { lane, profileId, eventId, type, at: row.at, properties, key: String(eventId) };
  });
  const known = new Set(rules);
  const earned = await earningsOf(reading(session, side, at), programme, (rule) =>
    known.has(rule) ? events.filter(({ type }) => rule.when.types.includes(type)) : [],
  );
  const inOrder = [...earned].sort((a, b) => a.at - b.at || a.event.eventId - b.event.eventId);
  return limitedInMemory(onceEach(programme, inOrder), programme);
}

/** One purchase earns once. */
function onceEach(programme: LinkedProgramme, earned: readonly Earning[]): readonly Earning[] {
  const seen = new Set<string>();
  return earned.filter(({ profileId, rule, event }) => {
    const match = matchOf(event, programme.matched.get(rule.id));
    const key = `${profileId} ${rule.id} ${match}`;
    if (match === null) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Who would be in a higher or lower tier by the new ladder, both worked out from the beginning. */
async function moved(
  session: Session,
  { before, after }: LoyaltyTarget,
  holders: readonly HolderRow[],
  at: Date,
): Promise<readonly { readonly lane: number; readonly name: 'promoted' | 'demoted' }[]> {
  if (before === null || after === null || holders.length === 0) return [];
  const ladders = [before, after].map(({ programme }) => ({
    programme,
    terms: termsOf(new Map([[programme.id, programme]]))(programme.id),
  }));
  const [old, young] = ladders;
  if (old?.terms == null || young?.terms == null) return [];
  const key = (one: (typeof ladders)[number]) =>
    canonicalJson([one.terms?.tiers, one.terms?.downgrade ?? null, one.terms?.qualifies ?? false]);
  if (key(old) === key(young)) return [];
  const tierOf = async (terms: NonNullable<typeof old.terms>): Promise<readonly string[]> => {
    const kind = terms.qualifies === true ? ('qualify' as const) : ('earn' as const);
    const asked = holders.flatMap(({ lane, holder_id: own, others }, place) =>
      [[lane, own] as const, ...(others ?? [])].map(([of, holderId]) => ({
        lane: of,
        holderId,
        kind,
        from: null,
        place,
      })),
    );
    const earnings = holders.map((): { at: number; points: number }[] => []);
    if (terms.tiers.length > 1) {
      for (const { i, ...one } of await readEarnings(session, asked)) earnings[asked[i - 1]?.place ?? -1]?.push(one);
    }
    for (const some of earnings) some.sort((a, b) => a.at - b.at);
    return earnings.map((earned) => {
      if (terms.tiers.length === 0) return '';
      const { state } = carry(terms, { state: firstTier, from: null }, earned, at.getTime());
      return terms.tiers[state.tier]?.id ?? '';
    });
  };
  const [was, will] = [await tierOf(old.terms), await tierOf(young.terms)];
  const ranks = young.terms.tiers.map(({ id }) => id);
  const froms = new Map(old.terms.tiers.map(({ id, from }) => [id, from]));
  // A tier that is there no more stands where its points would be.
  const rankOf = (id: string): number => {
    const known = ranks.indexOf(id);
    if (known >= 0) return known;
    return (young.terms?.tiers ?? []).filter(({ from }) => from <= (froms.get(id) ?? 0)).length - 1;
  };
  return holders.flatMap(({ lane }, i) => {
    const shift = ranks.indexOf(will[i] ?? '') - rankOf(was[i] ?? '');
    return shift === 0 ? [] : [{ lane, name: shift > 0 ? ('promoted' as const) : ('demoted' as const) }];
  });
}

/** Members who could take a reward now, and how many of it each by his points and its limit. */
async function affording(
  session: Session,
  side: Side,
  {
    holders,
    rewards,
    at,
  }: { readonly holders: readonly HolderRow[]; readonly rewards: readonly string[]; readonly at: Date },
): Promise<readonly { readonly lane: number; readonly reward: string; readonly units: number }[]> {
  const { programme } = side;
  const batch = reading(session, side, at);
  const offered = programme.body.rewards.filter(({ id }) => rewards.includes(id));
  const found = offered.map(async ({ id, cost, where, limit }) => {
    const rich = holders.filter(({ usable }) => usable >= cost);
    const conditions = [programme.body.members, where].filter((one): one is Condition => one !== null);
    const people = rich.map((one) => ({ lane: one.lane, profileId: one.profile_id, usable: one.usable }));
    const holds = await readingsOf(batch, `exposure ${programme.id} ${id}`, conditions, people);
    return people
      .filter(({ profileId }) => holds.get(profileId)?.every((one) => one) === true)
      .map(({ lane, usable }) => {
        const most = limit?.of === 'times' ? limit.max : Number.POSITIVE_INFINITY;
        return { lane, reward: id, units: Math.min(most, Math.floor(usable / cost)) };
      });
  });
  return (await Promise.all(found)).flat();
}

export function loyaltyImpact(target: LoyaltyTarget, tally: Tally): LoyaltyImpact {
  const { id, change, before, after } = target;
  const shift = (name: string): Shift | null => {
    const [was, will] = [tally.total(`${name} before`), tally.total(`${name} after`)];
    return was === null || will === null ? null : { before: was, after: will };
  };
  const issued = shift('issued');
  const owed = tally.total('owed');
  const worth = (after ?? before)?.programme.body.points.worth;
  const rewards = rewardsOf(target).map((reward) => {
    const units = shift(`${reward} units`);
    const bounded = units && {
      before: atMost(before, reward, units.before),
      after: atMost(after, reward, units.after),
    };
    return {
      reward,
      members: shift(`${reward} members`),
      units: bounded,
      cost: bounded && costOf(target, reward, bounded),
    };
  });
  return {
    ...{ program: id, change, days, issued, promoted: tally.total('promoted'), demoted: tally.total('demoted') },
    ...{ members: tally.total('members'), owed, currency: worth?.is.currency ?? null },
    liability: owed === null || issued === null ? null : liabilityOf(target, owed, issued),
    ...{ rewards, uncounted: uncountedOf(target), measure: tally.measure },
  };
}

/** What changes and isn't counted in points. */
function uncountedOf({ before, after }: LoyaltyTarget): LoyaltyImpact['uncounted'] {
  const parts = {
    challenges: (side: Side | null) => side?.programme.body.challenges ?? [],
    referral: (side: Side | null) => side?.programme.body.referral ?? null,
    occasions: (side: Side | null) => (side?.programme.rules ?? []).filter((rule) => rule.occasion !== undefined),
    qualifying: (side: Side | null) =>
      (side?.programme.rules ?? []).filter(({ id }) => side?.programme.qualifying.has(id) === true),
  } as const;
  return (['challenges', 'occasions', 'qualifying', 'referral'] as const).filter(
    (part) => canonicalJson(parts[part](before)) !== canonicalJson(parts[part](after)),
  );
}

function atMost(side: Side | null, id: string, units: number): number {
  const stock = side?.programme.body.rewards.find((one) => one.id === id)?.stock ?? null;
  return stock === null ? units : Math.min(stock, units);
}

/** What so many points are worth on a side that says it, in minor units. */
function moneyOf(side: Side | null, points: number): number | null {
  const { worth, expectedRedemption = 10_000 } = side?.programme.body.points ?? {};
  if (worth === undefined) return null;
  return Math.round(worthOf(points, { points: worth.points, amount: worth.is.amount }, expectedRedemption / 10_000));
}

/** Of the points that are left; after the change with those that it would have issued more or fewer. */
function liabilityOf({ before, after }: LoyaltyTarget, owed: number, issued: Shift): Shift | null {
  const was = moneyOf(before, owed);
  const will = moneyOf(
    after,
    Math.max(0, owed + (before === null ? issued.after : after === null ? 0 : issued.after - issued.before)),
  );
  if (was === null && will === null) return null;
  return { before: was ?? 0, after: will ?? 0 };
}

/** What it costs who pays, were it taken as often as can be: points at their worth, in minor units. */
function costOf({ before, after }: LoyaltyTarget, reward: string, units: Shift): Shift | null {
  const cost = (side: Side | null, count: number): number | null => {
    const { worth } = side?.programme.body.points ?? {};
    const points = side?.programme.body.rewards.find(({ id }) => id === reward)?.cost ?? 0;
    return worth === undefined ? null : Math.round((count * points * worth.is.amount) / worth.points);
  };
  const [was, will] = [cost(before, units.before), cost(after, units.after)];
  return was === null && will === null ? null : { before: was ?? 0, after: will ?? 0 };
}
