/** Rows of a table whose cells are separated by white space, as statistical data often comes. No quotes, no empty cells. */
import { toRow } from './csv.ts';
import type { RowReading } from './row.ts';
import type { TextBlock } from './text-blocks.ts';

/** Yields the lines but empty ones; a line with another number of cells is bad. Errors: `ImportError`. */
export async function* readTable(
  blocks: AsyncIterable<TextBlock>,
  columns: readonly string[],
): AsyncGenerator<RowReading> {
  for await (const { bytes, line } of blocks) {
    const lines = bytes.toString('utf8').split('\n');
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!.trim();
      if (text !== '') yield toRow(line + i, text.split(/\s+/), columns);
    }
  }
}
