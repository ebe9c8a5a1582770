/**
 * Whether a workspace's files are right, and the bundle of them; remembered under the hash of all files, so that asking again costs
 * their reading. What loads slowly (the parser, the schemas, the compiler) is loaded only where something isn't remembered.
 */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Finding, findingsAt } from '../compiler/guardrails/finding.ts';
import type { Bundle } from '../compiler/ir.ts';
import { openCompilerCrew } from '../compiler/open-crew.ts';
import { type Cache, openCache } from '../config/cache-folder.ts';
import type { Crew } from '../config/crew.ts';
import { readWorkspace, type WorkspaceTexts } from '../config/read-workspace.ts';
import { compareDiagnostics, type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Validation } from './views/diagnostics-view.ts';

export interface CheckOptions {
  /** False: every file is read and checked anew, and nothing is kept. */
  readonly isCached: boolean;
  /** Milliseconds since the epoch: exceptions from guardrails end. */
  readonly now: number;
  /** What `--env` names; null (default): the documents as they stand. */
  readonly environment?: string | null | undefined;
  /** Threads for many files; by default one for each core, and no more than four. */
  readonly threads?: number;
}

export interface CheckedWorkspace {
  readonly validation: Validation;
  /** Null when the files have errors. */
  readBundle(): Promise<Bundle | null>;
}

/** More threads would spend longer on starting than they save, in a workspace of some thousands of files. */
const threadsMax = 4;

/** What is remembered of a workspace. Plain JSON. */
interface Verdict {
  /** Those of the files and of the compiler. */
  readonly diagnostics: readonly Diagnostic[];
  /** Those of guardrails, which count by the day, in this zone. */
  readonly findings: readonly Finding[];
  readonly zone: string;
  /** Null when the files have errors. */
  readonly resources: number | null;
}

interface Outcome {
  readonly verdict: Verdict;
  readBundle(): Bundle | null;
}

/** Loads and compiles the files in `root`, or remembers what became of them; never throws for what is wrong in them. */
export async function checkFiles(root: string, options: CheckOptions): Promise<CheckedWorkspace> {
  const texts = await readWorkspace(root);
  if ('refusals' in texts) {
    const validation = { diagnostics: texts.refusals, files: new Map<string, string>(), resources: null };
    return { validation, readBundle: () => Promise.resolve(null) };
  }
  const cache = options.isCached ? openCache(root) : undefined;
  const make = (): Promise<Outcome> => compileTexts(texts, cache, options);
  const name = verdictName(texts, options.environment ?? null);
  const known = recall(cache, name);
  const made = known === undefined ? await make() : undefined;
  const verdict = known ?? made?.verdict ?? assertMade();
  if (made !== undefined) remember(cache, name, verdict);
  return {
    validation: validationOf(texts, verdict, options.now),
    readBundle: async () => (made ?? (await make())).readBundle(),
  };
}

function assertMade(): never {
  throw new Error('assertion failed: what is not remembered was made');
}

async function compileTexts(
  texts: WorkspaceTexts,
  cache: Cache | undefined,
  { threads, environment }: CheckOptions,
): Promise<Outcome> {
  const crew = openCompilerCrew(threads ?? Math.min(threadsMax, availableParallelism()));
  try {
    return await compileWith(crew, texts, { cache, environment });
  } finally {
    await crew.close();
  }
}

async function compileWith(
  crew: Crew,
  texts: WorkspaceTexts,
  { cache, environment }: { readonly cache: Cache | undefined; readonly environment: string | null | undefined },
): Promise<Outcome> {
  const { loadTexts } = await import('../config/load-project.ts');
  const { project, diagnostics: loaded } = await loadTexts(texts, { cache, crew, environment });
  if (hasErrors(loaded)) {
    return {
      verdict: { diagnostics: loaded, findings: [], zone: 'UTC', resources: null },
      readBundle: () => null,
    };
  }
  const [{ checkWithCrew }, { openCompileMemo }] = await Promise.all([
    import('../compiler/compile.ts'),
    import('../compiler/compile-memo.ts'),
  ]);
  const memo = openCompileMemo(cache);
  const { diagnostics, findings, zone, resources, readBundle } = await checkWithCrew(project, memo, crew);
  memo.save();
  return { verdict: { diagnostics: [...loaded, ...diagnostics], findings, zone, resources }, readBundle };
}

function validationOf({ files }: WorkspaceTexts, verdict: Verdict, now: number): Validation {
  const found = findingsAt(verdict.findings, now, verdict.zone);
  return {
    diagnostics: [...verdict.diagnostics, ...found].sort(compareDiagnostics),
    files: new Map(files.map(({ path, text }) => [path, text])),
    resources: verdict.resources,
  };
}

/** Under what the verdict is kept; null when a file couldn't be read. */
function verdictName({ hash }: WorkspaceTexts, environment: string | null): string | null {
  if (hash === null) return null;
  // Hashed, since a name from the command line may be no name of a file.
  const suffix = environment === null ? '' : `-${createHash('sha256').update(environment).digest('hex').slice(0, 16)}`;
  return `verdict-${hash}${suffix}`;
}

function recall(cache: Cache | undefined, name: string | null): Verdict | undefined {
  const found = name === null ? undefined : (cache?.read(name) as Verdict | undefined);
  return Array.isArray(found?.diagnostics) && Array.isArray(found.findings) ? found : undefined;
}

/** What was said about a secret in plain text isn't kept, though it doesn't repeat the secret. */
function remember(cache: Cache | undefined, name: string | null, verdict: Verdict): void {
  if (name === null || verdict.diagnostics.some(({ code }) => code === 'CFG029')) return;
  cache?.write(name, verdict);
}
