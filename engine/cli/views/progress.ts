/** Progress of long work, to stderr: one line that is overwritten at a terminal, a line every few seconds elsewhere. */
import { elapsedMs } from '../../clock/clock.ts';
import type { Output } from './output.ts';

const terminalEveryMs = 100;
const logEveryMs = 5_000;

export interface Progress {
  /** Tells where the work is; most calls print nothing. */
  (text: string): void;
  /** Clears the line at a terminal. Call it before anything else is printed. */
  done(): void;
}

/** Shows nothing in the first interval, so that short work is silent. */
export function progressOf(output: Output): Progress {
  const everyMs = output.isNoteTerminal ? terminalEveryMs : logEveryMs;
  let lastMs = elapsedMs();
  let isShown = false;
  const progress = (text: string) => {
    const now = elapsedMs();
    if (now - lastMs < everyMs) return;
    lastMs = now;
    isShown = true;
    output.note(output.isNoteTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  };
  return Object.assign(progress, {
    done: () => {
      if (isShown && output.isNoteTerminal) output.note('\r\u001b[K');
      isShown = false;
    },
  });
}
