/**
 * Rules of cleaning where values are read: identifiers and cells of traits, alike from files, calls, queries and requests. Nothing is read
 * from the store, so a person's country is what the row says, or else its source.
 */
import type { CleanRule, ColumnReading, IdentityBody, SourceBody } from '../../compiler/ir.ts';
import { cleanIdentifier } from '../clean-text.ts';
import type { Declarations } from '../declarations.ts';
import type { Identifier } from '../identified-fact.ts';
import { type Cells, type Problem, problem, textAt } from '../read-cell.ts';
import { type CleanContext, type Cleaned, clean, uncleanReason } from './clean.ts';
import { cleanCountry } from './codes.ts';

/** How identifiers are read: by which rules, and where their people live. */
export interface Naming extends CleanContext {
  readonly identity: IdentityBody | null;
}

/** How the identifiers of a row are read. */
export function namingOf(
  cells: Cells,
  source: Pick<SourceBody, 'country' | 'traits'>,
  { identity = null, traits, phones }: Declarations,
): Naming {
  const country = identity?.clean === undefined ? null : countryOf(cells, source, traits);
  return { identity, country, ...(phones && { phones }) };
}

/** The country that the row names, else that of the source; null: nobody says. */
function countryOf(
  cells: Cells,
  { traits, country }: Pick<SourceBody, 'country' | 'traits'>,
  declared: Declarations['traits'],
): string | null {
  const ruleOf = (trait: string) => {
    const body = declared.get(trait);
    return body?.origin === 'sourced' ? body.clean : undefined;
  };
  const named =
    traits.find(({ trait }) => ruleOf(trait) === 'country') ?? traits.find(({ trait }) => trait === 'country');
  const text = named === undefined ? null : textAt(cells, named.from.column);
  return (text === null || text === '' ? null : cleanCountry(text)) ?? country ?? null;
}

/** An identifier as it is stored; null: it is none. */
export function readIdentifier(type: string, text: string, naming: Naming): Identifier | null {
  const value = cleanIdentifier(type, text);
  const rules = naming.identity?.clean;
  if (value === null || rules === undefined || !Object.hasOwn(rules, type))
    return value === null ? null : { type, value };
  const rule = rules[type] as CleanRule;
  const raw = text.trim();
  const cleaned = clean(rule, raw, naming);
  if (cleaned === null) return null;
  return cleaned === raw ? { type, value: cleaned } : { type, value: cleaned, cleaned: { raw, by: rule } };
}

/** Why it is none. */
export function notIdentifier(type: string, column: string, { identity, country }: Naming): Problem {
  const rules = identity?.clean;
  const rule = rules !== undefined && Object.hasOwn(rules, type) ? rules[type] : undefined;
  if (rule !== undefined) return problem(`not an identifier: ${uncleanReason(rule, country)}`, column);
  return problem("not an identifier: too long, or with characters that identifiers don't have", column);
}

/** Longer texts aren't kept as they were written. */
const rawCharsMax = 500;

export interface CleanCell {
  /** What is to be read in the place of the row's own cells. */
  readonly cells: Cells;
  readonly from: ColumnReading;
  /** What was written; null: it was clean. */
  readonly cleaned: Cleaned | null;
}

/** The cell of a trait in its clean form. Anything but text that says something is left to whoever reads it. */
export function cleanCell(
  cells: Cells,
  { from, rule }: { readonly from: ColumnReading; readonly rule: CleanRule | undefined },
  { source, declared }: { readonly source: Pick<SourceBody, 'country' | 'traits'>; readonly declared: Declarations },
): CleanCell | Problem {
  const raw = rule === undefined ? null : textAt(cells, from.column);
  // A date of a declared format is told already.
  if (rule === undefined || raw === null || raw === '' || (rule === 'date' && from.format !== null)) {
    return { cells, from, cleaned: null };
  }
  const { phones } = declared;
  const country = countryOf(cells, source, declared.traits);
  const value = clean(rule, raw, { country, ...(phones && { phones }) });
  if (value === null) return problem(uncleanReason(rule, country), from.column);
  if (value === raw) return { cells, from, cleaned: null };
  return { cells: { [from.column]: value }, from, cleaned: { raw: raw.slice(0, rawCharsMax), by: rule } };
}
