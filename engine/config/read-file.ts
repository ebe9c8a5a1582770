/**
 * The bytes of one configuration file as text: not too large, and UTF-8. Knows nothing of YAML.
 */
import { open } from 'node:fs/promises';
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';

/** A file of 60 lines has about 2 KB; beyond this limit somebody put data among the configuration. */
export const fileBytesMax = 1024 * 1024;

export interface FileReading {
  /** What can be shown of the file, also when it is refused; empty when nothing of it was read. */
  readonly text: string;
  /** The reason why it is refused. */
  readonly refusal: Diagnostic | undefined;
}

/** Reads `path`, which diagnostics call `file`. A file over the limit is refused by its size, without being read. */
export async function readConfigFile(path: string, file: string): Promise<FileReading> {
  const bytes = await readBounded(path);
  if (typeof bytes === 'string') return { text: '', refusal: refuse('CFG005', file, bytes) };
  if (bytes === undefined) {
    const detail = `The file has more than ${fileBytesMax / 1024 / 1024} MiB and was not read. Configuration is written by people; split it, or list it under \`ignore\` in parcours.yaml if it is something else.`;
    return { text: '', refusal: refuse('CFG004', file, detail) };
  }
  return decode(bytes, file);
}

/** The bytes; undefined when there are too many; a sentence when they can't be read. */
async function readBounded(path: string): Promise<Buffer | string | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > fileBytesMax) return undefined;
      const buffer = Buffer.alloc(fileBytesMax + 1);
      let length = 0;
      // A file can grow while it is read: one byte over the limit is enough to know.
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
        length += bytesRead;
        if (length > fileBytesMax) return undefined;
        if (bytesRead === 0) return buffer.subarray(0, length);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    return `The system says ${(error as NodeJS.ErrnoException).code ?? 'that it failed'}. Check that the file exists and that its rights let you read it.`;
  }
}

function decode(bytes: Buffer, file: string): FileReading {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') {
    return { text: '', refusal: refuse('CFG003', file, 'The file is UTF-16. Save it as UTF-8.') };
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const bad = firstBadByte(bytes);
  if (bad === undefined) return { text, refusal: undefined };
  const value = bytes[bad]!.toString(16).padStart(2, '0');
  const detail =
    bytes[bad] === 0
      ? 'The file holds a zero byte, so it is no text. Remove it, or list it under `ignore` in parcours.yaml.'
      : `The byte 0x${value} here is not UTF-8; the file was probably saved as Latin-1 or Windows-1252. Save it as UTF-8.`;
  return { text, refusal: make('CFG003', { detail, range: placeOfByte(bytes, bad, file) }) };
}

/** The first byte that isn't part of UTF-8 text: where the decoded text, encoded again, differs. */
function firstBadByte(bytes: Buffer): number | undefined {
  const again = Buffer.from(bytes.toString('utf8'), 'utf8');
  const zero = bytes.indexOf(0);
  const length = Math.min(bytes.length, again.length);
  const differs = bytes.equals(again) ? -1 : firstDifference(bytes, again, length);
  const bad = [zero, differs].filter((at) => at !== -1);
  return bad.length === 0 ? undefined : Math.min(...bad);
}

function firstDifference(a: Buffer, b: Buffer, length: number): number {
  for (let at = 0; at < length; at += 1) if (a[at] !== b[at]) return at;
  return length;
}

function placeOfByte(bytes: Buffer, at: number, file: string): SourceRange {
  const before = bytes
    .subarray(0, at)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const lines = before.split('\n');
  const line = lines.length;
  const column = [...lines.at(-1)!].length + 1;
  return { file, line, column, endLine: line, endColumn: column + 1 };
}

function refuse(code: 'CFG003' | 'CFG004' | 'CFG005', file: string, detail: string): Diagnostic {
  return make(code, { detail, range: { file, line: 1, column: 1, endLine: 1, endColumn: 1 } });
}
