/**
 * Conditions that exclude each other where all must hold, so that nobody ever satisfies them, and negations of which one always
 * holds where any is enough. Pairs of leaves are compared; what takes more than two to see isn't found.
 */
import { canonicalJson } from '../canonical.ts';
import type { Condition } from '../ir.ts';
import { excludeEachOther, matterOf, nothingEscapes, type SignedLeaf, sameSubject } from './exclusion.ts';
import { entries, fault, isMap, type Place, rangeOf } from './place.ts';

/** A condition, and where it stands. */
export interface Part {
  readonly place: Place;
  readonly condition: Condition;
}

/** Says of the conditions of a list which two exclude each other; once for a list. */
export function checkTogether(parts: readonly Part[]): void {
  const seen = new Map<string, { readonly place: Place; readonly leaf: SignedLeaf }[]>();
  for (const { place, condition } of parts) {
    const leaves = mustHold(condition, false);
    for (const leaf of leaves) {
      const first = seen.get(matterOf(leaf.leaf))?.find((earlier) => excludeEachOther(earlier.leaf, leaf));
      if (first === undefined) continue;
      const related = [{ message: 'this excludes it', range: rangeOf(headOf(first.place), 'key') }];
      const detail = `${subjectOf(leaf.leaf)} can't satisfy both this and the condition above, so all of them together are true of nobody. Correct one, or use \`any\` if either is enough.`;
      fault(headOf(place), 'CMP111', detail, { on: 'key', related });
      return;
    }
    for (const leaf of leaves) {
      const matter = matterOf(leaf.leaf);
      const same = seen.get(matter) ?? [];
      same.push({ place, leaf });
      seen.set(matter, same);
    }
  }
}

/** Says when the operators of one condition exclude each other. */
export function checkWithin(head: Place, condition: Condition): void {
  const leaves = mustHold(condition, false);
  const found = leaves.find((leaf, index) => leaves.slice(0, index).some((other) => excludeEachOther(other, leaf)));
  if (found === undefined) return;
  const detail = `${subjectOf(found.leaf)} can't satisfy all these operators at once, so this is true of nobody. Correct one of them.`;
  fault(head, 'CMP111', detail, { on: 'key' });
}

/** `any` of two negations that can't both fail is true of everybody (LANGUAGE b15). */
export function warnAlways(place: Place, of: readonly Condition[]): void {
  const leaves = of.flatMap((condition) => {
    const signed = mustHold(condition, false);
    return signed.length === 1 ? signed : [];
  });
  const seen = new Map<string, SignedLeaf[]>();
  for (const leaf of leaves) {
    const matter = matterOf(leaf.leaf);
    const before = seen.get(matter) ?? [];
    const other = before.find((earlier) => nothingEscapes(earlier, leaf));
    before.push(leaf);
    seen.set(matter, before);
    if (other === undefined) continue;
    const reason =
      canonicalJson(other.leaf) === canonicalJson(leaf.leaf)
        ? 'Of a condition and its opposite one always holds'
        : 'Nothing is two values at once, so one of these always holds';
    const detail = `${reason}: ${subjectOf(leaf.leaf)}. Use \`not_in\` with a list, or \`all\`.`;
    fault(place, 'CMP033', detail, { on: 'key' });
    return;
  }
}

/** The leaves that must hold, or must not, for the condition to be true. */
function mustHold(condition: Condition, not: boolean): readonly SignedLeaf[] {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const isEach = (condition.kind === 'all') !== not || condition.of.length === 1;
      return isEach ? condition.of.flatMap((one) => mustHold(one, not)) : [];
    }
    case 'not':
      return mustHold(condition.of, !not);
    default:
      return [{ leaf: condition, not }];
  }
}

/** The head of a condition in the file, which stands for all of it. */
function headOf(place: Place): Place {
  return isMap(place.value) ? (entries(place)[0]?.[1] ?? place) : place;
}

function subjectOf(leaf: SignedLeaf['leaf']): string {
  return sameSubject(leaf).words;
}
