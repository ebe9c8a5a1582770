/**
 * What a programme says over several of its rules: boosts, groups, limits and budgets; how points pay at a till and how tiers fall. The
 * rules themselves are in `loyalty-earning.ts`, the times of points in `loyalty-times.ts`.
 */
import { asSet } from '../canonical.ts';
import { parseMoney, scaleDecimal } from '../decimals.ts';
import { parseInstant } from '../instants.ts';
import type { Boost, Budget, Downgrade, GroupTake, Payment, SharedLimit } from '../ir.ts';
import { readCondition } from './condition.ts';
import { readLimit } from './loyalty-earning.ts';
import { readMonthDay } from './loyalty-times.ts';
import { child, demand, entries, fault, faultUnknown, items, type Place, rangeOf, textAt, textOf } from './place.ts';
import { readShare } from './shares.ts';
import { inLoyalty } from './standpoint.ts';
import { durationAt } from './values.ts';
import { readDays } from './waits.ts';

/** The rules under `of`, as a set; null where all are meant. `rules`: those that may be named. */
export function readOf(place: Place, rules: readonly Place[]): readonly string[] | null {
  const of = child(place, 'of');
  if (of === undefined) return null;
  for (const one of items(of)) checkRule(one, rules, 'Name rules of this programme, or leave `of` out for all.');
  return asSet(items(of).map(textOf));
}

/** Says that the programme has no rule of this id. */
export function checkRule(named: Place, rules: readonly Place[], remedy: string): Place | undefined {
  const known = rules.map((one) => textOf(demand(one, 'id')));
  const rule = rules.find((one) => textAt(one, 'id') === textOf(named));
  if (rule === undefined) faultUnknown(named, 'CMP220', { what: 'earning rule', name: textOf(named), known, remedy });
  return rule;
}

/** What is multiplied by, in hundredths. */
export function readTimes(place: Place): number {
  const times = scaleDecimal(textOf(place), 2);
  if (times !== null && times > 0 && times !== 100) return times;
  const detail = `Points are multiplied by \`${textOf(place)}\`, which ${times === 100 ? 'changes nothing' : 'is no number above 0 with at most two decimals'}. Write such a number, as \`2\` or \`1.5\`.`;
  fault(place, 'CMP331', detail);
  return 100;
}

export function readBoost(place: Place, rules: readonly Place[]): Boost {
  const condition = child(place, 'if');
  const days = child(place, 'days');
  const [from, until] = [instantAt(place, 'from'), instantAt(place, 'until')];
  if (from !== null && until !== null && until <= from) {
    const detail =
      'The boost ends before it begins, so it would never give anything. `until` is the first instant without it.';
    const related = [{ message: 'begins here', range: rangeOf(demand(place, 'from')) }];
    fault(demand(place, 'until'), 'CMP332', detail, { related });
  }
  return {
    id: textOf(demand(place, 'id')),
    times: readTimes(demand(place, 'times')),
    of: readOf(place, rules),
    if: condition === undefined ? null : readCondition(condition, inLoyalty),
    ...{ from, until, days: days === undefined ? null : readDays(days) },
    group: textAt(place, 'group') ?? null,
  };
}

/** A day or an instant; of a day the beginning, in the workspace's zone. */
function instantAt(place: Place, key: string): number | null {
  const found = child(place, key);
  if (found === undefined) return null;
  const at = parseInstant(textOf(found), { zone: place.at.names.workspace.zone });
  if (at !== null) return at;
  const detail = `\`${textOf(found)}\` is no day of the calendar, so the boost would have no ${key === 'from' ? 'beginning' : 'end'}. Write a day such as \`2026-03-01\`, or an instant such as \`2026-03-01T18:00\`.`;
  fault(found, 'CMP332', detail);
  return null;
}

/** How the members of groups go together. Says where a group is named that isn't there, or has nobody in it. */
export function readGroups(
  place: Place | undefined,
  parts: readonly Place[],
): Readonly<Record<string, GroupTake>> | undefined {
  const groups = new Map(entries(place).map(([name, take]) => [name, textOf(take) as GroupTake]));
  const used = new Set<string>();
  for (const part of parts) {
    const named = child(part, 'group');
    if (named === undefined) continue;
    used.add(textOf(named));
    if (groups.has(textOf(named))) continue;
    const remedy = 'Say under `groups` how its members go together: `stack`, `best` or `first`.';
    faultUnknown(named, 'CMP330', { what: 'group', name: textOf(named), known: groups.keys(), remedy });
  }
  for (const [name, take] of entries(place)) {
    if (used.has(name)) continue;
    const detail = `No rule and no boost is of group \`${name}\`, so it decides nothing. Write \`group: ${name}\` where it is meant, or remove it.`;
    fault(take, 'CMP330', detail, { on: 'key' });
  }
  return groups.size === 0 ? undefined : Object.fromEntries([...groups].sort());
}

export function readSharedLimit(place: Place, rules: readonly Place[]): SharedLimit | null {
  const limit = readLimit(place, null);
  return limit === null ? null : { ...limit, rules: readOf(place, rules) };
}

export function readBudget(place: Place, rules: readonly Place[]): Budget {
  return {
    id: textOf(demand(place, 'id')),
    points: Number(textOf(demand(place, 'max_points'))),
    rules: readOf(place, rules),
    calendar: (textAt(place, 'calendar') ?? null) as Budget['calendar'],
  };
}

export function readPayment(place: Place): Payment {
  const is = demand(place, 'is');
  const money = parseMoney(textOf(is));
  if (money === null || money.amount <= 0) {
    const detail = `\`${textOf(is)}\` is no amount above nothing, so points would pay nothing. Write an amount with its currency, such as \`1 ${place.at.names.workspace.currency}\`.`;
    fault(is, 'CMP336', detail);
  }
  const atMost = child(place, 'at_most');
  const atLeast = textAt(place, 'at_least');
  return {
    points: Number(textOf(demand(place, 'points'))),
    is: money ?? { amount: 1, currency: place.at.names.workspace.currency },
    ...(atMost !== undefined && { atMost: readShare(atMost, 100, 'it is a share of what is to be paid.') }),
    ...(atLeast !== undefined && { atLeast: Number(atLeast) }),
  };
}

export function readDowngrade(place: Place, tiers: readonly Place[]): Downgrade {
  const at = child(place, 'at');
  const isStep = textAt(place, 'by') === 'step';
  const free = tiers.slice(1, -1).find((tier) => child(tier, 'keep') === undefined);
  if (isStep && at === undefined && free !== undefined) {
    const related = [{ message: 'this tier is kept for no time', range: rangeOf(demand(free, 'id')) }];
    const detail =
      'Members fall one tier at a time, and nothing says when the next fall may come: they would go through all tiers at once, as with `by: balance`. Write `at: end_of_year`, or `keep` at each tier between the first and the last.';
    fault(demand(place, 'by'), 'CMP333', detail, { related });
  }
  const grace = durationAt(place, 'grace');
  return {
    ...(at !== undefined && {
      at: textOf(at).startsWith('end_of') ? (textOf(at) as 'end_of_year') : readMonthDay(at),
    }),
    ...(isStep && { by: 'step' as const }),
    ...(grace !== null && { grace }),
  };
}
