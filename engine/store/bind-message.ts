/**
 * What executes a prepared statement, as bytes: Bind with its values, then Execute and Sync (PostgreSQL's documentation, 54.7 "Message
 * Formats"). Arrays are written in the binary form where `array-parameters.ts` can, all else as text; the driver's own writing quotes
 * and copies each array twice.
 */
import pg from 'pg';
import { arrayLiteral, isoText } from './array-literal.ts';
import { type ParameterTypes, reserve, type Scratch, writeArray } from './array-parameters.ts';

export interface BindMessage {
  /** Bind, then Execute and Sync, to be sent at once or around what comes between them. */
  readonly bytes: Buffer;
  /** Where Execute begins. */
  readonly executeAt: number;
}

/** Execute the unnamed portal to its end, then Sync. */
const executeAndSync = Uint8Array.of(0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4);

/** Most messages fit; beyond it memory isn't kept. */
const keptBytes = 512 * 1024;
/** One for the process: a message is written without a pause. */
let kept: Buffer = Buffer.allocUnsafeSlow(16 * 1024);

/** Numbers, strings, booleans, dates, buffers, nulls, and arrays of these. Errors: what the driver can't write. */
export function bindMessage(statement: string, values: readonly unknown[], types: ParameterTypes): BindMessage {
  const scratch: Scratch = { bytes: kept, at: 0 };
  const count = values.length;
  reserve(scratch, 16 + statement.length * 3 + count * 2);
  // Its kind; its length, told at the end; the unnamed portal.
  scratch.bytes[0] = 0x42;
  scratch.bytes[5] = 0;
  scratch.at = 6 + scratch.bytes.write(`${statement}\0`, 6);
  scratch.at = scratch.bytes.writeUInt16BE(count, scratch.at);
  const formatsAt = scratch.at;
  scratch.at = scratch.bytes.writeUInt16BE(count, formatsAt + count * 2);
  for (let i = 0; i < count; i += 1) {
    const isBinary = writeValue(scratch, values[i], types[i]);
    scratch.bytes.writeInt16BE(isBinary ? 1 : 0, formatsAt + i * 2);
  }
  // All columns come as text.
  reserve(scratch, 4 + executeAndSync.length);
  scratch.at = scratch.bytes.writeInt32BE(0x0001_0000, scratch.at);
  const executeAt = scratch.at;
  scratch.bytes.writeInt32BE(executeAt - 1, 1);
  scratch.bytes.set(executeAndSync, executeAt);
  const bytes = Buffer.from(scratch.bytes.subarray(0, executeAt + executeAndSync.length));
  if (scratch.bytes.length <= keptBytes) kept = scratch.bytes;
  return { bytes, executeAt };
}

/** Writes a value behind its length; true: in the binary form. */
function writeValue(scratch: Scratch, value: unknown, type: ParameterTypes[number]): boolean {
  reserve(scratch, 4);
  const start = scratch.at;
  scratch.at += 4;
  let isBinary = false;
  let isNull = false;
  if (type !== undefined && Array.isArray(value) && writeArray(scratch, type, value)) isBinary = true;
  else {
    const written = textOf(value);
    if (written === null) isNull = true;
    else if (typeof written === 'string') {
      reserve(scratch, written.length * 3);
      scratch.at += scratch.bytes.write(written, scratch.at);
    } else {
      isBinary = true;
      reserve(scratch, written.length);
      scratch.at += written.copy(scratch.bytes, scratch.at);
    }
  }
  scratch.bytes.writeInt32BE(isNull ? -1 : scratch.at - start - 4, start);
  return isBinary;
}

const { prepareValue } = (
  pg as unknown as { readonly utils: { readonly prepareValue: (value: unknown) => string | Buffer | null } }
).utils;

function textOf(value: unknown): string | Buffer | null {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) {
    const literal = arrayLiteral(value);
    return typeof literal === 'string' ? literal : prepareValue(value);
  }
  return (value instanceof Date ? isoText(value) : null) ?? prepareValue(value);
}
