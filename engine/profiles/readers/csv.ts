/**
 * Rows of a CSV file (RFC 4180; any delimiter, quoted fields may hold newlines). Records are framed here, so that one broken
 * record costs itself and not its neighbours; `csv-parse` splits them into cells. Nothing is trimmed or typed.
 */
import { strict as assert } from 'node:assert';
import { CsvError, parse } from 'csv-parse/sync';
import { ImportError } from '../import-error.ts';
import type { ReadLimits, RowReading } from './row.ts';
import type { TextBlock } from './text-blocks.ts';

const quote = 0x22;
const newline = 0x0a;

export interface CsvOptions {
  readonly delimiter: string;
  /** The names of the columns of a file without header; null: the first record names them. */
  readonly columns: readonly string[] | null;
  readonly limits: ReadLimits;
  /** Called once with the header's names, before any row; throws when they don't do. */
  readonly checkHeader: (columns: readonly string[]) => void;
}

/** Yields the records but empty lines; a record with too few or too many cells is bad. Errors: `ImportError`. */
export async function* readCsv(blocks: AsyncIterable<TextBlock>, options: CsvOptions): AsyncGenerator<RowReading> {
  let columns = options.columns;
  for await (const frames of frameRecords(blocks, options)) {
    for (const record of parseFrames(frames, options.delimiter)) {
      if (record.cells === null) {
        if (columns === null) throw badHeader(record.line);
        yield { kind: 'bad', line: record.line, reason: record.reason };
      } else if (record.cells.length === 1 && record.cells[0] === '') {
        // An empty line.
      } else if (columns === null) {
        columns = record.cells.map((name) => name.trim());
        options.checkHeader(columns);
      } else {
        yield toRow(record.line, record.cells, columns);
      }
    }
  }
}

/** Gives cells their names. */
export function toRow(line: number, cells: readonly string[], columns: readonly string[]): RowReading {
  if (cells.length !== columns.length) {
    return { kind: 'bad', line, reason: `has ${cells.length} cells where ${columns.length} columns are expected` };
  }
  const named: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) named[columns[i]!] = cells[i];
  return { kind: 'row', line, cells: named };
}

/** Whole records: `ends[i]` is the offset after record i in `bytes`, `lines[i]` the line where it begins. */
interface Frames {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
  readonly lines: readonly number[];
}

async function* frameRecords(blocks: AsyncIterable<TextBlock>, options: CsvOptions): AsyncGenerator<Frames> {
  let rest: TextBlock | null = null;
  for await (const block of blocks) {
    const bytes: Buffer = rest === null ? block.bytes : Buffer.concat([rest.bytes, block.bytes]);
    const from: number = rest === null ? block.line : rest.line;
    const frames = frame(bytes, from, options.delimiter);
    const end = frames.ends.at(-1) ?? 0;
    if (end > 0) yield frames;
    rest = end === bytes.length ? null : { bytes: bytes.subarray(end), line: frames.lines[frames.ends.length]! };
    if (rest !== null && rest.bytes.length > options.limits.lineBytesMax) throw unclosed(rest.line, options.limits);
  }
  if (rest === null) return;
  // The file's last line may lack its newline.
  const last = frame(Buffer.concat([rest.bytes, Buffer.from('\n')]), rest.line, options.delimiter);
  if (last.ends.length === 0) throw unclosed(rest.line, null);
  yield last;
}

/** A quote opens a field only at its beginning, and closes it unless doubled: a newline between the two ends no record. */
function frame(bytes: Buffer, firstLine: number, delimiter: string): Frames {
  const separator = Buffer.from(delimiter).at(-1)!;
  const ends: number[] = [];
  const lines: number[] = [firstLine];
  let line = firstLine;
  let at = 0;
  let nextQuote = bytes.indexOf(quote);
  while (at < bytes.length) {
    let stop = bytes.indexOf(newline, at);
    if (stop < 0) break;
    while (nextQuote >= 0 && nextQuote < stop) {
      const opens = nextQuote === at || bytes[nextQuote - 1] === separator;
      const close = opens ? closingQuote(bytes, nextQuote + 1) : nextQuote;
      if (close < 0) return { bytes, ends, lines };
      for (; stop >= 0 && stop < close; stop = bytes.indexOf(newline, stop + 1)) line += 1;
      if (stop < 0) return { bytes, ends, lines };
      nextQuote = bytes.indexOf(quote, close + 1);
    }
    line += 1;
    at = stop + 1;
    ends.push(at);
    lines.push(line);
  }
  return { bytes, ends, lines };
}

function closingQuote(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(quote, from);
  while (at >= 0 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2);
  return at;
}

type Parsed =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly cells: null; readonly reason: string };

/** All records at once; when one of them is broken, one by one. */
function parseFrames({ bytes, ends, lines }: Frames, delimiter: string): readonly Parsed[] {
  const records = bytes.subarray(0, ends.at(-1));
  const whole = records.includes(quote) ? parseRecords(records, delimiter) : splitRecords(records, delimiter);
  if (whole !== null) {
    assert.equal(whole.length, ends.length, 'csv-parse sees the records that we framed');
    return whole.map((cells, i) => ({ line: lines[i]!, cells }));
  }
  return ends.map((end, i) => {
    const cells = parseRecords(bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end), delimiter)?.[0];
    const line = lines[i]!;
    return cells ? { line, cells } : { line, cells: null, reason: 'has a quote in the wrong place' };
  });
}

/** Without a quote a record is a line, as most are: the library, which looks at each character, takes ten times as long for the same. */
function splitRecords(bytes: Buffer, delimiter: string): string[][] {
  const lines = bytes.toString().split('\n');
  // Behind the last newline there is nothing.
  lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line).split(delimiter));
}

function parseRecords(bytes: Buffer, delimiter: string): string[][] | null {
  try {
    return parse(bytes, { delimiter, relax_column_count: true, record_delimiter: ['\r\n', '\n'] });
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

function unclosed(line: number, limits: ReadLimits | null): ImportError {
  const where =
    limits === null ? 'to the end of the file' : `within ${limits.lineBytesMax} bytes, the most that one row may have`;
  return new ImportError(
    limits === null ? 'IMPORT_UNCLOSED_QUOTE' : 'IMPORT_LINE_TOO_LONG',
    `The record of line ${line} opens a quote that isn't closed ${where}. Close it, or double quotes that belong to the text.`,
    { line },
  );
}

function badHeader(line: number): ImportError {
  return new ImportError('IMPORT_COLUMNS', `The header in line ${line} has a quote in the wrong place.`, { line });
}
