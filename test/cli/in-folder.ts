/** The program as a function in a folder, without a store. */
import { runCli } from '../../engine/cli/run-cli.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line; `isTerminal`: as if stdout were one. */
export async function runIn(cwd: string, line: string, { isTerminal = false } = {}): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const output = {
    write: (text: string) => void out.push(text),
    note: (text: string) => void err.push(text),
    ...{ isColoured: false, isNoteTerminal: false, isTerminal, ask: null },
  };
  const code = await runCli(line.split(' ').filter(Boolean), {
    cwd,
    env: {},
    output,
    stopSignal: () => AbortSignal.abort(),
  });
  return { code, out: out.join(''), err: err.join('') };
}
