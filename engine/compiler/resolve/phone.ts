/** How telephone numbers of a country are recognised and repaired: regular expressions, checked and never run here. */
import type { CountryBody } from '../ir.ts';
import { child, demand, fault, items, type Place, textOf } from './place.ts';

export function readPhone(place: Place | undefined): CountryBody['phone'] {
  if (place === undefined) return null;
  const prefix = Number(textOf(demand(place, 'prefix')));
  return {
    prefix,
    mobile: items(child(place, 'mobile')).map((pattern) => readMobile(pattern, prefix)),
    repair: items(child(place, 'repair')).map(readRepair),
  };
}

function readMobile(place: Place, prefix: number): string {
  const pattern = textOf(place);
  if (compilePattern(place) === null) return pattern;
  if (!pattern.startsWith(`^\\+${prefix}`)) {
    const detail = `Numbers are compared in international form, and this pattern doesn't begin with \`^\\+${prefix}\`, the prefix of the country: it matches numbers of other countries, or none. Begin it so.`;
    fault(place, 'CMP237', detail);
  }
  return pattern;
}

/** Repairs are done in the order of the file. */
function readRepair(place: Place): { readonly from: string; readonly to: string } {
  const from = demand(place, 'from');
  const to = demand(place, 'to');
  const pattern = compilePattern(from);
  const groups = pattern === null ? null : new RegExp(`${pattern.source}|`).exec('');
  const known = groups === null ? Number.POSITIVE_INFINITY : groups.length - 1;
  for (const [written, number] of textOf(to).matchAll(/\$(\d)/g)) {
    if (Number(number) > 0 && Number(number) <= known) continue;
    const has = known === 0 ? 'has no group' : known === 1 ? 'has one group' : `has ${known} groups`;
    const detail = `\`${written}\` stands for a group of \`from\`, which ${has}. The repaired number would hold the text \`${written}\`. Write a group in brackets, or correct the number.`;
    fault(to, 'CMP109', detail);
  }
  return { from: textOf(from), to: textOf(to) };
}

function compilePattern(place: Place): RegExp | null {
  try {
    return new RegExp(textOf(place));
  } catch (error) {
    const why = String((error as Error).message).replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, '');
    fault(place, 'CMP109', `This is no regular expression: ${why}. No number would be recognised by it. Correct it.`);
    return null;
  }
}
