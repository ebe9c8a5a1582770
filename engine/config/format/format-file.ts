/**
 * Formats a file: reads it, and writes it at once or not at all, with the rights that it had. Which files, and what is said
 * of them, is the command's.
 */
import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { readConfigFile } from '../read-file.ts';
import { formatYaml } from './format-yaml.ts';

export type FileFormat =
  | { readonly kind: 'canonical' }
  | { readonly kind: 'changed'; readonly before: string; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string; readonly diagnostics: readonly Diagnostic[] };

/** What formatting the file at `path` would do; diagnostics call it `file`. */
export async function formatFile(path: string, file: string): Promise<FileFormat> {
  const { text, refusal } = await readConfigFile(path, file);
  if (refusal !== undefined) return { kind: 'refused', text, diagnostics: [refusal] };
  const found = formatYaml(file, text);
  if (found.kind === 'refused') return { ...found, text };
  // Compared with the bytes: a byte order mark that the reader left out is a change, too.
  const before = await readFile(path, 'utf8');
  return before === found.text ? { kind: 'canonical' } : { kind: 'changed', before, text: found.text };
}

/** Writes beside the file and renames: whoever reads meanwhile sees the old text or the new one. A link stays one. */
export async function writeFormatted(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // The process's mask may have taken rights from the new file.
    await chmod(draft, mode & 0o7777);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
