/** The files of a workspace both as written and as compiled, for commands that show them. */
import type { Bundle } from '../compiler/ir.ts';
import type { Project } from '../config/project.ts';
import { hasErrors } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { CliError, InvalidWorkspace } from './cli-error.ts';
import type { Context } from './context.ts';

export interface LoadedFiles {
  readonly project: Project;
  readonly bundle: Bundle;
}

/** Errors: `InvalidWorkspace`. Warnings are for `validate` to tell. */
export function loadFiles(context: Context): Promise<LoadedFiles> {
  return loadFilesIn(context.root, context);
}

/** The same of another workspace than the one around. */
export async function loadFilesIn(
  root: string,
  { environment, form }: Pick<Context, 'environment' | 'form'>,
): Promise<LoadedFiles> {
  const { loadProject } = await import('../config/load-project.ts');
  const { compile } = await import('../compiler/compile.ts');
  const { project, diagnostics } = await loadProject(root, { environment });
  const compiled = hasErrors(diagnostics) ? { bundle: null, diagnostics: [] } : compile(project);
  if (compiled.bundle !== null) return { project, bundle: compiled.bundle };
  const found = [...diagnostics, ...compiled.diagnostics];
  throw new InvalidWorkspace({ diagnostics: found, files: project.files, resources: null }, form);
}

export type BundleResource = Bundle['resources'][number];

/** The resource of that name, `kind/id`. Errors: `CliError` with the nearest name. */
export function findResource(bundle: Bundle, name: string): BundleResource {
  const names = bundle.resources.map((one) => `${one.kind}/${one.id}`);
  const found = bundle.resources[names.indexOf(name)];
  if (found !== undefined) return found;
  const sameId = bundle.resources.filter((one) => one.id === name).map((one) => `${one.kind}/${one.id}`);
  const near = sameId.length > 0 ? sameId.join(' or ') : suggest(name, names);
  const hint = near === undefined ? '`parcours list` shows all.' : `Did you mean ${near}?`;
  throw new CliError('CLI_UNKNOWN', `The files declare no resource "${name}". A resource is named kind/id. ${hint}`);
}
