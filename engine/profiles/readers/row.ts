/** What a reader of a file yields. Nothing is interpreted yet: cells are as the file has them. */

/** One record. Cells are strings for csv and table, JSON values for jsonl; a missing cell is absent. */
export interface Row {
  readonly kind: 'row';
  /** Where the record begins, starting at 1. */
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** A record that isn't of the format. The reason says why without quoting it. */
export interface BadRow {
  readonly kind: 'bad';
  readonly line: number;
  readonly reason: string;
}

export type RowReading = Row | BadRow;

/** Limits of reading. Memory is bounded by a small multiple of `lineBytesMax`. */
export interface ReadLimits {
  /** The longest line, or record of a csv file, in bytes of the file. */
  readonly lineBytesMax: number;
}

export const readLimits: ReadLimits = { lineBytesMax: 1024 * 1024 };

/** How far reading has come; readers write it, whoever shows progress reads it. */
export interface ReadProgress {
  bytes: number;
}
