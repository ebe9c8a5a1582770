/**
 * A workspace on disk to a Project: find, read, parse, check against the schemas. All mistakes in one run.
 * References between resources and their meaning are the compiler's.
 */
import { make } from '../diagnostics/codes.ts';
import { compareDiagnostics, type Diagnostic, type SourceRange } from '../diagnostics/diagnostic.ts';
import type { Cache } from './cache-folder.ts';
import type { Crew } from './crew.ts';
import { applyEnvironment } from './environments.ts';
import { type DocumentReport, type FileReport, reportFile } from './file-report.ts';
import { workspaceFile } from './find-files.ts';
import { mapAt, readParameters, usesParameters } from './parameters.ts';
import { locateIn, parseYaml, spellingAt } from './parse.ts';
import type { Project, Resource } from './project.ts';
import { readWorkspace, type SourceFile, topOfWorkspaceFile, type WorkspaceTexts } from './read-workspace.ts';
import { openReportCache } from './report-cache.ts';
import { reportFiles } from './report-files.ts';

export interface LoadedProject {
  /** Only resources in which nothing is wrong; the text of every file that was read. */
  readonly project: Project;
  /** In their one order; with errors the project is not to be compiled. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface LoadOptions {
  /** Where reports of files are kept from one run to the next; without it each file is parsed. */
  readonly cache?: Cache | undefined;
  /** Who reads many files together; without it this thread does it alone. */
  readonly crew?: Crew | undefined;
  /** What `--env` names. Null (default): the documents as they stand. Whoever caches what comes of it must know it by this name, too. */
  readonly environment?: string | null | undefined;
}

/** Loads the workspace in `root`: the folder with `parcours.yaml`, or with another file that holds the workspace document. */
export async function loadProject(root: string, options: LoadOptions = {}): Promise<LoadedProject> {
  const texts = await readWorkspace(root);
  if ('refusals' in texts) return refusedProject(root, texts.refusals);
  return loadTexts(texts, options);
}

/** A folder that is no workspace. */
export function refusedProject(root: string, diagnostics: readonly Diagnostic[]): LoadedProject {
  return { project: { root, resources: [], files: new Map() }, diagnostics };
}

/** The project of texts that were read. */
export async function loadTexts(texts: WorkspaceTexts, options: LoadOptions = {}): Promise<LoadedProject> {
  const { root, files } = texts;
  const reports = await reportsOf(texts, options);
  const checked = checkDocuments(texts, reports);
  const applied = applyEnvironment(checked.resources, options.environment ?? null);
  const diagnostics = [
    ...files.flatMap(({ refusal }) => refusal ?? []),
    ...reports.flatMap((report) => report.diagnostics),
    ...checked.diagnostics,
    ...applied.diagnostics,
  ];
  if (!checked.hasWorkspace && diagnostics.length === 0) diagnostics.push(noWorkspaceDocument());
  return {
    project: {
      root,
      resources: asFingerprinted(applied.resources, checked.resources),
      files: new Map(files.map(({ path, text }) => [path, text])),
    },
    diagnostics: diagnostics.sort(compareDiagnostics),
  };
}

/** What an environment changed isn't known by its file any more. */
function asFingerprinted(applied: readonly Resource[], written: readonly Resource[]): readonly Resource[] {
  if (applied === written) return applied;
  const unchanged = new Set(written);
  return applied.map((resource) => {
    if (unchanged.has(resource)) return resource;
    const { fingerprint: _, ...changed } = resource;
    return changed;
  });
}

const nothing: FileReport = { documents: [], diagnostics: [] };

/** The report of each file: from the cache, or made now. */
async function reportsOf(texts: WorkspaceTexts, options: LoadOptions): Promise<readonly FileReport[]> {
  const { files } = texts;
  const cache = options.cache && openReportCache(options.cache);
  const filled = filledReports(texts, options.environment ?? null);
  const known = files.map(({ hash, path }) => (hash === null ? nothing : (filled.get(path) ?? cache?.get(hash))));
  const missing = files.filter((_, index) => known[index] === undefined);
  const made =
    options.crew === undefined
      ? missing.map(({ path, text }) => reportFile(path, text))
      : (await reportFiles(missing, options.crew)).reports;
  const reports = new Map(missing.map(({ hash }, index) => [hash, made[index]!] as const));
  for (const [hash, report] of reports) if (hash !== null) cache?.put(hash, report);
  cache?.save();
  return files.map(({ hash }, index) => known[index] ?? reports.get(hash) ?? nothing);
}

