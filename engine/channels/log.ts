/**
 * The `log` adapter: appends one JSON line a message to a file, one write a batch. It is a channel like the others, for
 * demonstrations, tests and hand-over to programs that follow a file; it never reaches a person. The file is opened for each batch,
 * so that it may be rotated, and written without the thread pool, which costs forty times as much as the append.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from './adapter.ts';

/** Appends to the file at `path` (absolute), which is created with its folders when the first batch comes. */
export function createLogAdapter(path: string): ChannelAdapter {
  let isChecked = false;
  return {
    async send(messages) {
      if (messages.length === 0) return [];
      let file: number;
      let lines = messages.map(lineOf).join('');
      try {
        file = openForAppend(path);
      } catch (error) {
        return all(messages, { kind: 'retry', reason: `the log file can't be opened (${codeOf(error)})` });
      }
      try {
        // A process that died while writing may have left half a line: end it, so that it spoils no other.
        if (!isChecked && endsInsideLine(file)) lines = `\n${lines}`;
        isChecked = true;
        writeFileSync(file, lines);
        return all(messages, { kind: 'accepted' });
      } catch (error) {
        return all(messages, { kind: 'unknown', reason: `writing the log file failed (${codeOf(error)})` });
      } finally {
        closeSync(file);
      }
    },
    async close() {},
  };
}

function lineOf(message: OutgoingMessage): string {
  const { token, channel, at, to, locale, subject, title, text, html, headers, attachments, isTest, about } = message;
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
    headers,
    attachments: attachments?.map(({ name }) => name),
    test: isTest,
    journey: about.journey,
    step: about.step,
    template: about.template,
    profile: about.profile,
  })}\n`;
}

function openForAppend(path: string): number {
  try {
    return openSync(path, 'a+');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a+');
  }
}

function endsInsideLine(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  return readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

function all(messages: readonly OutgoingMessage[], outcome: SendOutcome): readonly SendOutcome[] {
  return messages.map(() => outcome);
}

/** The system's code: its message may hold a path, which says nothing to whoever reads the outcome. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
