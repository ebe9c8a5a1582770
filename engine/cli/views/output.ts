/**
 * Where the program's words go: results to stdout, everything else to stderr. The only file beside `main.ts` that touches the
 * process's streams; what the words are, the other views say.
 */
import { createInterface } from 'node:readline/promises';

export interface Output {
  /** The result, to stdout. */
  write(text: string): void;
  /** Anything that is not the result, to stderr. */
  note(text: string): void;
  readonly isColoured: boolean;
  /** Whether stderr is a terminal: progress may overwrite its line there. */
  readonly isNoteTerminal: boolean;
  /** Whether stdout is a terminal; absent: no. */
  readonly isTerminal?: boolean;
  /** Asks at the terminal; null when there is none to ask. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

/** The streams of this process. `NO_COLOR` (any value) and a stdout that is no terminal turn colours off. */
export function processOutput(env: Readonly<Record<string, string | undefined>>): Output {
  const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    isColoured: process.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    isNoteTerminal: process.stderr.isTTY === true,
    ask: canAsk ? askAtTerminal : null,
    isTerminal: process.stdout.isTTY === true,
  };
}

/** A reader that has gone (`parcours … | head`) is no error: there is nobody left to tell. */
export function endQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}

async function askAtTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
