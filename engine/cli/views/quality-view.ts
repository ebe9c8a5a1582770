/** How good a source's data is, for people and programs: counts and shares, never a value. */
import type { FieldQuality, Quality } from '../../profiles/quality/measure-quality.ts';
import { counted, formatCount, formatShare, table } from './style.ts';
import type { View } from './view.ts';

export interface QualityResult extends Quality {
  readonly source: string;
  readonly files: number;
}

/** The view of `quality`. */
export const qualityView: View<QualityResult> = {
  human: ({ source, files, rows, usable, duplicates, fields, reasons, countries }, style) => {
    const lines = [
      `${style.strong(source)}: ${counted(rows, 'row')} of ${counted(files, 'file')}, ${formatCount(usable)} of them usable (${shareOf(usable, rows)}), ${formatCount(duplicates)} told twice\n`,
      `\n${fieldTable(fields, rows)}`,
    ];
    if (reasons.length > 0) {
      lines.push(`\n${style.strong('Rows left out')}\n`);
      for (const { reason, columns, rows: n } of reasons) {
        lines.push(`  ${formatCount(n)}  ${columns.length === 0 ? '' : `${columns.join(', ')}: `}${reason}\n`);
      }
    }
    for (const one of countries) {
      lines.push(`\n${style.strong(one.country)}: ${counted(one.rows, 'row')}\n${fieldTable(one.fields, one.rows)}`);
    }
    return lines.join('');
  },
  json: (result) => result,
};

function fieldTable(fields: readonly FieldQuality[], rows: number): string {
  return table(
    ['field', 'column', 'filled', 'valid', 'repeated'],
    fields.map(({ field, column, filled, valid, repeated }) => [
      ...[field, column, shareOf(filled, rows), shareOf(valid, filled)],
      repeated === null ? '' : formatCount(repeated),
    ]),
    { align: 'llrrr' },
  );
}

function shareOf(part: number, whole: number): string {
  return formatShare(whole === 0 ? null : part / whole);
}
