/**
 * Array parameters in PostgreSQL's binary form (its source, `array_recv`; the elements as their types' `…recv`). Beside the text form, which
 * `array-literal.ts` writes, the server saves reading each element from characters, and Node writing them: together a tenth of a batch's time.
 * Which parameters are arrays, and of what, the statement's own casts say (`$1::bigint[]`).
 */

/** Where a message is being written. Grows; a part that was refused is written over. */
export interface Scratch {
  bytes: Buffer;
  at: number;
}

/** Makes room for so many bytes more. */
export function reserve(scratch: Scratch, more: number): void {
  const { bytes, at } = scratch;
  if (at + more <= bytes.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, at + more));
  bytes.copy(grown, 0, 0, at);
  scratch.bytes = grown;
}

/** An element type: its number in PostgreSQL's catalogue, its array's, and how an element is written. */
export interface ElementType {
  readonly oid: number;
  readonly arrayOid: number;
  /** Writes length and value; false: it isn't written so, and the array is left to the text form. Nulls don't come here. */
  write(scratch: Scratch, value: unknown): boolean;
}

/** By the parameter's place, from 0: what its arrays consist of; undefined: nothing is cast, or not to what is written here. */
export type ParameterTypes = readonly (ElementType | undefined)[];

const cast = /\$(\d+)::(\w+)\[\]/g;

/** What the casts of a statement say of its parameters. */
export function parameterTypes(text: string): ParameterTypes {
  const types: (ElementType | undefined)[] = [];
  const names = new Map<number, string>();
  for (const [, number, name] of text.matchAll(cast)) {
    const place = Number(number) - 1;
    const known = names.get(place) ?? name;
    names.set(place, name as string);
    // Cast to two types, it has that of the place which the server reads first.
    types[place] = known === name ? elementTypes[name as string] : undefined;
  }
  return types;
}

/** Milliseconds from 1970 to 2000, from which PostgreSQL counts. */
const epochMs = 946_684_800_000;
/** Beyond it microseconds aren't exact as numbers. */
const exactMs = Math.floor(Number.MAX_SAFE_INTEGER / 1000) - epochMs;

const elementTypes: Readonly<Record<string, ElementType | undefined>> = {
  smallint: {
    oid: 21,
    arrayOid: 1005,
    write(scratch, value) {
      if (typeof value !== 'number' || (value << 16) >> 16 !== value) return false;
      reserve(scratch, 6);
      scratch.at = scratch.bytes.writeInt32BE(2, scratch.at);
      scratch.at = scratch.bytes.writeInt16BE(value, scratch.at);
      return true;
    },
  },
  integer: {
    oid: 23,
    arrayOid: 1007,
    write(scratch, value) {
      if (typeof value !== 'number' || (value | 0) !== value) return false;
      reserve(scratch, 8);
      scratch.at = scratch.bytes.writeInt32BE(4, scratch.at);
      scratch.at = scratch.bytes.writeInt32BE(value, scratch.at);
      return true;
    },
  },
  bigint: {
    oid: 20,
    arrayOid: 1016,
    write(scratch, value) {
      if (!Number.isSafeInteger(value)) return false;
      eightBytes(scratch, value as number);
      return true;
    },
  },
  boolean: {
    oid: 16,
    arrayOid: 1000,
    write(scratch, value) {
      if (typeof value !== 'boolean') return false;
      reserve(scratch, 5);
      scratch.at = scratch.bytes.writeInt32BE(1, scratch.at);
      scratch.bytes[scratch.at] = value ? 1 : 0;
      scratch.at += 1;
      return true;
    },
  },
  timestamptz: {
    oid: 1184,
    arrayOid: 1185,
    write(scratch, value) {
      if (!(value instanceof Date)) return false;
      const ms = value.getTime();
      // An invalid date compares false, too.
      if (!(Math.abs(ms) < exactMs)) return false;
      eightBytes(scratch, (ms - epochMs) * 1000);
      return true;
    },
  },
  text: {
    oid: 25,
    arrayOid: 1009,
    write(scratch, value) {
      if (typeof value !== 'string') return false;
      text(scratch, value, 0);
      return true;
    },
  },
  // Its version, then its text.
  jsonb: {
    oid: 3802,
    arrayOid: 3807,
    write(scratch, value) {
      if (typeof value !== 'string') return false;
      text(scratch, value, 1);
      return true;
    },
  },
  bytea: {
    oid: 17,
    arrayOid: 1001,
    write(scratch, value) {
      if (!Buffer.isBuffer(value)) return false;
      reserve(scratch, 4 + value.length);
      scratch.at = scratch.bytes.writeInt32BE(value.length, scratch.at);
      scratch.at += value.copy(scratch.bytes, scratch.at);
      return true;
    },
  },
};

