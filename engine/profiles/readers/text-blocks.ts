/**
 * A file's bytes as blocks of whole lines in valid UTF-8, with bounded memory: a line beyond the limit is refused before it is
 * read to its end, and a byte that the declared encoding doesn't know is refused with its place. Rows are the readers' matter.
 */
import { isUtf8 } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImportError } from '../import-error.ts';
import type { ReadLimits, ReadProgress } from './row.ts';

/** Bytes asked of the file at once. */
const chunkBytes = 256 * 1024;

/** In all of them a line ends in the byte 0x0a, or in the unit 0x000a. */
export type Encoding =
  | 'utf-8'
  | 'latin1'
  | 'utf-16le'
  | 'iso-8859-2'
  | 'iso-8859-15'
  | 'windows-1250'
  | 'windows-1251'
  | 'shift_jis'
  | 'gb18030';

/** Whole lines, each ending in `\n` but perhaps the file's last. */
export interface TextBlock {
  /** UTF-8, whatever the file's encoding. */
  readonly bytes: Buffer;
  /** Line number of the first line, starting at 1. */
  readonly line: number;
}

export interface BlockRequest {
  readonly path: string;
  readonly encoding: Encoding;
  readonly limits: ReadLimits;
  readonly progress: ReadProgress;
}

/** Yields the blocks in order; a byte order mark is left out. Errors: `ImportError`. */
export async function* readTextBlocks(request: BlockRequest): AsyncGenerator<TextBlock> {
  const { encoding, limits } = request;
  const newline = Buffer.from(encoding === 'utf-16le' ? [0x0a, 0x00] : [0x0a]);
  let line = 1;
  let offset = 0;
  let carry: Buffer[] = [];
  let carried = 0;
  for await (const chunk of readChunks(request)) {
    const end = encoding === 'utf-16le' ? lastUnit(chunk, carried % 2) : chunk.lastIndexOf(0x0a) + 1;
    const first = end === 0 ? chunk.length : chunk.indexOf(0x0a);
    if (carried + first > limits.lineBytesMax) throw lineTooLong(line, limits);
    if (end === 0) {
      carry.push(chunk);
      carried += chunk.length;
      continue;
    }
    const raw = carried === 0 ? chunk.subarray(0, end) : Buffer.concat([...carry, chunk.subarray(0, end)]);
    yield { bytes: toUtf8(raw, { encoding, line, offset }), line };
    line += countOf(raw, newline);
    offset += raw.length;
    carry = end < chunk.length ? [chunk.subarray(end)] : [];
    carried = chunk.length - end;
  }
  if (carried > 0) yield { bytes: toUtf8(Buffer.concat(carry), { encoding, line, offset }), line };
}

async function* readChunks({ path, limits, progress }: BlockRequest): AsyncGenerator<Buffer> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  // A chunk no longer than the limit: then only a block's first line can be too long. Even, for utf-16le.
  const size = Math.max(2, Math.min(chunkBytes, limits.lineBytesMax) & ~1);
  try {
    if ((await file.stat()).isDirectory()) {
      throw new ImportError(
        'IMPORT_UNREADABLE',
        `\`${path}\` is a directory. Give the file in it that should be read.`,
      );
    }
    const start = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (start.bytesRead === 2 && start.buffer[0] === 0x1f && start.buffer[1] === 0x8b) {
      yield* opened(file, { size, path, progress });
      return;
    }
    for (;;) {
      // A new buffer each time: rows of the last one may still be in use.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, null);
      if (bytesRead === 0) return;
      progress.bytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (cause) {
    throw cause instanceof ImportError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

interface Opening {
  readonly size: number;
  readonly path: string;
  readonly progress: ReadProgress;
}

/** What a gzip file holds, whatever its name; no text begins with its two bytes. Progress is of the file as it lies there. */
async function* opened(file: FileHandle, { size, path, progress }: Opening): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: Math.max(64, size) });
  const packed = file.createReadStream({ start: 0, highWaterMark: chunkBytes, autoClose: false });
  packed.on('data', (chunk) => {
    progress.bytes += chunk.length;
  });
  // An error of either ends the other, and is thrown where the text is read.
  pipeline(packed, gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_')) throw cause;
    const what = code === 'Z_BUF_ERROR' ? 'it ends in the middle' : 'what it holds is damaged';
    throw new ImportError('IMPORT_GZIP', `\`${path}\` is a gzip file that can't be opened: ${what}.`, { cause });
  }
}

