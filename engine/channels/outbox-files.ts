/**
 * The local mailbox: what channels of the sandbox wrote to their files, read back from the end. A file that grows meanwhile, or ends in half a
 * line, is read as far as it goes. Holds personal data, as the messages do.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';

/** A channel whose messages are caught. */
export interface CaughtChannel {
  readonly id: string;
  /** Relative to the workspace's root. */
  readonly path: string;
}

export interface CaughtMessage {
  /** `channel:place`, by which it is found again. */
  readonly id: string;
  readonly channel: string;
  /** ISO instant. */
  readonly at: string;
  readonly to: string | null;
  readonly locale: string;
  readonly subject?: string;
  readonly title?: string;
  readonly text?: string;
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of files. */
  readonly attachments?: readonly string[];
  readonly test?: true;
  readonly journey: string;
  readonly step: string;
  readonly template: string;
}

/** Read backwards in pieces of so many bytes. */
const pieceBytes = 256 * 1024;
/** A line of more is no message of ours. */
const lineBytesMax = 16 * 1024 * 1024;

/** The newest messages of the channels, newest first. `before`: of each channel only what stands before that place. */
export function readOutbox(
  root: string,
  channels: readonly CaughtChannel[],
  { limit, before = {} }: { readonly limit: number; readonly before?: Readonly<Record<string, number>> },
): readonly CaughtMessage[] {
  const newest = channels.flatMap((channel) => lastOf(root, channel, limit, before[channel.id]));
  // Those of one instant stay in the order of their file.
  return newest.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, limit);
}

/** One message; null: there is none at that place. */
export function readCaught(root: string, channels: readonly CaughtChannel[], id: string): CaughtMessage | null {
  const [, name, place] = /^(.+):(\d{1,15})$/.exec(id) ?? [];
  const channel = channels.find((one) => one.id === name);
  if (channel === undefined || place === undefined) return null;
  return withFile(root, channel, null, (file, size) => {
    const start = Number(place);
    if (start >= size || (start > 0 && pieceOf(file, start - 1, 1)[0] !== 0x0a)) return null;
    for (let length = pieceBytes; ; length *= 2) {
      const piece = pieceOf(file, start, Math.min(length, size - start));
      const end = piece.indexOf(0x0a);
      if (end !== -1) return messageOf(channel.id, start, piece.subarray(0, end));
      if (start + length >= size || length > lineBytesMax) return null;
    }
  });
}

function lastOf(
  root: string,
  channel: CaughtChannel,
  limit: number,
  before: number | undefined,
): readonly CaughtMessage[] {
  return withFile<readonly CaughtMessage[]>(root, channel, [], (file, size) => {
    const found: CaughtMessage[] = [];
    let end = Math.min(before ?? size, size);
    let rest = Buffer.alloc(0);
    while (end > 0 && found.length < limit && rest.length < lineBytesMax) {
      const start = Math.max(0, end - pieceBytes);
      const piece = Buffer.concat([pieceOf(file, start, end - start), rest]);
      // What stands before the first line end may have begun earlier.
      const cut = start === 0 ? 0 : piece.indexOf(0x0a) + 1;
      if (cut === 0 && start > 0) {
        rest = piece;
      } else {
        found.push(...linesOf(channel.id, start + cut, piece.subarray(cut)));
        rest = piece.subarray(0, cut);
      }
      end = start;
    }
    return found.slice(0, limit);
  });
}

/** The messages of whole lines, the last first. */
function linesOf(channel: string, offset: number, bytes: Buffer): readonly CaughtMessage[] {
  const found: CaughtMessage[] = [];
  for (let start = 0, end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    const message = messageOf(channel, offset + start, bytes.subarray(start, end));
    if (message !== null) found.push(message);
    start = end + 1;
  }
  return found.reverse();
}

function messageOf(channel: string, place: number, line: Buffer): CaughtMessage | null {
  if (line.length === 0) return null;
  try {
    const read = JSON.parse(line.toString('utf8')) as Partial<CaughtMessage> | null;
    if (typeof read?.at !== 'string' || typeof read.template !== 'string') return null;
    return { ...(read as CaughtMessage), id: `${channel}:${place}`, channel };
  } catch {
    // A line that a process didn't end.
    return null;
  }
}

function pieceOf(file: number, start: number, length: number): Buffer {
  const piece = Buffer.alloc(Math.max(0, length));
  const read = readSync(file, piece, 0, piece.length, start);
  return piece.subarray(0, read);
}

/** A file that isn't there holds nothing. */
function withFile<T>(root: string, { path }: CaughtChannel, none: T, work: (file: number, size: number) => T): T {
  let file: number;
  try {
    file = openSync(resolve(root, path), 'r');
  } catch {
    return none;
  }
  try {
    return work(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}
