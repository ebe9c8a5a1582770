/** Conditions on what programmes offer: rewards that were taken or are within reach, challenges won, badges. */
import type { Condition, CountTest } from '../ir.ts';
import { useProgramme } from '../references.ts';
import { allOf, anyOf, negate } from './combine.ts';
import { readCountTests } from './number-tests.ts';
import { child, demand, fault, faultUnknown, type Place, textOf } from './place.ts';
import { durationAt, listed } from './values.ts';

const once: CountTest = { op: 'gte', value: 1 };

export function readReward(place: Place): Condition {
  const program = textOf(demand(place, 'reward'));
  const programme = useProgramme(demand(place, 'reward'), program);
  const affords = child(place, 'affords');
  const named = affords ?? demand(place, 'taken');
  const known = [...(programme?.rewards ?? [])];
  if (programme !== undefined && !programme.rewards.has(textOf(named))) unknown(named, 'reward', program, known);
  if (affords === undefined) return gained(place, { program, of: 'reward', id: textOf(named) });
  for (const key of ['in_last', 'count']) {
    const beside = child(place, key);
    const detail = `What somebody has points for is read as it stands, so \`affords\` has no \`${key}\`. Remove it, or ask for \`taken\`.`;
    if (beside !== undefined) fault(beside, 'CMP114', detail, { on: 'key' });
  }
  const value = programme?.costs.get(textOf(named)) ?? 0;
  return { kind: 'points', program, expiring: null, test: { op: 'gte', value } };
}

export function readChallenge(place: Place): Condition {
  const program = textOf(demand(place, 'challenge'));
  const programme = useProgramme(demand(place, 'challenge'), program);
  const challenges = programme?.challenges ?? new Map<string, string | null>();
  const badge = child(place, 'badge');
  const named = badge ?? demand(place, 'won');
  if (badge === undefined) {
    if (programme !== undefined && !challenges.has(textOf(named))) {
      unknown(named, 'challenge', program, [...challenges.keys()]);
    }
    return gained(place, { program, of: 'challenge', id: textOf(named) });
  }
  const ids = [...challenges].flatMap(([id, given]) => (given === textOf(named) ? [id] : []));
  const badges = [...new Set([...challenges.values()].filter((one): one is string => one !== null))];
  if (programme !== undefined && ids.length === 0) unknown(named, 'badge', program, badges);
  return anyOf(ids.map((id) => gained(place, { program, of: 'challenge', id })));
}

function unknown(named: Place, what: string, program: string, known: readonly string[]): void {
  const remedy = known.length === 0 ? `It declares no ${what}s.` : `Its ${what}s are ${listed(known)}.`;
  faultUnknown(named, 'CMP361', { what: `${what} of \`${program}\` named`, name: textOf(named), known, remedy });
}

function gained(
  place: Place,
  what: { readonly program: string; readonly of: 'reward' | 'challenge'; readonly id: string },
): Condition {
  const count = child(place, 'count');
  const tests = count === undefined ? [once] : readCountTests(count);
  const inLast = durationAt(place, 'in_last');
  return allOf(tests.map((test) => ({ kind: 'gained', ...what, inLast, test })));
}

/** So many points short of a reward, said as points: at most 30 short of 150 is at least 120. */
export function readShort(place: Place, short: Place, tests: readonly CountTest[]): Condition {
  const program = textOf(demand(place, 'points'));
  const programme = place.at.names.programmes.get(program);
  if (programme !== undefined && !programme.rewards.has(textOf(short))) {
    unknown(short, 'reward', program, [...programme.rewards]);
  }
  const expiring = child(place, 'expiring');
  if (expiring !== undefined) {
    const detail =
      'What is missing to a reward is counted from all points that can be spent, so `expiring` has no part in it. Remove one of the two.';
    fault(expiring, 'CMP114', detail, { on: 'key' });
  }
  const cost = programme?.costs.get(textOf(short)) ?? 0;
  // Short of at most so many; nobody is short of less than nothing.
  const shorter = (most: number): Condition =>
    most < 0 ? anyOf([]) : { kind: 'points', program, expiring: null, test: { op: 'gte', value: cost - most } };
  return allOf(
    tests.map((test): Condition => {
      if (test.op === 'between') return allOf([shorter(test.high), negate(shorter(test.low - 1))]);
      const { op, value } = test;
      switch (op) {
        case 'lte':
          return shorter(value);
        case 'lt':
          return shorter(value - 1);
        case 'gte':
          return negate(shorter(value - 1));
        case 'gt':
          return negate(shorter(value));
        default:
          return allOf([shorter(value), negate(shorter(value - 1))]);
      }
    }),
  );
}
