/** Rows as a table for people, and as the JSON object for programs. Printing it is `main.ts`'s. */
import type { Benchmark, Row } from './harness.ts';

const heads = ['', 'ours', 'floor', 'ratio', 'quartiles', 'target', ''] as const;

export function asTable(rows: readonly Row[]): string {
  const cells = [heads, ...rows.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function cellsOf(row: Row): readonly string[] {
  const { name, value, unit, floor, ratio, spread, target, holds, better } = row;
  return [
    name,
    `${spaced(value)} ${unit}`,
    floor === null ? '' : spaced(floor),
    ratio === null ? '' : ratio.toFixed(2),
    spread === null ? '' : spread.map((bound) => (ratio === null ? spaced(bound) : bound.toFixed(2))).join(' to '),
    target === null ? '' : `${better === 'higher' ? '>=' : '<='} ${target}`,
    holds === null ? '' : `holds: ${holds}`,
  ];
}

/** `12,300`; small numbers as they are. */
function spaced(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

export function asJson(bench: Benchmark, rows: readonly Row[]): string {
  const plain = rows.map(({ name, value, unit, floor, ratio, target, holds, spread }) => {
    return { name, value, unit, floor, ratio, target, holds, spread };
  });
  return `${JSON.stringify({ bench: bench.name, rows: plain })}\n`;
}
