/** Rows of a file whose columns have fixed widths, in characters. What stands around a value is blank; nothing is quoted. */
import type { RowReading } from './row.ts';
import type { TextBlock } from './text-blocks.ts';

export interface FixedOptions {
  readonly columns: readonly string[];
  /** As many as columns. */
  readonly widths: readonly number[];
}

/** Yields the lines but empty ones. Columns beyond the end of a line are empty; a line that goes on is bad. Errors: `ImportError`. */
export async function* readFixed(
  blocks: AsyncIterable<TextBlock>,
  { columns, widths }: FixedOptions,
): AsyncGenerator<RowReading> {
  const width = widths.reduce((sum, one) => sum + one, 0);
  for await (const { bytes, line } of blocks) {
    const lines = bytes.toString('utf8').split('\n');
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!.trimEnd();
      if (text.trim() === '') continue;
      const characters = [...text];
      if (characters.length > width) {
        yield {
          kind: 'bad',
          line: line + i,
          reason: `has ${characters.length} characters where ${width} are expected`,
        };
        continue;
      }
      const cells: Record<string, unknown> = {};
      let at = 0;
      for (const [n, column] of columns.entries()) {
        const size = widths[n] ?? 0;
        cells[column] = characters
          .slice(at, at + size)
          .join('')
          .trim();
        at += size;
      }
      yield { kind: 'row', line: line + i, cells };
    }
  }
}