function eightBytes(scratch: Scratch, value: number): void {
  reserve(scratch, 12);
  const { bytes } = scratch;
  const high = Math.floor(value / 4_294_967_296);
  bytes.writeInt32BE(8, scratch.at);
  bytes.writeInt32BE(high, scratch.at + 4);
  bytes.writeUInt32BE(value - high * 4_294_967_296, scratch.at + 8);
  scratch.at += 12;
}

/** Up to here a text is written character by character: the call into native code costs as much as so many. */
const shortText = 32;

/** A text behind its length, with so many bytes of value 1 before it. */
function text(scratch: Scratch, value: string, before: 0 | 1): void {
  // A character has at most three bytes in UTF-8 for each of its units in UTF-16.
  reserve(scratch, 4 + before + value.length * 3);
  const { bytes } = scratch;
  const start = scratch.at + 4 + before;
  if (before === 1) bytes[scratch.at + 4] = 1;
  let length = value.length <= shortText ? asciiBytes(bytes, start, value) : -1;
  if (length < 0) length = bytes.write(value, start);
  bytes.writeInt32BE(length + before, scratch.at);
  scratch.at = start + length;
}

/** Writes a text of ASCII, and says how long it is; -1: it has other characters. */
function asciiBytes(bytes: Buffer, start: number, value: string): number {
  const { length } = value;
  for (let i = 0; i < length; i += 1) {
    const code = value.charCodeAt(i);
    if (code > 127) return -1;
    bytes[start + i] = code;
  }
  return length;
}

/**
 * Writes an array as a parameter's value, without the length before it; false: not all of its elements are written so, and nothing was
 * written.
 */
export function writeArray(scratch: Scratch, { oid, write }: ElementType, values: readonly unknown[]): boolean {
  const start = scratch.at;
  const { length } = values;
  reserve(scratch, headBytes);
  scratch.at += length === 0 ? headBytes - dimensionBytes : headBytes;
  let hasNull = false;
  // Columns repeat themselves: one journey, one instant, one set of values.
  let last: unknown;
  let lastAt = -1;
  for (let i = 0; i < length; i += 1) {
    const value = values[i];
    if (value === null || value === undefined) {
      hasNull = true;
      reserve(scratch, 4);
      scratch.at = scratch.bytes.writeInt32BE(-1, scratch.at);
    } else if (value === last && lastAt >= 0) {
      lastAt = again(scratch, lastAt);
    } else {
      lastAt = scratch.at;
      last = value;
      if (!write(scratch, value)) {
        scratch.at = start;
        return false;
      }
    }
  }
  const { bytes } = scratch;
  bytes.writeInt32BE(length === 0 ? 0 : 1, start);
  bytes.writeInt32BE(hasNull ? 1 : 0, start + 4);
  bytes.writeInt32BE(oid, start + 8);
  if (length > 0) {
    bytes.writeInt32BE(length, start + 12);
    bytes.writeInt32BE(1, start + 16);
  }
  return true;
}

/** Dimensions, whether there are nulls, the elements' type; of the dimension its length and first number. */
const dimensionBytes = 8;
const headBytes = 12 + dimensionBytes;

/** Writes the element that begins there once more, and says where. */
function again(scratch: Scratch, from: number): number {
  const start = scratch.at;
  const length = 4 + scratch.bytes.readInt32BE(from);
  reserve(scratch, length);
  scratch.bytes.copyWithin(start, from, from + length);
  scratch.at = start + length;
  return start;
}
