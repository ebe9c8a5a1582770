/**
 * Files of the workspace that go with mails: read when they are needed, kept while they stay as they are. Nothing outside of the
 * workspace is read, also not through a link.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** Why a file can't go with a mail, naming it as the template does. */
export class AttachmentUnusable extends Error {
  override readonly name = 'AttachmentUnusable';
  readonly code = 'ATTACHMENT_UNUSABLE';
}

export interface Attachments {
  /** The file's bytes. Errors: `AttachmentUnusable`. */
  read(file: string): Promise<Buffer>;
}

/** What mail servers take with one message, most of them. */
export const attachmentBytesMax = 7_000_000;
const keptMax = 20;

interface Kept {
  readonly version: string;
  readonly content: Buffer;
}

export function attachmentsIn(root: string): Attachments {
  const kept = new Map<string, Kept>();
  return {
    async read(file) {
      const { path, version } = await find(root, file);
      const known = kept.get(path);
      if (known?.version === version) return known.content;
      const content = await readFile(path).catch(() => unusable(file, 'cannot be read'));
      if (kept.size >= keptMax) kept.delete(kept.keys().next().value as string);
      kept.set(path, { version, content });
      return content;
    },
  };
}

async function find(root: string, file: string): Promise<{ readonly path: string; readonly version: string }> {
  const home = await realpath(root).catch(() => unusable(file, 'is missing'));
  const path = await realpath(join(home, file)).catch(() => unusable(file, 'is missing'));
  if (!path.startsWith(`${home}${sep}`)) return unusable(file, 'lies outside of the workspace');
  const about = await stat(path).catch(() => unusable(file, 'is missing'));
  if (!about.isFile()) return unusable(file, 'is no file');
  if (about.size > attachmentBytesMax) return unusable(file, `has more than ${attachmentBytesMax / 1_000_000} MB`);
  return { path, version: `${about.mtimeMs} ${about.size} ${about.ino}` };
}

function unusable(file: string, why: string): never {
  throw new AttachmentUnusable(`attachment ${file} ${why}`);
}
