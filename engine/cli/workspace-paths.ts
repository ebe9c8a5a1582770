/**
 * What a PATH on the command line means: a workspace, a folder of one, or a file of one. Finds the workspace around it;
 * reads no more than names and, where `parcours.yaml` is missing, the YAML files at the top of a folder.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { CliError } from './cli-error.ts';

/** A workspace of which all files are meant, or some. */
export interface WorkspacePart {
  readonly root: string;
  /** Files and folders relative to the root, with `/`; null: all of it. */
  readonly only: readonly string[] | null;
}

const workspaceFile = 'parcours.yaml';
/** A top-level file beyond this isn't where somebody declared a workspace. */
const bytesMax = 1024 * 1024;

/** The parts that the paths name, one a workspace, in the order in which they are named first. Errors: `CliError`. */
export function findParts(cwd: string, paths: readonly string[]): readonly WorkspacePart[] {
  const parts = new Map<string, string[] | null>();
  for (const path of paths) {
    const { root, inside } = place(resolve(cwd, path), path);
    const known = parts.get(root);
    if (inside === '' || known === null) parts.set(root, null);
    else parts.set(root, [...(known ?? []), inside]);
  }
  return [...parts].map(([root, only]) => ({ root, only }));
}

/** Whether a file of the workspace, by its path relative to the root, is meant. */
export function isMeant({ only }: WorkspacePart, file: string): boolean {
  return only === null || only.some((path) => file === path || file.startsWith(`${path}/`));
}

function place(path: string, written: string): { readonly root: string; readonly inside: string } {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new CliError('CLI_NO_PATH', `There is no file or folder ${written}. Correct the path, or leave it out.`);
  }
  const root = workspaceAround(found.isDirectory() ? path : dirname(path));
  // A folder outside of all workspaces is taken for one: what is missing in it is then said as of any other.
  if (root === undefined) return { root: found.isDirectory() ? path : dirname(path), inside: '' };
  return { root, inside: relative(root, path).split(sep).join('/') };
}

/** The nearest folder, from this one upward, with a `parcours.yaml`; else with a workspace in another file at its top. */
export function workspaceAround(folder: string): string | undefined {
  return nearest(folder, hasWorkspaceFile) ?? nearest(folder, hasWorkspaceDocument);
}

/** Whether the folder itself is one. */
export function isWorkspace(folder: string): boolean {
  return hasWorkspaceFile(folder) || hasWorkspaceDocument(folder);
}

function nearest(from: string, isIt: (folder: string) => boolean): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isIt(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function hasWorkspaceFile(folder: string): boolean {
  return statSync(join(folder, workspaceFile), { throwIfNoEntry: false })?.isFile() === true;
}

function hasWorkspaceDocument(folder: string): boolean {
  return namesOf(folder).some((name) => {
    const file = join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile() !== true || found.size > bytesMax) return false;
    return /^kind:\s*["']?workspace\b/m.test(textOf(file));
  });
}

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch {
    return [];
  }
}

/** Files that can't be read are told by who loads them. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
