/** Loyalty programmes linked for running: which rules an event type concerns, and what of an event is measured. Plain data. */
import type { Boost, BundleResource, EventBody, LoyaltyBody, WorkspaceBody } from './ir.ts';

export type EarnRule = LoyaltyBody['earn'][number];

export interface LinkedProgramme {
  readonly id: string;
  readonly digest: string;
  readonly body: LoyaltyBody;
  /** The workspace's: in it programmes count days, months and years. */
  readonly zone: string;
  readonly weekStarts: string;
  /** The rules that give points, then those by which members qualify for tiers. */
  readonly rules: readonly EarnRule[];
  /** The ids of those that only count for tiers. */
  readonly qualifying: ReadonlySet<string>;
  /** What multiplies points, the tiers' own among them. */
  readonly boosts: readonly Boost[];
  /** Rules that refunds take back, or whose points wait for an event: an earning of theirs is found by `match`, and one value of it earns once. */
  readonly matched: ReadonlyMap<string, string>;
  /** By rule the property that tells how much was bought, and by a refund how much of it came back; null: all or nothing. */
  readonly bases: ReadonlyMap<string, string | null>;
  /** Event types that are looked at. */
  readonly listens: ReadonlySet<string>;
}

export function linkProgrammes(resources: readonly BundleResource[]): ReadonlyMap<string, LinkedProgramme> {
  const events = new Map(resources.flatMap((one) => (one.kind === 'event' ? [[one.id, one.body] as const] : [])));
  const house = resources.find((one) => one.kind === 'workspace')?.body as WorkspaceBody | undefined;
  const { zone = 'UTC', weekStarts = 'mon' } = house ?? {};
  return new Map(
    resources.flatMap((one) =>
      one.kind === 'loyalty' ? [[one.id, { ...link(one.id, one.digest, one.body, events), zone, weekStarts }]] : [],
    ),
  );
}

function link(
  id: string,
  digest: string,
  body: LoyaltyBody,
  events: ReadonlyMap<string, EventBody>,
): Omit<LinkedProgramme, 'zone' | 'weekStarts'> {
  const { refunds, earn, qualify = [] } = body;
  const rules = [...earn, ...qualify];
  return {
    ...{ id, digest, body, rules },
    qualifying: new Set(qualify.map((rule) => rule.id)),
    boosts: [...(body.boosts ?? []), ...tierBoosts(id, body)],
    matched: new Map([
      ...rules.flatMap((rule) => (rule.usable?.when === undefined ? [] : [[rule.id, rule.usable.when.match] as const])),
      ...(refunds?.reverse ?? []).map((rule) => [rule, refunds?.match ?? ''] as const),
    ]),
    bases: new Map(rules.map((rule) => [rule.id, baseOf(rule, events)])),
    listens: new Set([
      ...rules.flatMap(({ when, usable }) => [...when.types, ...(usable?.when?.types ?? [])]),
      ...body.challenges.flatMap(({ of }) => of.events.types),
      ...(refunds?.when.types ?? []),
      ...(body.referral?.when.types ?? []),
      ...(body.referral?.qualifies.kind === 'event' ? body.referral.qualifies.events.types : []),
    ]),
  };
}

/** What a tier multiplies is a boost of those who are in it. */
function tierBoosts(program: string, { tiers }: LoyaltyBody): readonly Boost[] {
  return tiers.flatMap(({ id, times }): readonly Boost[] => {
    const isIn = { kind: 'tier', program, op: 'is', tier: id } as const;
    const always = { of: null, from: null, until: null, days: null, group: null };
    return times === undefined ? [] : [{ ...always, id, times, if: isIn }];
  });
}

/** What points are given for; where a rule gives as many for each event, the event's own measure. */
function baseOf({ points, each, when }: EarnRule, events: ReadonlyMap<string, EventBody>): string | null {
  if (points.kind === 'per') return points.of;
  if (each !== null || when.types.length === 0) return null;
  const measures = new Set(when.types.map((type) => events.get(type)?.measure?.property ?? null));
  return measures.size === 1 ? ([...measures][0] ?? null) : null;
}
