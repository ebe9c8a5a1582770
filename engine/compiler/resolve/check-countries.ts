/** Countries that claim the same people: their rules would both hold, and their zones and locales would contradict each other. */
import { canonicalJson } from '../canonical.ts';
import type { Condition } from '../ir.ts';
import type { Across, Compiled } from './across.ts';
import { demand, fault, rangeOf } from './place.ts';

export function checkCountries(across: Across): void {
  const first = new Map<string, Compiled<'country'>>();
  for (const country of across('country')) {
    const claims = claimsOf(country.body.where);
    const other = claims.map((claim) => first.get(claim)).find((claimed) => claimed !== undefined);
    for (const claim of claims) if (!first.has(claim)) first.set(claim, country);
    if (other === undefined) continue;
    const related = [{ message: `\`${other.id}\` is here`, range: rangeOf(demand(other.place, 'where')) }];
    const detail = `Some people live both in \`${other.id}\` and here: both sets of rules hold for them, and it isn't clear which zone and locale are theirs. Let each person be of one country.`;
    fault(demand(country.place, 'where'), 'CMP208', detail, { related });
  }
}

/** Values of a trait that bring people in for certain; of any other condition, itself. */
function claimsOf(where: Condition): readonly string[] {
  // An empty list stands for a condition that couldn't be read.
  if (where.kind === 'all' && where.of.length === 0) return [];
  if (where.kind !== 'trait') return [canonicalJson(where)];
  const { test } = where;
  const values = test.op === 'is' ? [test.value] : test.op === 'in' ? test.values : null;
  if (values === null) return [canonicalJson(where)];
  return values.map((value) => `${where.trait} ${canonicalJson(value)}`);
}
