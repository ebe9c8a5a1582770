/**
 * A workspace on disk to a Project: find, read, parse, check against the schemas. All mistakes in one run.
 * References between resources and their meaning are the compiler's.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { make } from '../diagnostics/codes.ts';
import { compareDiagnostics, type Diagnostic, type SourceRange } from '../diagnostics/diagnostic.ts';
import { filesMax, findConfigFiles, workspaceFile } from './find-files.ts';
import { type ParsedDocument, parseYaml } from './parse.ts';
import type { Project, Resource } from './project.ts';
import { readConfigFile } from './read-file.ts';
import { validateDocument } from './validate.ts';

export interface LoadedProject {
  /** Only resources in which nothing is wrong; the text of every file that was read. */
  readonly project: Project;
  /** In their one order; with errors the project is not to be compiled. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Loads the workspace whose `parcours.yaml` stands in `root`. Nothing is read outside of that folder. */
export async function loadProject(root: string): Promise<LoadedProject> {
  if (!(await isFile(join(root, workspaceFile)))) return { project: emptyProject(root), diagnostics: [noWorkspace()] };
  const top = await readDocuments(root, workspaceFile);
  const paths = await findConfigFiles(root, ignoredPaths(top.documents));
  if (paths === undefined) return { project: emptyProject(root), diagnostics: [tooManyFiles()] };

  const files = new Map<string, string>();
  const documents: ParsedDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    const read = path === workspaceFile ? top : await readDocuments(root, path);
    files.set(path, read.text);
    documents.push(...read.documents);
    diagnostics.push(...read.diagnostics);
  }
  const checked = checkDocuments(documents);
  return {
    project: { root, resources: checked.resources, files },
    diagnostics: [...diagnostics, ...checked.diagnostics].sort(compareDiagnostics),
  };
}

interface FileDocuments {
  readonly text: string;
  readonly documents: readonly ParsedDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

async function readDocuments(root: string, file: string): Promise<FileDocuments> {
  const { text, refusal } = await readConfigFile(join(root, file), file);
  if (refusal !== undefined) return { text, documents: [], diagnostics: [refusal] };
  return { text, ...parseYaml(file, text) };
}

/** Each document by its schema, then their identities together. */
function checkDocuments(documents: readonly ParsedDocument[]): {
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const resources: Resource[] = [];
  const diagnostics: Diagnostic[] = [];
  const firsts = new Map<string, SourceRange>();
  for (const document of documents) {
    const { identity, resource, diagnostics: found } = validateDocument(document);
    diagnostics.push(...found);
    if (identity === undefined) continue;
    const misplaced = identity.kind === 'workspace' && document.file !== workspaceFile;
    // A workspace has one workspace document, whatever the ids.
    const name = identity.kind === 'workspace' ? 'workspace' : `${identity.kind}/${identity.id}`;
    const first = firsts.get(name);
    const range = document.locate(['id']);
    if (misplaced) diagnostics.push(misplacedWorkspace(document.locate(['kind'])));
    else if (first !== undefined) diagnostics.push(definedTwice(name, range, first));
    else {
      firsts.set(name, range);
      if (resource !== undefined) resources.push(resource);
    }
  }
  const hasWorkspace = documents.some((document) => isWorkspaceDocument(document));
  if (!hasWorkspace && diagnostics.length === 0) diagnostics.push(noWorkspaceDocument());
  return { resources, diagnostics };
}

function isWorkspaceDocument(document: ParsedDocument): boolean {
  const body = document.body as { readonly kind?: unknown } | null;
  return typeof body === 'object' && body?.kind === 'workspace';
}

/** Read before the schema is asked, since it says which files there are. */
function ignoredPaths(documents: readonly ParsedDocument[]): readonly string[] {
  const body = documents.find(isWorkspaceDocument)?.body as { readonly ignore?: unknown } | undefined;
  return Array.isArray(body?.ignore) ? body.ignore.filter((path): path is string => typeof path === 'string') : [];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function emptyProject(root: string): Project {
  return { root, resources: [], files: new Map() };
}

const topOfWorkspaceFile: SourceRange = { file: workspaceFile, line: 1, column: 1, endLine: 1, endColumn: 1 };

function noWorkspace(): Diagnostic {
  const detail = `A workspace is a folder with a file \`${workspaceFile}\` at its root, and this folder has none. Go to the workspace, or begin one by writing that file with \`kind: workspace\`.`;
  return make('CFG008', { detail });
}

function noWorkspaceDocument(): Diagnostic {
  const detail = `\`${workspaceFile}\` must hold the document \`kind: workspace\` with the zone, currency and locale of the workspace.`;
  return make('CFG008', { detail, range: topOfWorkspaceFile });
}

function tooManyFiles(): Diagnostic {
  const detail = `More than ${filesMax} YAML files lie below this folder. List folders that hold no resources under \`ignore\` in \`${workspaceFile}\`.`;
  return make('CFG032', { detail, range: topOfWorkspaceFile });
}

function misplacedWorkspace(range: SourceRange): Diagnostic {
  const detail = `The document of kind \`workspace\` belongs into \`${workspaceFile}\` at the root. Another workspace has a folder and a \`${workspaceFile}\` of its own.`;
  return make('CFG024', { detail, range });
}

function definedTwice(name: string, range: SourceRange, first: SourceRange): Diagnostic {
  const detail =
    name === 'workspace'
      ? 'A workspace has one document of kind `workspace`. Merge the two.'
      : `\`${name}\` is the identity of one resource, whatever the files are called. Rename or remove one of the two.`;
  return make('CFG023', { detail, range, related: [{ message: 'first defined here', range: first }] });
}
