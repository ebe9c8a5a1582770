/** What rules of cleaning made of what was written, as every view of a person shows it. */
import type { CleanedShown } from '../../profiles/shown/queries.ts';
import { oneLine, type Style, table } from './style.ts';

/** Nothing where nothing was cleaned. */
export function cleanedText(cleaned: readonly CleanedShown[], style: Style): string {
  if (cleaned.length === 0) return '';
  const rows = cleaned.map(({ of, name, raw, value, by, source }) => [
    ...[of === 'identifier' ? `identifier ${name}` : name, oneLine(raw), oneLine(valueText(value)), by, source],
  ]);
  return `\n${style.strong('Cleaned')}\n${table(['what', 'written', 'stored', 'by rule', 'from'], rows)}`;
}

/** As it is stored. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
