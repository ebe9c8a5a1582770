/**
 * The texts of a workspace and the hash of all of them: which file makes the folder a workspace, which files belong to it, what they
 * hold. Nothing is parsed here unless the workspace leaves files out, so that a workspace known by its hash costs no more than reading.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { make } from '../diagnostics/codes.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import { filesMax, findConfigFiles, findTopFiles, workspaceFile } from './find-files.ts';
import { type FileReading, readConfigFile } from './read-file.ts';

/** A file as it was read, with its path relative to the root. */
export interface SourceFile extends FileReading {
  readonly path: string;
}

export interface WorkspaceTexts {
  readonly root: string;
  /** Files that may hold the workspace document: `parcours.yaml`, or without it those at the top of the folder. */
  readonly homes: ReadonlySet<string>;
  /** In the order of their paths. */
  readonly files: readonly SourceFile[];
  /** SHA-256 over all files, hex; null when one of them couldn't be read. */
  readonly hash: string | null;
}

/** Reads the workspace in `root`, and nothing outside of that folder; or says why the folder is none. */
export async function readWorkspace(
  root: string,
): Promise<WorkspaceTexts | { readonly refusals: readonly Diagnostic[] }> {
  const hasHome = isFile(join(root, workspaceFile));
  const tops = hasHome ? [workspaceFile] : await findTopFiles(root);
  const heads = tops.map((path) => readSource(root, path));
  const workspace = await findWorkspaceBody(heads);
  if (!hasHome && !workspace.isThere) return { refusals: [noWorkspace(), ...workspace.diagnostics] };
  const paths = await findConfigFiles(root, workspace.ignore);
  if (paths === undefined) return { refusals: [tooManyFiles()] };
  const known = new Map(heads.map((head) => [head.path, head]));
  const files = paths.map((path) => known.get(path) ?? readSource(root, path));
  return { root, homes: new Set(tops), files, hash: hashOfAll(files) };
}

function readSource(root: string, path: string): SourceFile {
  return { path, ...readConfigFile(join(root, path), path) };
}

function hashOfAll(files: readonly SourceFile[]): string | null {
  const all = createHash('sha256');
  for (const { hash } of files) {
    if (hash === null) return null;
    all.update(hash);
  }
  return all.digest('hex');
}

interface WorkspaceBody {
  readonly isThere: boolean;
  readonly ignore: readonly string[];
  /** What is wrong with the YAML of the files that were looked into. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The workspace document, read before the schema is asked, since it says which files there are. */
async function findWorkspaceBody(files: readonly SourceFile[]): Promise<WorkspaceBody> {
  const isNamed = files.length === 1 && files[0]?.path === workspaceFile;
  const candidates = files.filter(({ text }) => (isNamed ? mayIgnore.test(text) : mayBeWorkspace.test(text)));
  if (candidates.length === 0) return { isThere: isNamed, ignore: [], diagnostics: [] };
  const { parseYaml } = await import('./parse.ts');
  const parsed = candidates.map(({ path, text }) => parseYaml(path, text));
  const bodies = parsed.flatMap(({ documents }) => documents.map(({ body }) => body));
  const body = bodies.find(isWorkspaceBody);
  const ignore = Array.isArray(body?.ignore)
    ? body.ignore.filter((path): path is string => typeof path === 'string')
    : [];
  return { isThere: body !== undefined, ignore, diagnostics: parsed.flatMap(({ diagnostics }) => diagnostics) };
}

/** A text without these can't spell the word, not even by an escape. */
const mayIgnore = /ignore|\\/;
const mayBeWorkspace = /workspace|\\/;

function isWorkspaceBody(body: unknown): body is { readonly ignore?: unknown } {
  return typeof body === 'object' && (body as { readonly kind?: unknown } | null)?.kind === 'workspace';
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** For what is wrong with the workspace as a whole. */
export const topOfWorkspaceFile: SourceRange = { file: workspaceFile, line: 1, column: 1, endLine: 1, endColumn: 1 };

function noWorkspace(): Diagnostic {
  const detail = `A workspace is a folder with a file \`${workspaceFile}\` at its root, and this folder has none, nor another file with \`kind: workspace\` at its top. Go to the workspace, or begin one by writing that file with \`kind: workspace\`.`;
  return make('CFG008', { detail });
}

function tooManyFiles(): Diagnostic {
  const detail = `More than ${filesMax} YAML files lie below this folder. List folders that hold no resources under \`ignore\` in \`${workspaceFile}\`.`;
  return make('CFG032', { detail, range: topOfWorkspaceFile });
}
