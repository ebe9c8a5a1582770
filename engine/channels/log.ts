/**
 * The `log` adapter: appends one JSON line a message to a file, one write a batch. It is a channel like the others, for
 * demonstrations, tests and hand-over to programs that follow a file; it never reaches a person.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from './adapter.ts';

/** Appends to the file at `path` (absolute), which is created with its folders when the first batch comes. */
export function createLogAdapter(path: string): ChannelAdapter {
  let isChecked = false;
  return {
    async send(messages) {
      if (messages.length === 0) return [];
      let file: FileHandle;
      let lines = messages.map(lineOf).join('');
      try {
        file = await openForAppend(path);
        // A process that died while writing may have left half a line: end it, so that it spoils no other.
        if (!isChecked && (await endsInsideLine(file))) lines = `\n${lines}`;
        isChecked = true;
      } catch (error) {
        return all(messages, { kind: 'retry', reason: `the log file can't be opened (${codeOf(error)})` });
      }
      try {
        await file.appendFile(lines);
        return all(messages, { kind: 'accepted' });
      } catch (error) {
        return all(messages, { kind: 'unknown', reason: `writing the log file failed (${codeOf(error)})` });
      } finally {
        await file.close();
      }
    },
    async close() {},
  };
}

function lineOf(message: OutgoingMessage): string {
  const { token, channel, at, to, locale, subject, title, text, html, about } = message;
  return `${JSON.stringify({
    token,
    channel,
    at: new Date(at).toISOString(),
    to,
    locale,
    subject,
    title,
    text,
    html,
    journey: about.journey,
    step: about.step,
    template: about.template,
    profile: about.profile,
  })}\n`;
}

async function openForAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a+');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    return await open(path, 'a+');
  }
}

async function endsInsideLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== 0x0a;
}

function all(messages: readonly OutgoingMessage[], outcome: SendOutcome): readonly SendOutcome[] {
  return messages.map(() => outcome);
}

/** The system's code: its message may hold a path, which says nothing to whoever reads the outcome. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
