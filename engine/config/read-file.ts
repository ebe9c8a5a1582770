/**
 * The bytes of one configuration file as text: not too large, and UTF-8. Knows nothing of YAML. Files are read one after the other
 * and without leaving the thread: thousands of small ones take a third of the time that way.
 */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';

/** A file of 60 lines has about 2 KB; beyond this limit somebody put data among the configuration. */
export const fileBytesMax = 1024 * 1024;

export interface FileReading {
  /** What can be shown of the file, also when it is refused; empty when nothing of it was read. */
  readonly text: string;
  /** SHA-256 of its path and bytes, hex; null when it is refused. */
  readonly hash: string | null;
  /** The reason why it is refused. */
  readonly refusal: Diagnostic | undefined;
}

/** Reads `path`, which diagnostics call `file`. Of a file over the limit no more is read than tells that it is. */
export function readConfigFile(path: string, file: string): FileReading {
  const bytes = readBounded(path, file);
  if (typeof bytes === 'string') return { text: '', hash: null, refusal: refuse('CFG005', file, bytes) };
  if (bytes === undefined) {
    const detail = `The file has more than ${fileBytesMax / 1024 / 1024} MiB and was not read. Configuration is written by people; split it, or list it under \`ignore\` in parcours.yaml if it is something else.`;
    return { text: '', hash: null, refusal: refuse('CFG004', file, detail) };
  }
  return decode(bytes, file);
}

/** What was read of a file, in a buffer that the next file overwrites. */
interface Read {
  readonly bytes: Buffer;
  /** Its name, a zero byte and the bytes, as they lie in the buffer. */
  readonly named: Buffer;
}

/** One for all files, since they are read in turn; made at the first file. */
let buffer = Buffer.alloc(0);

/** Undefined when there are too many bytes; a sentence when they can't be read. */
function readBounded(path: string, file: string): Read | string | undefined {
  const name = `${file}\0`;
  const start = Buffer.byteLength(name);
  if (buffer.length <= start + fileBytesMax) buffer = Buffer.allocUnsafeSlow(2 * start + fileBytesMax + 1);
  buffer.write(name);
  try {
    const handle = openSync(path, 'r');
    try {
      let length = 0;
      // A file can grow while it is read: one byte over the limit is enough to know.
      for (;;) {
        const bytesRead = readSync(handle, buffer, start + length, fileBytesMax + 1 - length, length);
        length += bytesRead;
        if (length > fileBytesMax) return undefined;
        if (bytesRead === 0) {
          return { bytes: buffer.subarray(start, start + length), named: buffer.subarray(0, start + length) };
        }
      }
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return `The system says ${(error as NodeJS.ErrnoException).code ?? 'that it failed'}. Check that the file exists and that its rights let you read it.`;
  }
}

function decode({ bytes, named }: Read, file: string): FileReading {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark === 0xfffe || mark === 0xfeff) {
    return { text: '', hash: null, refusal: refuse('CFG003', file, 'The file is UTF-16. Save it as UTF-8.') };
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const bad = firstBadByte(bytes);
  if (bad === undefined) return { text, hash: hash('sha256', named, 'hex'), refusal: undefined };
  const value = bytes[bad]!.toString(16).padStart(2, '0');
  const detail =
    bytes[bad] === 0
      ? 'The file holds a zero byte, so it is no text. Remove it, or list it under `ignore` in parcours.yaml.'
      : `The byte 0x${value} here is not UTF-8; the file was probably saved as Latin-1 or Windows-1252. Save it as UTF-8.`;
  return { text, hash: null, refusal: make('CFG003', { detail, range: placeOfByte(bytes, bad, file) }) };
}

/** The first byte that isn't part of UTF-8 text: where the decoded text, encoded again, differs. */
function firstBadByte(bytes: Buffer): number | undefined {
  const zero = bytes.indexOf(0);
  if (zero === -1 && isUtf8(bytes)) return undefined;
  const again = Buffer.from(bytes.toString('utf8'), 'utf8');
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
