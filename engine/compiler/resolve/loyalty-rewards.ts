/** What points buy, and who may come to the till for it. What points are worth is in `loyalty.ts`. */
import { parseInstant } from '../instants.ts';
import type { LoyaltyBody } from '../ir.ts';
import { readCondition } from './condition.ts';
import { readLimit } from './loyalty-earning.ts';
import { child, demand, entries, fault, items, type Place, rangeOf, textAt, textOf } from './place.ts';
import { inLoyalty } from './standpoint.ts';
import { readDuration } from './values.ts';

export function readReward(place: Place): LoyaltyBody['rewards'][number] {
  const cost = demand(place, 'cost');
  const where = child(place, 'where');
  const stock = textAt(place, 'stock');
  const limit = readLimit(child(place, 'limit'), null);
  if (Number(textOf(cost)) === 0) {
    const detail =
      'A reward that costs nothing could be taken without end. Write its cost in points, or give it as a benefit of a tier.';
    fault(cost, 'CMP223', detail);
  }
  return {
    id: textOf(demand(place, 'id')),
    cost: Number(textOf(cost)),
    give: readGive(demand(place, 'give')),
    stock: stock === undefined ? null : Number(stock),
    where: where === undefined ? null : readCondition(where, inLoyalty),
    ...(limit !== null && { limit }),
    ...readOffered(place),
  };
}

function readGive(place: Place): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    entries(place).map(([key, value]) =>
      key === 'valid_for' ? ['validFor', readDuration(value)] : [key, textOf(value)],
    ),
  );
}

/** From when and until when it is offered; absent where it isn't said. */
function readOffered(place: Place): { readonly from?: number; readonly until?: number } {
  const [from, until] = [instantAt(place, 'from'), instantAt(place, 'until')];
  if (from !== null && until !== null && until <= from) {
    const detail =
      'The reward is gone before it is there, so nobody could ever take it. `until` is the first instant without it.';
    const related = [{ message: 'begins here', range: rangeOf(demand(place, 'from')) }];
    fault(demand(place, 'until'), 'CMP360', detail, { related });
  }
  return { ...(from !== null && { from }), ...(until !== null && { until }) };
}

/** A day or an instant; of a day the beginning, in the workspace's zone. */
function instantAt(place: Place, key: string): number | null {
  const found = child(place, key);
  if (found === undefined) return null;
  const at = parseInstant(textOf(found), { zone: place.at.names.workspace.zone });
  if (at !== null) return at;
  const end = key === 'from' ? 'be offered from no day on' : 'never end';
  const detail = `\`${textOf(found)}\` is no day of the calendar, so the reward would ${end}. Write a day such as \`2026-03-01\`, or an instant such as \`2026-03-01T18:00\`.`;
  fault(found, 'CMP360', detail);
  return null;
}

export function readTill(place: Place): NonNullable<LoyaltyBody['till']> {
  const hold = child(place, 'hold');
  return {
    apiKeys: items(demand(place, 'api_keys')).map(textOf),
    ...(hold !== undefined && { hold: readDuration(hold) }),
  };
}

/** In points; absent where it isn't said. */
export function readCaps(place: Place): NonNullable<LoyaltyBody['caps']> {
  return Object.fromEntries(entries(place).map(([name, value]) => [name, Number(textOf(value))]));
}
