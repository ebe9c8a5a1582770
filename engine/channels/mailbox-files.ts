/** Mails in files, as mail servers keep them: a file of one mail, an mbox of many, or a Maildir. One mail after the other, none twice. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A mail of more bytes is no report. */
const mailBytesMax = 10 * 1024 * 1024;

/** The mails at the path. Errors: those of the system, where there is nothing to read. */
export async function* readMailbox(path: string): AsyncGenerator<Buffer> {
  const about = await stat(path);
  if (about.isDirectory()) yield* readFolder(path);
  else if (await isMbox(path)) yield* readMbox(path);
  else yield await readFile(path);
}

/** Of a Maildir what is new and what was seen; of another folder its files. */
async function* readFolder(path: string): AsyncGenerator<Buffer> {
  const names = await readdir(path);
  const isMaildir = names.includes('new') && names.includes('cur');
  for (const folder of isMaildir ? ['new', 'cur'] : ['.']) {
    for (const name of (await readdir(join(path, folder))).sort()) {
      const file = join(path, folder, name);
      const about = await stat(file);
      if (about.isFile() && about.size <= mailBytesMax) yield await readFile(file);
    }
  }
}

async function isMbox(path: string): Promise<boolean> {
  for await (const line of linesOf(path)) return line.startsWith('From ');
  return false;
}

/** Each mail begins with a line `From …` after an empty one; lines of a mail that look so were quoted with `>`. */
async function* readMbox(path: string): AsyncGenerator<Buffer> {
  let lines: string[] = [];
  let bytes = 0;
  let isAfterBlank = true;
  for await (const line of linesOf(path)) {
    if (isAfterBlank && line.startsWith('From ')) {
      if (lines.length > 0 && bytes <= mailBytesMax) yield mailOf(lines);
      lines = [];
      bytes = 0;
    } else if (bytes <= mailBytesMax) {
      lines.push(line.replace(/^>(>*From )/, '$1'));
      bytes += line.length + 2;
    }
    isAfterBlank = line === '';
  }
  if (lines.length > 0 && bytes <= mailBytesMax) yield mailOf(lines);
}

function mailOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
}

function linesOf(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path, 'latin1'), crlfDelay: Number.POSITIVE_INFINITY });
}
