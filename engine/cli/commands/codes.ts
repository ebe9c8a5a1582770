/** `parcours codes PROGRAMME POOL FILE`: fills a pool of codes that rewards give, a code a line. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addCodes } from '../../loyalty/supplies/queries.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { codesView } from '../views/codes-view.ts';

/** Codes of one statement. */
const chunkMax = 10_000;
const codeMax = 200;

export const codesCommand: DefineCommand = (run) =>
  newCommand(
    'codes <programme> <pool> <file>',
    'Add codes to a pool that rewards give, a code a line; each is given once.',
    [
      'parcours codes red-points airtime-codes airtime.txt',
      'parcours codes red-points airtime-codes airtime.txt --json    # a file twice changes nothing',
    ],
  )
    .option('--json', 'print JSON')
    .action((programme: string, pool: string, file: string, _options: unknown, command) =>
      run(command.optsWithGlobals(), (context) => codes(context, { program: programme, pool }, file)),
    );

async function codes(
  context: Context,
  of: { readonly program: string; readonly pool: string },
  file: string,
): Promise<ExitCode> {
  const lines = await linesOf(resolve(context.cwd, file), file);
  const store = await context.openStore();
  const added = await store.withSession(async (session) => {
    const { body } = findLive(await readLive(session), 'loyalty', of.program);
    const pools = body.rewards.flatMap(({ give }) => (typeof give.codes === 'string' ? [give.codes] : []));
    if (!pools.includes(of.pool)) {
      const known =
        pools.length === 0 ? 'None of its rewards gives codes.' : `It has ${[...new Set(pools)].join(', ')}.`;
      throw new CliError('CLI_UNKNOWN', `${of.program} has no pool of codes "${of.pool}". ${known}`);
    }
    let count = 0;
    for (let from = 0; from < lines.length; from += chunkMax) {
      count += await addCodes(session, of, lines.slice(from, from + chunkMax));
    }
    return count;
  });
  context.show(codesView, { ...of, added, known: lines.length - added });
  return 0;
}

async function linesOf(path: string, named: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) throw new CliError('CLI_NO_PATH', `There is no file "${named}" to read codes from.`);
  const lines = [...new Set(text.split(/\r?\n/).map((line) => line.trim()))].filter((line) => line !== '');
  const long = lines.findIndex((line) => line.length > codeMax);
  if (long !== -1) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `Line ${long + 1} of "${named}" has more than ${codeMax} characters: a code stands alone on its line.`,
    );
  }
  return lines;
}
