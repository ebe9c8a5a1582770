/** `parcours registers`: which lists of people not to be called the countries name, and how old they are; `import`: a new list. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BundleResource, CountryBody } from '../../compiler/ir.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { importRegister } from '../../profiles/registers/import-register.ts';
import { readRegisters } from '../../profiles/registers/queries.ts';
import { readInstant } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import { type Context, type ExitCode, readLive } from '../context.ts';
import { progressOf } from '../views/progress.ts';
import { type NamedRegister, registerImportView, registersView } from '../views/registers-view.ts';
import { formatCount } from '../views/style.ts';

export const registersCommand: DefineCommand = (run) => {
  const registers = newCommand(
    'registers',
    'List the registers that countries name, and import one: whom not to call or write to.',
    ['parcours registers', 'parcours registers import bloctel numbers.csv --as-of 2026-03-01'],
  )
    .option('--json', 'print JSON')
    .action((_options: unknown, command) => run(command.optsWithGlobals(), list));
  registers.addCommand(importCommand(run));
  return registers;
};

function importCommand(run: Run) {
  return newCommand(
    'import <register> <file>',
    'Replace a register by the numbers of a file: one a line, or the first column.',
    ['parcours registers import bloctel numbers.csv --as-of 2026-03-01'],
  )
    .option('--as-of <time>', 'the date that the list bears (default: now)')
    .option('--json', 'print JSON')
    .action((register: string, file: string, options: { readonly asOf?: string }, command) =>
      run(command.optsWithGlobals(), (context) => take(context, register, file, options.asOf)),
    );
}

async function list(context: Context): Promise<ExitCode> {
  const store = await context.openStore();
  const shown = await store.withSession(async (session): Promise<readonly NamedRegister[]> => {
    const named = namesIn((await readLive(session)).resources);
    const imported = new Map((await readRegisters(session)).map((row) => [row.register, row]));
    const all = [...new Set([...named.keys(), ...imported.keys()])].sort();
    return all.map((register) => ({
      register,
      countries: (named.get(register) ?? []).map(({ id }) => id),
      list: imported.get(register) ?? null,
      isOld: isOld(imported.get(register)?.as_of, context.clock.now()),
    }));
  });
  context.show(registersView, shown);
  return 0;
}

const monthMs = 31 * 86_400_000;

function isOld(asOf: Date | undefined, now: Date): boolean {
  return asOf !== undefined && now.getTime() - asOf.getTime() > monthMs;
}

async function take(context: Context, register: string, file: string, asOf: string | undefined): Promise<ExitCode> {
  const path = resolve(context.cwd, file);
  if (!existsSync(path)) throw new CliError('CLI_NO_PATH', `There is no file ${path}.`);
  const now = context.clock.now();
  const dated = asOf === undefined ? now : readInstant('--as-of', asOf);
  const store = await context.openStore();
  const progress = progressOf(context.output);
  try {
    const summary = await store.withSession(async (session) => {
      const phone = phoneOf(namesIn((await readLive(session)).resources), register);
      const onProgress = (lines: number) => progress(`${formatCount(lines)} lines`);
      return await importRegister({ session, register, path, phone, asOf: dated, now, onProgress });
    });
    progress.done();
    if (!summary.isTaken) {
      throw new CliError(
        'CLI_BAD_OPTION',
        `No telephone number was found in ${path}, so the register stays as it was. It takes a number a line, or in the first column.`,
      );
    }
    context.show(registerImportView, summary);
    return 0;
  } finally {
    progress.done();
  }
}

type Named = ReadonlyMap<string, readonly { readonly id: string; readonly body: CountryBody }[]>;

/** The registers that countries name, each with its countries. */
function namesIn(resources: readonly BundleResource[]): Named {
  const named = new Map<string, { id: string; body: CountryBody }[]>();
  for (const one of resources) {
    if (one.kind !== 'country') continue;
    for (const register of one.body.registers) named.set(register, [...(named.get(register) ?? []), one]);
  }
  return named;
}

/** How the country of the register writes its numbers. Where several name it, only international form can be read. */
function phoneOf(named: Named, register: string): CountryBody['phone'] {
  const countries = named.get(register);
  if (countries !== undefined) return countries.length === 1 ? (countries[0]?.body.phone ?? null) : null;
  const near = suggest(register, named.keys());
  const known = named.size === 0 ? 'No country names any.' : `Countries name: ${[...named.keys()].sort().join(', ')}.`;
  throw new CliError(
    'CLI_UNKNOWN',
    `No country of the live revision names a register "${register}". ${near === undefined ? known : `Did you mean ${near}?`}`,
  );
}