/** Files with parameters say something else for each environment: they are few, and no cache holds them. */
function filledReports({ files, homes }: WorkspaceTexts, environment: string | null): ReadonlyMap<string, FileReport> {
  const using = files.filter(({ text }) => usesParameters(text));
  if (using.length === 0) return new Map();
  const documents = files
    .filter(({ path }) => homes.has(path))
    .flatMap(({ path, text }) => parseYaml(path, text).documents);
  const workspace = documents.find(({ body }) => mapAt(body, []).kind === 'workspace');
  const parameters = readParameters(workspace, environment);
  return new Map(using.map(({ path, text }) => [path, reportFile(path, text, parameters)]));
}

interface Checked {
  readonly resources: readonly Resource[];
  readonly hasWorkspace: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** The identities of all documents together, and those that are right as resources. */
function checkDocuments({ files, homes }: WorkspaceTexts, reports: readonly FileReport[]): Checked {
  const resources: Resource[] = [];
  const diagnostics: Diagnostic[] = [];
  const firsts = new Map<string, Resource>();
  let hasWorkspace = false;
  for (const [index, source] of files.entries()) {
    for (const document of reports[index]!.documents) {
      hasWorkspace ||= document.kind === 'workspace';
      const resource = resourceOf(source, document);
      if (document.id === null) continue;
      // A workspace has one workspace document, whatever the ids.
      const name = document.kind === 'workspace' ? 'workspace' : `${document.kind}/${document.id}`;
      const first = firsts.get(name);
      if (document.kind === 'workspace' && !homes.has(source.path))
        diagnostics.push(misplacedWorkspace(resource, homes));
      else if (first !== undefined) diagnostics.push(definedTwice(name, resource, first));
      else {
        firsts.set(name, resource);
        if (document.valid !== null) resources.push(resource);
      }
    }
  }
  return { resources, hasWorkspace, diagnostics };
}

/** What stands for the body of a document that is wrong: it serves to say where it is. */
const nothingValid: NonNullable<DocumentReport['valid']> = { body: {}, spellings: {} };

/** Its body isn't read here: from the cache, each is parsed when somebody needs it. */
export function resourceOf(
  { path, text, hash }: Pick<SourceFile, 'path' | 'text' | 'hash'>,
  { index, kind, id, valid }: DocumentReport,
): Resource {
  const kept = valid ?? nothingValid;
  return {
    kind,
    id: id ?? '',
    get body() {
      return kept.body;
    },
    file: path,
    // With parameters, a file says something else in each environment.
    ...(!usesParameters(text) && { fingerprint: `${hash}:${index}` }),
    locate: (at, on = 'value') => locateIn({ file: path, text, index }, at, on),
    sourceText: (at) => spellingAt(kept.body, kept.spellings, at),
  };
}

function noWorkspaceDocument(): Diagnostic {
  const detail = `\`${workspaceFile}\` must hold the document \`kind: workspace\` with the zone, currency and locale of the workspace.`;
  return make('CFG008', { detail, range: topOfWorkspaceFile });
}

function misplacedWorkspace({ locate }: Resource, homes: ReadonlySet<string>): Diagnostic {
  const where = homes.has(workspaceFile)
    ? `into \`${workspaceFile}\` at the root`
    : 'into a file at the top of the folder';
  const detail = `The document of kind \`workspace\` belongs ${where}. Another workspace has a folder and a \`${workspaceFile}\` of its own.`;
  return make('CFG024', { detail, range: locate(['kind']) });
}

function definedTwice(name: string, { file, locate }: Resource, first: Resource): Diagnostic {
  const elsewhere = file === first.file ? '' : `, and \`${first.file}\` holds one beside \`${file}\``;
  const detail =
    name === 'workspace'
      ? `A workspace has one document of kind \`workspace\`${elsewhere}. Merge the two.`
      : `\`${name}\` is the identity of one resource, whatever the files are called. Rename or remove one of the two.`;
  const related: readonly { readonly message: string; readonly range: SourceRange }[] = [
    { message: 'first defined here', range: first.locate(['id']) },
  ];
  return make('CFG023', { detail, range: locate(['id']), related });
}
