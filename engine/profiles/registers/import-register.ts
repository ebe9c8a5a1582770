/**
 * Imports a register of people who must not be called or written to: a file with a number a line, or with the number in the first column.
 * Numbers are read as their country writes them and kept as hashes. Until the whole list is there, the one before counts.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { OwnSession } from '../../store/session.ts';
import { type PhoneRules, phoneCleaner } from '../cleaning/phone.ts';
import { deleteOldLists, insertEntries, lockRegister, nextGeneration, publishList, unlockRegister } from './queries.ts';
import { registerHash } from './register-hash.ts';

export interface RegisterImport {
  readonly session: OwnSession;
  readonly register: string;
  readonly path: string;
  /** Of the country that names the register; null: numbers in international form alone. */
  readonly phone: PhoneRules | null;
  /** The date that the list bears. */
  readonly asOf: Date;
  readonly now: Date;
  readonly onProgress?: (lines: number) => void;
}

export interface RegisterSummary {
  readonly register: string;
  /** Numbers of the list, each once. */
  readonly entries: number;
  readonly lines: number;
  /** Lines in which no number was found, a head among them. */
  readonly unread: number;
  /** The first of them; the lines themselves aren't told. */
  readonly unreadLines: readonly number[];
  /** False: no number was read at all, so the list before still counts. */
  readonly isTaken: boolean;
}

const chunkMax = 10_000;
const unreadMax = 20;
const lineCharsMax = 10_000;

/** Errors: those of the file system and of the store; the list before counts then. */
export async function importRegister(asked: RegisterImport): Promise<RegisterSummary> {
  const { session, register } = asked;
  await lockRegister(session, register);
  try {
    const generation = await nextGeneration(session, register);
    const read = await writeList(asked, generation);
    const isTaken = read.entries > 0;
    if (isTaken) await publishList(session, { ...asked, generation, entries: read.entries });
    if (isTaken) await deleteOldLists(session, register, generation);
    return { register, ...read, isTaken };
  } finally {
    await unlockRegister(session, register);
  }
}

async function writeList({ session, register, path, phone, onProgress }: RegisterImport, generation: number) {
  const clean = await phoneCleaner();
  const unreadLines: number[] = [];
  let [entries, lines, unread] = [0, 0, 0];
  let hashes: Buffer[] = [];
  const flush = async () => {
    if (hashes.length > 0) entries += await insertEntries(session, register, generation, hashes);
    hashes = [];
    onProgress?.(lines);
  };
  for await (const line of createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    lines += 1;
    const written = firstColumn(line);
    if (written === '') continue;
    const found = clean(written, phone);
    if (found === null) {
      unread += 1;
      if (unreadLines.length < unreadMax) unreadLines.push(lines);
    } else if (hashes.push(registerHash(found.number)) >= chunkMax) await flush();
  }
  await flush();
  return { entries, lines, unread, unreadLines };
}

function firstColumn(line: string): string {
  const [first = ''] = line
    .slice(0, lineCharsMax)
    .replace(/^\uFEFF/, '')
    .split(/[,;\t]/);
  return first
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
}
