/** `parcours profile show | export | erase | restrict`: what is known of one person, given to him, removed, or left alone. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { erasePerson } from '../../profiles/privacy/erase.ts';
import { exportPerson } from '../../profiles/privacy/export.ts';
import { liftRestriction, restrictPerson } from '../../profiles/privacy/restrict.ts';
import { showProfile } from '../../profiles/show-profile.ts';
import { readGitOrigin } from '../../reconcile/git-origin.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { demandProfile } from '../named-profile.ts';
import { erasedView, exportView, profileView, restrictedView } from '../views/profile-view.ts';

export const profileCommand: DefineCommand = (run) => {
  const profile = newCommand('profile', 'Show, export, erase or restrict one person.', [
    'parcours profile show ana@shop.example',
    'parcours profile export ana@shop.example --out ana.json',
    'parcours profile erase ana@shop.example --yes',
  ]);
  for (const command of [show(run), exportOf(run), erase(run), restrict(run)]) profile.addCommand(command);
  return profile;
};

function show(run: Run) {
  return newCommand('show <profile>', 'Show the golden record: each trait with who told it and when.', [
    'parcours profile show ana@shop.example',
    'parcours profile show external_id:00042 --json',
  ])
    .option('--json', 'print JSON')
    .action((profile: string, _options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const store = await context.openStore();
        const shown = await store.withSession(async (session) =>
          showProfile(session, await demandProfile(session, profile)),
        );
        if (shown === null) throw gone();
        context.show(profileView, shown);
        return 0;
      }),
    );
}

interface ExportOptions {
  readonly out?: string;
}

function exportOf(run: Run) {
  return newCommand('export <profile>', 'Write all that is known of a person as JSON: complete, by table.', [
    'parcours profile export ana@shop.example --out ana.json',
    'parcours profile export 1042 > ana.json',
  ])
    .option('--out <file>', 'where to write it, readable by its owner alone; without it, to standard output')
    .option('--json', 'print JSON')
    .action((profile: string, options: ExportOptions, command) =>
      run(command.optsWithGlobals(), (context) => exportTo(context, profile, options)),
    );
}

async function exportTo(context: Context, named: string, { out }: ExportOptions): Promise<ExitCode> {
  const store = await context.openStore();
  const person = await store.withSession((session) =>
    session.transaction(
      async (tx) => exportPerson(tx, (await demandProfile(tx, named)).profileId, context.clock.now()),
      { readOnly: true },
    ),
  );
  if (out === undefined) context.output.write(`${JSON.stringify(person, null, 2)}\n`);
  else {
    const file = resolve(context.cwd, out);
    writeFileSync(file, `${JSON.stringify(person, null, 2)}\n`, { mode: 0o600 });
    const rows = Object.values(person.tables).reduce((sum, { length }) => sum + length, 0);
    context.show(exportView, { file: out, tables: Object.keys(person.tables).length, rows });
  }
  return 0;
}

interface EraseOptions {
  readonly yes?: boolean;
}

function erase(run: Run) {
  return newCommand(
    'erase <profile>',
    'Remove a person from every table, keep him from coming back, and print the proof. Cannot be undone.',
    ['parcours profile erase ana@shop.example', 'parcours profile erase 1042 --yes --json > proof.json'],
  )
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((profile: string, options: EraseOptions, command) =>
      run(command.optsWithGlobals(), (context) => eraseNamed(context, profile, options)),
    );
}

async function eraseNamed(context: Context, named: string, { yes }: EraseOptions): Promise<ExitCode> {
  const store = await context.openStore();
  const { author } = await readGitOrigin(context.root, context.env);
  const { profileId } = await store.withSession((session) => demandProfile(session, named));
  if (yes !== true && !(await isConfirmed(context, profileId))) {
    throw new CliError(
      'CLI_NOT_CONFIRMED',
      'Nothing was erased: nobody confirmed it. Say --yes where nobody can be asked.',
    );
  }
  const erased = await store.withSession((session) =>
    erasePerson(session, { profileId, now: context.clock.now(), by: author }),
  );
  context.show(erasedView, erased);
  return Object.keys(erased.proof.left).length === 0 ? 0 : 1;
}

async function isConfirmed({ output }: Context, profileId: number): Promise<boolean> {
  if (output.ask === null) return false;
  return (await output.ask(`Erase profile ${profileId} for good? Type its number: `)).trim() === String(profileId);
}

interface RestrictOptions {
  readonly lift?: boolean;
}

function restrict(run: Run) {
  return newCommand(
    'restrict <profile>',
    'Keep what is known of a person and do nothing with it: he leaves all journeys and enters none.',
    ['parcours profile restrict ana@shop.example', 'parcours profile restrict ana@shop.example --lift'],
  )
    .option('--lift', 'end the restriction')
    .option('--json', 'print JSON')
    .action((profile: string, options: RestrictOptions, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const store = await context.openStore();
        const isLifted = options.lift === true;
        const found = await store.withSession(async (session) => {
          const { profileId } = await demandProfile(session, profile);
          const isThere = await session.transaction((tx) =>
            isLifted ? liftRestriction(tx, profileId) : restrictPerson(tx, profileId, context.clock.now()),
          );
          return isThere ? profileId : null;
        });
        if (found === null) throw gone();
        context.show(restrictedView, { profileId: found, isRestricted: !isLifted });
        return 0;
      }),
    );
}

function gone(): CliError {
  return new CliError('CLI_UNKNOWN', 'That profile was erased: nothing is known of it.');
}
