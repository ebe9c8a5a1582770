/**
 * What rules give for what happened, before limits and budgets: events and other occasions are measured by SQL, members are asked by the
 * conditions of the programme and of its rules, then boosts multiply and groups choose. Nothing is booked here.
 */
import { pointsOfEvents } from '../../compiler/earning-sql.ts';
import type { Boost, Condition } from '../../compiler/ir.ts';
import type { EarnRule, LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { Prepared } from '../../compiler/program-sql.ts';
import { isOn, multiplied, remaining } from '../../loyalty/boosts.ts';
import { drawn } from '../../loyalty/draw.ts';
import { type Limited, type Shared, windowParts } from '../../loyalty/limits.ts';
import { readGiven } from '../../loyalty/queries.ts';
import type { Batch } from '../batch.ts';
import { matchOf } from './match-of.ts';
import { readingsOf } from './members.ts';
import { ruleStatement } from './rule-statements.ts';

/** Something that happened to somebody: an event, or what opens a rule without one. */
export interface Occurrence {
  readonly lane: number;
  readonly profileId: number;
  /** 0: it is no event. */
  readonly eventId: number;
  readonly type: string;
  readonly at: number;
  readonly properties: Readonly<Record<string, unknown>>;
  /** What is known by this gives once for each rule. */
  readonly key: string;
}

/** What a rule gives for it, before limits. */
export interface Earning extends Limited {
  readonly programme: LinkedProgramme;
  readonly rule: EarnRule;
  readonly event: Occurrence;
  readonly base: number | null;
}

/** What each rule of a programme is about, of what happened. */
export type Happened = (rule: EarnRule) => readonly Occurrence[];

export async function earningsOf(
  batch: Batch,
  programme: LinkedProgramme,
  happened: Happened,
): Promise<readonly Earning[]> {
  const about = programme.rules.flatMap((rule) => happened(rule).map((event) => ({ rule, event })));
  if (about.length === 0) return [];
  // All are asked, also those to whom nothing will be given: it costs less than a wait.
  const [worth, may] = await Promise.all([
    Promise.all(programme.rules.map((rule) => worthOf(batch, programme, rule, happened))),
    whoFulfils(batch, programme, about),
  ]);
  const measured = worth.flat();
  const open = measured.filter(({ rule, event: { profileId } }) => may(profileId, null) && may(profileId, rule.if));
  const drawn = open.map((one) => byChance(programme, one));
  const boosted = (await byTimes(batch, programme, drawn)).map((one) => boost(programme, one, may));
  const shared = (rule: EarnRule): readonly Shared[] => sharedBy(programme, rule);
  return chosen(programme, boosted).map((one): Earning => {
    const { rule, event, points, base } = one;
    const { lane, profileId, at } = event;
    const who = { lane, profileId, program: programme.id };
    return {
      ...{ ...who, programme, rule, event, points, base, at },
      ...{ source: rule.id, limit: rule.limit, shared: shared(rule) },
    };
  });
}

interface Worth extends Measured {
  readonly rule: EarnRule;
}

async function worthOf(
  batch: Batch,
  programme: LinkedProgramme,
  rule: EarnRule,
  happened: Happened,
): Promise<readonly Worth[]> {
  const typed = happened(rule);
  if (typed.length === 0) return [];
  const statement = ruleStatement(batch.program, `earn ${programme.id} ${rule.id}`, () =>
    pointsOfEvents(batch.program, programme, rule),
  );
  return (await measure(batch, statement, typed)).map((one) => ({ ...one, rule }));
}

export interface Measured {
  readonly event: Occurrence;
  readonly points: number;
  readonly base: number | null;
}

/** What a statement of `earning-sql.ts` says of what happened, in order. */
export async function measure(
  batch: Batch,
  { text, rest }: Prepared,
  events: readonly Occurrence[],
): Promise<readonly Measured[]> {
  const rows = await batch.session.query<{ i: number; points: number; base: number | null }>(text, [
    batch.t,
    events.map(({ properties }) => JSON.stringify(properties)),
    events.map(({ lane }) => lane),
    events.map(({ profileId }) => profileId),
    events.map(({ at }) => new Date(at)),
    events.map(({ eventId }) => eventId),
    ...rest,
  ]);
  const inOrder = [...rows].sort((a, b) => a.i - b.i);
  return inOrder.map(({ i, points, base }) => ({ event: events[i - 1] as Occurrence, points, base }));
}

/** Whether a condition is true of somebody; null: the one that members fulfil. */
type May = (profileId: number, condition: Condition | null) => boolean;

/** One statement a programme: its members, and the conditions of the rules and boosts that are about what happened. */
async function whoFulfils(
  batch: Batch,
  programme: LinkedProgramme,
  about: readonly Pick<Worth, 'rule' | 'event'>[],
): Promise<May> {
  const { body, boosts, zone } = programme;
  const rules = [...new Set(about.map(({ rule }) => rule))];
  const opened = boosts.filter((one) =>
    about.some(({ rule, event }) => appliesTo(programme, one, rule, event.at, zone)),
  );
  const asked = [...new Set([body.members, ...rules.map((rule) => rule.if), ...opened.map((one) => one.if)])];
  const conditions = asked.filter((one): one is Condition => one !== null);
  const names = [...rules, ...opened].map(({ id }) => id).join(' ');
  const holds = await readingsOf(
    batch,
    `loyalty ${programme.id} ${names}`,
    conditions,
    about.map(({ event }) => event),
  );
  return (profileId, condition) => {
    const wanted = condition ?? body.members;
    return wanted === null || holds.get(profileId)?.[conditions.indexOf(wanted)] === true;
  };
}

/** What counts for tiers is boosted only by boosts that name its rule. */
function appliesTo(programme: LinkedProgramme, one: Boost, rule: EarnRule, at: number, zone: string): boolean {
  return isOn(one, rule.id, at, zone) && (one.of !== null || !programme.qualifying.has(rule.id));
}

function boost(programme: LinkedProgramme, one: Worth, may: May): Worth {
  const { rule, event, points } = one;
  const { boosts, body, zone } = programme;
  const on = boosts.filter(
    (each) => appliesTo(programme, each, rule, event.at, zone) && (each.if === null || may(event.profileId, each.if)),
  );
  if (on.length === 0) return one;
  const left = remaining(on, body.groups ?? {}, { group: ({ group }) => group, worth: ({ times }) => times });
  const round = rule.round ?? body.points.round ?? 'down';
  const factors = left.map(({ times }) => times);
  return { ...one, points: multiplied(points, factors, round) };
}

/** Where a rule draws, what is won: by the purchase, or by when it happened, whatever numbers the store gives. */
function byChance({ id, matched }: LinkedProgramme, one: Worth): Worth {
  const { rule, event } = one;
  if (rule.points.kind !== 'draw') return one;
  const { prizes, seed } = rule.points;
  const about = matchOf(event, matched.get(rule.id)) ?? `${event.type} ${event.at}`;
  return { ...one, points: drawn(prizes, [seed, id, rule.id, event.profileId, about]) };
}

/** Where a rule gives by times, how often it gave in the window. */
async function byTimes(batch: Batch, programme: LinkedProgramme, some: readonly Worth[]): Promise<readonly Worth[]> {
  const asked = some.filter(({ rule }) => rule.points.kind === 'nth');
  if (asked.length === 0) return some;
  const windows = asked.map(({ rule, event: { lane, profileId, at } }) => {
    const window = rule.points.kind === 'nth' ? rule.points.window : ({ kind: 'lifetime' } as const);
    return { ...{ lane, profileId, at, program: programme.id, sources: [rule.id] }, ...windowParts(window) };
  });
  const given = await readGiven(batch.session, windows, batch.program.definitions);
  const more = new Map<string, number>();
  const points = new Map<Worth, number>();
  for (const { i, window, times } of [...given].sort((a, b) => a.i - b.i)) {
    const one = asked[i - 1] as Worth;
    const key = `${one.event.profileId} ${one.rule.id} ${window}`;
    const before = times + (more.get(key) ?? 0);
    more.set(key, (more.get(key) ?? 0) + 1);
    const give = one.rule.points.kind === 'nth' ? one.rule.points.give : [];
    points.set(one, give[Math.min(before, give.length - 1)] ?? 0);
  }
  return some.map((one) => ({ ...one, points: points.get(one) ?? one.points }));
}

/** Of the rules of a group those that it lets give, for each thing that happened. */
function chosen({ body, rules }: LinkedProgramme, some: readonly Worth[]): readonly Worth[] {
  const giving = some.filter(({ points }) => points > 0);
  if (body.groups === undefined) return giving;
  const inOrder = [...giving].sort((a, b) => rules.indexOf(a.rule) - rules.indexOf(b.rule));
  const byEvent = new Map<string, Worth[]>();
  for (const one of inOrder) {
    const key = `${one.event.profileId} ${one.event.key}`;
    byEvent.set(key, [...(byEvent.get(key) ?? []), one]);
  }
  const of = { group: ({ rule }: Worth) => rule.group ?? null, worth: ({ points }: Worth) => points };
  const left = new Set([...byEvent.values()].flatMap((ones) => remaining(ones, body.groups ?? {}, of)));
  return giving.filter((one) => left.has(one));
}

/** The limits of the programme that are about a rule, each over all of its rules. */
export function sharedBy({ body, qualifying }: LinkedProgramme, { id }: EarnRule): readonly Shared[] {
  return (body.limits ?? []).flatMap(({ rules, ...limit }) => {
    const sources = rules ?? body.earn.map((rule) => rule.id);
    return sources.includes(id) && (rules !== null || !qualifying.has(id)) ? [{ limit, sources }] : [];
  });
}
