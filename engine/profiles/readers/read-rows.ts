/** Chooses the reader of a source's format. What the cells mean is decided in `map-row.ts`. */
import type { SourceFormat } from '../../compiler/ir.ts';
import { readCsv } from './csv.ts';
import { readFixed } from './fixed.ts';
import { readJsonl } from './jsonl.ts';
import type { ReadLimits, ReadProgress, RowReading } from './row.ts';
import { readTable } from './table.ts';
import { type Encoding, readTextBlocks } from './text-blocks.ts';

export interface ReadRequest {
  readonly path: string;
  readonly format: SourceFormat;
  readonly limits: ReadLimits;
  readonly progress: ReadProgress;
  /** Called once with the names in a CSV header, before any row; throws when they don't do. */
  readonly checkHeader: (columns: readonly string[]) => void;
}

/** Yields the rows of a file in its order, with bounded memory. Errors: `ImportError`. */
export function readRows(request: ReadRequest): AsyncGenerator<RowReading> {
  const { format, path, limits, progress, checkHeader } = request;
  // The schema of sources admits no other encoding.
  const blocks = readTextBlocks({ path, limits, progress, encoding: format.encoding as Encoding });
  switch (format.kind) {
    case 'csv':
      return readCsv(blocks, { delimiter: format.delimiter, columns: format.columns, limits, checkHeader });
    case 'jsonl':
      return readJsonl(blocks);
    case 'table':
      return readTable(blocks, format.columns);
    case 'fixed':
      return readFixed(blocks, format);
  }
}
