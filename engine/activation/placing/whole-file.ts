/** Files of batches: they appear whole, and one that is written again takes the place of what was there. The data is of people. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export type Chunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** Writes the file at a path relative to the root. Errors: those of the system. */
export async function writeWhole(root: string, path: string, chunks: Chunks): Promise<void> {
  const place = join(root, path);
  const part = `${place}.${randomBytes(4).toString('hex')}.part`;
  await mkdir(dirname(place), { recursive: true });
  const file = await open(part, 'wx', 0o600);
  try {
    for await (const chunk of chunks) await file.write(chunk as string);
    await file.sync();
    await file.close();
    await rename(part, place);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
}

/** The name of a batch's file: `{date}` and `{time}` are of its time in the zone. */
export function namedBy(path: string, at: Date, zone: string, more: Readonly<Record<string, string>> = {}): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const values: Readonly<Record<string, string>> = {
    ...more,
    date: `${of('year')}-${of('month')}-${of('day')}`,
    time: `${of('hour')}${of('minute')}`,
  };
  return path.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** A line of CSV (RFC 4180). */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => quoted(String(cell))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
