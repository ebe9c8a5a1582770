/** Two things that are known of people, against each other: counts, shares, and what people weigh where a trait says it. */
import type { OwnSession } from '../../store/session.ts';
import { hideSmall } from './hide-small.ts';
import { type By, type CellRow, countCells, type Side } from './queries.ts';

/** Values on a side, at most; people of the others are put together. */
export const valuesMax = 30;
/** Different combinations, at most: names of people are no side of a table. */
const cellsMax = 20_000;

export interface CrosstabRequest {
  readonly a: Side;
  readonly b: Side;
  readonly by: By | null;
  /** Cells of fewer people are hidden; 1: none. */
  readonly min: number;
}

/** Null: hidden, since few people stand behind it. */
export interface Cell {
  readonly people: number | null;
  /** In minor units where it is money; null also without `by`. */
  readonly weight: number | null;
}

export interface Crosstab {
  readonly a: Side;
  readonly b: Side;
  readonly by: By | null;
  readonly min: number;
  /** Labels in their order. `null` is nobody's value: unknown. */
  readonly rows: readonly (string | null)[];
  readonly columns: readonly (string | null)[];
  /** By row, then column; the last of each is the sum. */
  readonly cells: readonly (readonly Cell[])[];
  readonly hasHidden: boolean;
  /** Whether a side has more values than are shown; the others are put together under `…`. */
  readonly isCut: boolean;
}

/** What stands for the values beyond the limit. */
export const otherValues = '…';

/** Counts everybody once, in one snapshot. Null: a side has so many values that it is no side of a table. */
export async function crosstab(session: OwnSession, request: CrosstabRequest): Promise<Crosstab | null> {
  const { a, b, by, min } = request;
  const found = await session.transaction((inner) => countCells(inner, { a, b, by, limit: cellsMax + 1 }), {
    readOnly: true,
  });
  if (found.length > cellsMax) return null;
  const rows = labelsOf(a, found, (cell) => cell.a);
  const columns = labelsOf(b, found, (cell) => cell.b);
  const sums = summed(found, rows, columns);
  const hidden = hideSmall(
    sums.map((row) => row.map(({ people }) => people)),
    min,
  );
  return {
    ...{ a, b, by, min },
    rows: rows.shown,
    columns: columns.shown,
    cells: sums.map((row, r) =>
      row.map(({ people, weight }, c) =>
        hidden[r]?.[c] === true ? { people: null, weight: null } : { people, weight: by === null ? null : weight },
      ),
    ),
    hasHidden: hidden.some((row) => row.includes(true)),
    isCut: rows.isCut || columns.isCut,
  };
}

interface Labels {
  readonly shown: readonly (string | null)[];
  readonly isCut: boolean;
  indexOf(value: string | null): number;
}

/** A segment's two sides; else the values by how many people have them, unknown last. */
function labelsOf(side: Side, found: readonly CellRow[], labelOf: (cell: CellRow) => string | null): Labels {
  const people = new Map<string | null, number>();
  for (const cell of found) people.set(labelOf(cell), (people.get(labelOf(cell)) ?? 0) + cell.people);
  if (side.kind === 'segment') return labels(['in', 'out'], false);
  const known = [...people.keys()].filter((value): value is string => value !== null);
  known.sort((x, y) => (people.get(y) ?? 0) - (people.get(x) ?? 0) || (x < y ? -1 : 1));
  const isCut = known.length > valuesMax;
  const shown = known.slice(0, valuesMax).sort(byName);
  return labels([...shown, ...(isCut ? [otherValues] : []), ...(people.has(null) ? [null] : [])], isCut);
}

/** Numbers by their size, words by the alphabet. */
function byName(x: string, y: string): number {
  return x.localeCompare(y, 'en', { numeric: true });
}

function labels(shown: readonly (string | null)[], isCut: boolean): Labels {
  const places = new Map(shown.map((label, i) => [label, i]));
  return { shown, isCut, indexOf: (value) => places.get(value) ?? (places.get(otherValues) as number) };
}

interface Sum {
  people: number;
  weight: number;
}

/** Cells with the sums of their rows and columns behind them. */
function summed(found: readonly CellRow[], rows: Labels, columns: Labels): readonly (readonly Sum[])[] {
  const sums = Array.from({ length: rows.shown.length + 1 }, () =>
    Array.from({ length: columns.shown.length + 1 }, (): Sum => ({ people: 0, weight: 0 })),
  );
  for (const cell of found) {
    for (const r of [rows.indexOf(cell.a), rows.shown.length]) {
      for (const c of [columns.indexOf(cell.b), columns.shown.length]) {
        const sum = sums[r]?.[c] as Sum;
        sum.people += cell.people;
        sum.weight += cell.weight ?? 0;
      }
    }
  }
  return sums;
}
