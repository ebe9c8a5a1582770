/** What commands that show or send a template without a journey share: the program of the files, its templates, and for whom. */
import type { PreviewPerson } from '../activation/previews/preview-template.ts';
import { personToShow } from '../activation/previews/queries.ts';
import { link, type Program } from '../compiler/program.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { CliError } from './cli-error.ts';
import { type Context, loadBundle } from './context.ts';
import { demandProfile } from './named-profile.ts';

export interface PersonOptions {
  readonly profile?: string;
  readonly sample?: boolean;
}

/** The files, as `--env` makes them. Errors: `InvalidWorkspace`. */
export async function programOfFiles(context: Context): Promise<Program> {
  return link(0, (await loadBundle(context)).resources);
}

/** The id of a template that is there. Errors: `CliError` with the nearest name. */
export function templateNamed(program: Program, named: string): string {
  const id = named.replace(/^template\//, '');
  if (program.templates.has(id)) return id;
  const near = suggest(id, [...program.templates.keys()]);
  const hint = near === undefined ? 'See `parcours list template`.' : `Did you mean ${near}?`;
  throw new CliError('CLI_UNKNOWN', `The files have no template "${id}". ${hint}`);
}

/** Null: made-up values. Errors: `CliError` where both are asked for, or nobody has the name. */
export async function personOf(context: Context, { profile, sample }: PersonOptions): Promise<PreviewPerson | null> {
  if (profile === undefined) return null;
  if (sample === true) throw new CliError('CLI_BAD_OPTION', 'Say --profile or --sample, one of the two.');
  const store = await context.openStore();
  const person = await store.withSession(async (session) =>
    personToShow(session, await demandProfile(session, profile)),
  );
  if (person === null) throw new CliError('CLI_UNKNOWN', 'That profile is not there any more.');
  return person;
}
