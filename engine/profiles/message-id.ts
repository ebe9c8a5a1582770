/**
 * The id by which a row is known when it comes again: from the columns that the source declares, or from the row's content and
 * its number among equal rows of the file, so that two equal purchases are two, and the same file again is nothing new.
 */
import { hash } from 'node:crypto';
import { ImportError } from './import-error.ts';

/** Longer ids are replaced by their digest, so that they fit an index entry. */
const messageIdCharsMax = 200;

/** The digest of the cells in canonical form (names sorted, at every depth) and their number among equal rows. */
export function contentMessageId(cells: Readonly<Record<string, unknown>>, equalRows: EqualRows): string {
  const digest = hash('sha256', canonical(cells), 'buffer');
  return `${digest.toString('base64url')}-${equalRows.count(digest)}`;
}

/** One value as it is; several as a JSON list, so that (`a`, `bc`) and (`ab`, `c`) differ. */
export function declaredMessageId(values: readonly string[]): string {
  const text = values.length === 1 ? values[0]! : JSON.stringify(values);
  return text.length <= messageIdCharsMax ? text : `sha256:${hash('sha256', text, 'base64url')}`;
}

/** Different rows of one file that can be counted. 20 bytes each, twice that while it grows. */
const differentRowsMax = 16_000_000;

export interface EqualRows {
  /** How often the digest was counted so far, this time included. Errors: `ImportError` beyond `differentRowsMax`. */
  count(digest: Uint8Array): number;
}

/**
 * Counts equal rows in bounded memory: an open hash table of the digests' first 64 bits. Two different rows that share them
 * (one chance in 10^5 at the limit) only get another number than they would have alone: the id holds the whole digest.
 */
export function equalRows(max = differentRowsMax): EqualRows {
  let slots = 1 << 12;
  let keys = new BigUint64Array(slots);
  let counts = new Uint32Array(slots);
  let used = 0;

  function slotOf(key: bigint): number {
    let slot = Number(key & BigInt(slots - 1));
    while (counts[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & (slots - 1);
    return slot;
  }

  function grow(): void {
    const [oldKeys, oldCounts] = [keys, counts];
    slots *= 2;
    keys = new BigUint64Array(slots);
    counts = new Uint32Array(slots);
    for (let i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] === 0) continue;
      const slot = slotOf(oldKeys[i]!);
      keys[slot] = oldKeys[i]!;
      counts[slot] = oldCounts[i]!;
    }
  }

  return {
    count(digest) {
      const key = new DataView(digest.buffer, digest.byteOffset, 8).getBigUint64(0);
      const slot = slotOf(key);
      const count = counts[slot]! + 1;
      keys[slot] = key;
      counts[slot] = count;
      if (count > 1) return count;
      used += 1;
      if (used > max) throw tooManyRows(max);
      if (used * 1.5 > slots) grow();
      return 1;
    },
  };
}

function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`).join(',')}}`;
}

function tooManyRows(max: number): ImportError {
  return new ImportError(
    'IMPORT_TOO_MANY_ROWS',
    `The file has more than ${max} different rows, the most whose repetitions can be counted. ` +
      'Declare `message_id` in the source (the columns that name a row), or split the file.',
  );
}
