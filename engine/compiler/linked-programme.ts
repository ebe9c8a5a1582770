/** Loyalty programmes linked for running: which rules an event type concerns, and what of an event is measured. Plain data. */
import type { BundleResource, EventBody, LoyaltyBody } from './ir.ts';

export type EarnRule = LoyaltyBody['earn'][number];

export interface LinkedProgramme {
  readonly id: string;
  readonly digest: string;
  readonly body: LoyaltyBody;
  /** Rules that refunds take back: an earning of theirs is found by `match`, and one value of it earns once. */
  readonly matched: ReadonlyMap<string, string>;
  /** By rule the property that tells how much was bought, and by a refund how much of it came back; null: all or nothing. */
  readonly bases: ReadonlyMap<string, string | null>;
  /** Event types that are looked at. */
  readonly listens: ReadonlySet<string>;
}

export function linkProgrammes(resources: readonly BundleResource[]): ReadonlyMap<string, LinkedProgramme> {
  const events = new Map(resources.flatMap((one) => (one.kind === 'event' ? [[one.id, one.body] as const] : [])));
  return new Map(
    resources.flatMap((one) => (one.kind === 'loyalty' ? [[one.id, link(one.id, one.digest, one.body, events)]] : [])),
  );
}

function link(id: string, digest: string, body: LoyaltyBody, events: ReadonlyMap<string, EventBody>): LinkedProgramme {
  const { refunds, earn } = body;
  return {
    id,
    digest,
    body,
    matched: new Map(refunds === null ? [] : [[refunds.reverse, refunds.match]]),
    bases: new Map(earn.map((rule) => [rule.id, baseOf(rule, events)])),
    listens: new Set([
      ...earn.flatMap(({ when }) => when.types),
      ...body.challenges.flatMap(({ of }) => of.events.types),
      ...(refunds?.when.types ?? []),
    ]),
  };
}

/** What points are given for; where a rule gives as many for each event, the event's own measure. */
function baseOf({ points, each, when }: EarnRule, events: ReadonlyMap<string, EventBody>): string | null {
  if (points.kind === 'per') return points.of;
  if (each !== null) return null;
  const measures = new Set(when.types.map((type) => events.get(type)?.measure?.property ?? null));
  return measures.size === 1 ? ([...measures][0] ?? null) : null;
}