/** The end of the last utf-16 newline in a chunk whose units begin at `shift`, or 0. */
function lastUnit(chunk: Buffer, shift: number): number {
  for (let at = chunk.lastIndexOf(0x0a); at >= 0; at = at === 0 ? -1 : chunk.lastIndexOf(0x0a, at - 1)) {
    if ((at - shift) % 2 === 0 && chunk[at + 1] === 0) return at + 2;
  }
  return 0;
}

function countOf(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
    if (needle.length === 1 || at % 2 === 0) count += 1;
  }
  return count;
}

interface Place {
  readonly encoding: Encoding;
  readonly line: number;
  /** Of the block's first byte in the file. */
  readonly offset: number;
}

function toUtf8(raw: Buffer, place: Place): Buffer {
  switch (place.encoding) {
    case 'utf-8':
      if (!isUtf8(raw)) throw badByte(raw, place);
      return place.offset === 0 && raw.indexOf('\ufeff') === 0 ? raw.subarray(3) : raw;
    case 'latin1':
      return Buffer.from(
        raw.toString('latin1').replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80]!),
      );
    case 'utf-16le':
      try {
        return Buffer.from(new TextDecoder('utf-16le', { fatal: true, ignoreBOM: place.offset > 0 }).decode(raw));
      } catch {
        throw badByte(raw, place);
      }
    default:
      try {
        return Buffer.from(new TextDecoder(place.encoding, { fatal: true }).decode(raw));
      } catch {
        throw badByte(raw, place);
      }
  }
}

/**
 * What browsers and spreadsheets mean by latin1: windows-1252, whose 0x80 is the euro sign and no control character. Our own
 * table, since `TextDecoder` of Node 20 reads plain latin1 under this name.
 */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function badByte(raw: Buffer, { encoding, line, offset }: Place): ImportError {
  const at = firstBadByte(raw, encoding);
  const newline = Buffer.from(encoding === 'utf-16le' ? [0x0a, 0x00] : [0x0a]);
  const badLine = line + countOf(raw.subarray(0, at), newline);
  const isUtf16 = encoding === 'utf-8' && offset === 0 && raw[0] === 0xff && raw[1] === 0xfe;
  const advice = isUtf16
    ? 'It begins with the mark of UTF-16: say `encoding: utf-16le` in the source.'
    : 'Repair the file, or say its real `encoding` in the source (utf-8, latin1, utf-16le, …).';
  return new ImportError(
    'IMPORT_ENCODING',
    `Line ${badLine} isn't valid ${encoding}: the byte at offset ${offset + at} of the file can't be read. ${advice}`,
    { line: badLine },
  );
}

/** The offset of the byte at which decoding fails. Bisects: a prefix is good while its decoding, unfinished, doesn't throw. */
function firstBadByte(raw: Buffer, encoding: Encoding): number {
  const isGood = (length: number) => {
    try {
      new TextDecoder(encoding, { fatal: true }).decode(raw.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = raw.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (middle <= raw.length && isGood(middle)) good = middle;
    else bad = middle;
  }
  // All of it can be a prefix of something valid: then the end is what is missing.
  return Math.min(good, raw.length);
}

function lineTooLong(line: number, limits: ReadLimits): ImportError {
  return new ImportError(
    'IMPORT_LINE_TOO_LONG',
    `Line ${line} is longer than ${limits.lineBytesMax} bytes, the most that one row may have. Is the file of the format that the source declares?`,
    { line },
  );
}

function unreadable(path: string, cause: unknown): ImportError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ImportError('IMPORT_NOT_FOUND', `There is no file \`${path}\`.`, { cause });
  }
  const why = code === 'EACCES' || code === 'EPERM' ? 'permission is denied' : (code ?? 'reading failed');
  return new ImportError('IMPORT_UNREADABLE', `\`${path}\` can't be read: ${why}.`, { cause });
}
