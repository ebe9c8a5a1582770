/**
 * A file that appears whole: written beside its place, renamed at the end. Who goes on after a crash cuts off what was written and not noted.
 */
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DeliveryError } from './delivery-error.ts';

const bufferBytesMax = 1024 * 1024;
/** The data is of people: nobody else's to read. */
const mode = 0o600;

export interface PartFile {
  write(text: string): Promise<void>;
  /** Everything is on the disk; how many bytes there are. */
  settle(): Promise<number>;
  /** Takes its place. Nothing was written, or the file stands there already: nothing to do. */
  finish(): Promise<void>;
  /** Takes away what was written. */
  discard(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the part of a file of which so many bytes are noted. Null: they aren't there, and the file isn't in its place either. Errors:
 * `DeliveryError`.
 */
export async function openPart(path: string, part: string, bytes: number): Promise<PartFile | null> {
  return await told(path, async () => {
    if (bytes === 0) {
      await mkdir(dirname(path), { recursive: true });
      return partOf(path, part, await open(part, 'w', mode), 0);
    }
    const found = await stat(part).catch(() => null);
    if (found !== null) {
      if (found.size < bytes) return null;
      const file = await open(part, 'r+');
      await file.truncate(bytes);
      return partOf(path, part, file, bytes);
    }
    // It was renamed, and whoever did it had no time to note it.
    const whole = await stat(path).catch(() => null);
    return whole?.size === bytes ? partOf(path, part, null, bytes) : null;
  });
}

/** `file`: null when it stands in its place already. */
function partOf(path: string, part: string, file: FileHandle | null, from: number): PartFile {
  let size = from;
  let waiting: string[] = [];
  let waitingChars = 0;
  let isOpen = file !== null;

  async function flush(): Promise<void> {
    if (file === null || waiting.length === 0) return;
    const bytes = Buffer.from(waiting.join(''), 'utf8');
    [waiting, waitingChars] = [[], 0];
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, size + at);
      at += bytesWritten;
    }
    size += bytes.length;
  }

  async function close(): Promise<void> {
    if (isOpen) await file?.close();
    isOpen = false;
  }

  return {
    async write(text) {
      waiting.push(text);
      waitingChars += text.length;
      if (waitingChars >= bufferBytesMax) await told(path, flush);
    },
    async settle() {
      return await told(path, async () => {
        await flush();
        await file?.datasync();
        return size;
      });
    },
    async finish() {
      if (file === null) return;
      await told(path, async () => {
        await flush();
        await file.sync();
        await close();
        await rename(part, path);
        await syncFolder(dirname(path));
      });
    },
    async discard() {
      await close();
      await rm(part, { force: true });
    },
    close,
  };
}

/** That the new name survives a crash of the machine. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'writing failed';
    throw new DeliveryError('DELIVERY_FILE', `The file \`${path}\` can't be written: ${code}.`, { cause });
  }
}
