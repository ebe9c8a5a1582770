/** `parcours explain PROFILE`: why one person got, or didn't get, each message. */
import type { ValueType } from '../../compiler/ir.ts';
import { explainProfile } from '../../measure/person/explain-profile.ts';
import { findProfile } from '../../profiles/find-profile.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, type LiveRevision, readLive } from '../context.ts';
import { type ExplanationResult, explanationView } from '../views/explanation-view.ts';

export const explainCommand: DefineCommand = (run) =>
  newCommand(
    'explain <profile>',
    'Tell all about one person: segments, journeys, and each message with its decision.',
    [
      'parcours explain ana@shop.example',
      'parcours explain external_id:00042 --json',
      'parcours explain 1234                # the number of the profile',
    ],
  )
    .option('--json', 'print JSON')
    .action((profile: string, _options: unknown, command) =>
      run(command.optsWithGlobals(), (context) => explain(context, profile)),
    );

async function explain(context: Context, text: string): Promise<ExitCode> {
  const store = await context.openStore();
  const explanation = await store.withSession(async (session): Promise<ExplanationResult | null> => {
    const live = await readLive(session);
    const place = await findProfile(session, text);
    const types = live.resources.filter((one) => one.kind === 'event').map((one) => one.id);
    const found = place && (await explainProfile(session, place, types));
    return found && { ...found, traitTypes: traitTypes(live) };
  });
  if (explanation === null) {
    throw new CliError(
      'CLI_UNKNOWN',
      `Nobody answers to "${text}". Give an identifier (ana@shop.example, external_id:00042) or the number of a profile.`,
    );
  }
  context.show(explanationView, explanation);
  return 0;
}

function traitTypes(live: LiveRevision): Readonly<Record<string, ValueType>> {
  return Object.fromEntries(live.resources.flatMap((one) => (one.kind === 'trait' ? [[one.id, one.body.type]] : [])));
}
