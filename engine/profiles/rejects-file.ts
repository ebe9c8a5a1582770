/**
 * The file of a run's rejected rows: JSON Lines of line, reason and columns, never values. It is written beside its place and
 * takes it at the end; a run without rejects leaves no file, and removes that of an earlier run, whose lines no longer are true.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { ImportError } from './import-error.ts';
import type { Reject } from './map-row.ts';

export interface RejectsFile {
  /** Waits when the disk is slower than the import. Errors: `ImportError`. */
  write(reject: Reject): Promise<void>;
  /** Puts the file in its place. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Opens nothing before the first reject. */
export function rejectsFile(path: string): RejectsFile {
  const temporary = `${path}.${process.pid}.part`;
  let stream: WriteStream | null = null;
  let failure: unknown = null;

  function open(): WriteStream {
    const opened = createWriteStream(temporary);
    opened.on('error', (error) => {
      failure = error;
    });
    return opened;
  }

  async function settle(): Promise<void> {
    if (stream === null) return;
    stream.end();
    await finished(stream).catch((error: unknown) => {
      failure ??= error;
    });
  }

  return {
    async write({ line, reason, columns }) {
      stream ??= open();
      if (failure !== null) throw unwritable(path, failure);
      const goesOn = stream.write(`${JSON.stringify({ line, reason, columns })}\n`);
      if (!goesOn) await drained(stream);
    },
    async finish() {
      await settle();
      if (failure !== null) throw unwritable(path, failure);
      try {
        if (stream === null) await rm(path, { force: true });
        else await rename(temporary, path);
      } catch (error) {
        throw unwritable(path, error);
      }
    },
    async abandon() {
      await settle();
      await rm(temporary, { force: true });
    },
  };
}

/** A failing stream never drains: it closes. */
async function drained(stream: WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once('drain', resolve);
    stream.once('close', resolve);
  });
}

function unwritable(path: string, cause: unknown): ImportError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'writing failed';
  return new ImportError('IMPORT_REJECTS', `The file for rejected rows, \`${path}\`, can't be written: ${code}.`, {
    cause,
  });
}
