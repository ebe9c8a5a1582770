/** People by two things, as a table of counts and shares, for people and programs. */
import { formatMoney } from '../../compiler/decimals.ts';
import type { Cell, Crosstab } from '../../measure/crosstab/crosstab.ts';
import { formatCount, formatShare, oneLine, table } from './style.ts';
import type { View } from './view.ts';

/** The view of `crosstab`. */
export const crosstabView: View<Crosstab> = {
  human: (tab, style) => {
    const { by, min } = tab;
    const parts: string[] = [
      `${style.strong(`People by ${sideName(tab.a)} (rows) and ${sideName(tab.b)} (columns)`)}\n`,
      tableOf(tab, ({ people }) => (people === null ? hiddenWord : people === 0 ? '' : formatCount(people))),
      `\nOf each row\n${tableOf(tab, ({ people }, total) => shareWord(people, total.people))}`,
    ];
    if (by !== null) {
      const weight = (amount: number) =>
        by.currency === null ? formatCount(amount) : formatMoney({ amount, currency: by.currency });
      parts.push(
        `\n${style.strong(`${by.trait} of these people`)}\n`,
        tableOf(tab, (cell) => (cell.people === null ? hiddenWord : cell.weight ? weight(cell.weight) : '')),
        `\nOf the whole\n${tableOf(tab, (cell) => shareWord(cell.weight, cornerOf(tab).weight))}`,
      );
    }
    if (tab.hasHidden) {
      parts.push(
        `\n${hiddenWord} stands for cells of fewer than ${min} people, and for as many others as keep them from being worked out. --min 1 shows all.\n`,
      );
    }
    if (tab.isCut) parts.push('\n… puts the rarer values together.\n');
    return parts.join('');
  },
  json: ({ a, b, by, min, rows, columns, cells, isCut }) => {
    const jsonOf = (cell: Cell) => ({ people: cell.people, ...(by !== null && { weight: cell.weight }) });
    return {
      ...{ rows: sideName(a), columns: sideName(b), by, min, isCut, rowLabels: rows, columnLabels: columns },
      // `null` people: hidden.
      cells: cells.slice(0, -1).map((row) => row.slice(0, -1).map(jsonOf)),
      rowTotals: cells.slice(0, -1).map((row) => jsonOf(row.at(-1) as Cell)),
      columnTotals: (cells.at(-1) ?? []).slice(0, -1).map(jsonOf),
      total: jsonOf(cornerOf({ cells })),
    };
  },
};

const hiddenWord = '(few)';

function sideName({ kind, id }: Crosstab['a']): string {
  return `${kind}/${id}`;
}

function cornerOf({ cells }: Pick<Crosstab, 'cells'>): Cell {
  return cells.at(-1)?.at(-1) ?? { people: null, weight: null };
}

function shareWord(part: number | null, whole: number | null): string {
  if (part === null || whole === null) return hiddenWord;
  return part === 0 || whole === 0 ? '' : formatShare(part / whole);
}

/** One table; each cell is written from itself and the sum of its row. */
function tableOf(tab: Crosstab, write: (cell: Cell, total: Cell) => string): string {
  const label = (side: Crosstab['a']) => (value: string | null) =>
    value === null ? (side.kind === 'persona' ? 'unassigned' : 'unknown') : oneLine(value);
  const head = ['', ...tab.columns.map(label(tab.b)), 'all'];
  const rows = tab.cells.map((row, r) => [
    r === tab.rows.length ? 'all' : label(tab.a)(tab.rows[r] ?? null),
    ...row.map((cell) => write(cell, row.at(-1) as Cell)),
  ]);
  return table(
    head,
    rows.map((row) => row.map((text) => (text === '' ? null : text))),
    { align: `l${'r'.repeat(head.length - 1)}` },
  );
}
