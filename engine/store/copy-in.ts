/**
 * Rows into a table by COPY in the binary form: no statement is planned and no text is read, which costs the server a third less than an
 * insert of the same rows. What the rows are is their writer's matter.
 */
import type pg from 'pg';

/** The driver's connection, as far as it is needed; its types don't tell of it. */
interface CopyConnection {
  query(text: string): void;
  endCopyFrom(): void;
  readonly stream: { cork(): void; uncork(): void; write(bytes: Buffer): void };
}

/**
 * Runs `copy … from stdin (format binary)` with these rows, which are sent behind the statement at once: the server lets go what comes
 * behind a statement that it refuses. Errors: those of the server, which then has taken none of them.
 */
export function copyIn(client: pg.Client, text: string, chunks: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const copy = {
      submit(connection: unknown) {
        const { stream } = connection as CopyConnection;
        stream.cork();
        (connection as CopyConnection).query(text);
        // Not by the driver, which copies what it sends.
        for (const chunk of chunks) {
          stream.write(dataHead(chunk.length));
          stream.write(chunk);
        }
        (connection as CopyConnection).endCopyFrom();
        stream.uncork();
      },
      handleCopyInResponse() {},
      handleCommandComplete() {},
      handleError: reject,
      handleReadyForQuery() {
        // All of it was read, so the memory is free for the next.
        for (const chunk of chunks) if (spare.length < spareMax) keep(chunk);
        resolve();
      },
    };
    client.query(copy);
  });
}

/** A message `CopyData` of the protocol begins so; its length counts itself. */
function dataHead(bytes: number): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = 0x64;
  head.writeInt32BE(bytes + 4, 1);
  return head;
}

const chunkBytes = 256 * 1024;
/** Chunks that nobody uses: made anew for each copy, they would lie about by the hundred until they are collected. */
const spare: ArrayBufferLike[] = [];
const spareMax = 32;

function keep({ buffer }: Buffer): void {
  if (buffer.byteLength === chunkBytes) spare.push(buffer);
}

function freeChunk(): Buffer {
  const known = spare.pop();
  return known === undefined ? Buffer.allocUnsafeSlow(chunkBytes) : Buffer.from(known);
}

const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** Milliseconds from 1970 to 2000, from which PostgreSQL counts. */
const epochMs = 946_684_800_000;
/** Beyond it microseconds aren't exact as numbers. */
const exactMs = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** Writes rows cell by cell, in the order of the columns. */
export interface CopyRows {
  /** Begins a row. */
  row(): void;
  nothing(): void;
  /** A `smallint`. */
  short(value: number): void;
  /** A `bigint`; integers up to 2^53. */
  long(value: number | null): void;
  /** Text that the store can hold: no null character, no half of a surrogate pair. */
  text(value: string | null): void;
  /** A `timestamptz`, in milliseconds since 1970. */
  instant(ms: number): void;
  /** A `jsonb`, as its text. */
  json(text: string): void;
  /** All that was written, for `copyIn`. Nothing can be written afterwards. */
  end(): readonly Buffer[];
}

/** Rows of so many columns. */
export function copyRows(columns: number): CopyRows {
  const done: Buffer[] = [];
  let chunk = freeChunk();
  let at = header.copy(chunk);

  function room(bytes: number): void {
    if (at + bytes <= chunk.length) return;
    done.push(chunk.subarray(0, at));
    chunk = bytes <= chunkBytes ? freeChunk() : Buffer.allocUnsafeSlow(bytes);
    at = 0;
  }

  function eightBytes(value: number): void {
    room(12);
    at = chunk.writeInt32BE(8, at);
    const high = Math.floor(value / 4_294_967_296);
    at = chunk.writeInt32BE(high, at);
    at = chunk.writeUInt32BE(value - high * 4_294_967_296, at);
  }

  function written(text: string, before: number): void {
    // A character has at most three bytes in UTF-8 for each of its units in UTF-16.
    room(4 + before + text.length * 3);
    const bytes = chunk.write(text, at + 4 + before);
    chunk.writeInt32BE(bytes + before, at);
    if (before === 1) chunk[at + 4] = 1;
    at += 4 + before + bytes;
  }

  function nothing(): void {
    room(4);
    at = chunk.writeInt32BE(-1, at);
  }

  return {
    nothing,
    row() {
      room(2);
      at = chunk.writeInt16BE(columns, at);
    },
    short(value) {
      room(6);
      at = chunk.writeInt32BE(2, at);
      at = chunk.writeInt16BE(value, at);
    },
    long(value) {
      if (value === null) nothing();
      else eightBytes(value);
    },
    text(value) {
      if (value === null) nothing();
      else written(value, 0);
    },
    instant(ms) {
      const since = ms - epochMs;
      if (Math.abs(since) <= exactMs) return eightBytes(since * 1000);
      room(12);
      at = chunk.writeInt32BE(8, at);
      at = chunk.writeBigInt64BE(BigInt(since) * 1000n, at);
    },
    // One byte says which form of it.
    json: (text) => written(text, 1),
    end() {
      room(2);
      at = chunk.writeInt16BE(-1, at);
      done.push(chunk.subarray(0, at));
      return done;
    },
  };
}
