/**
 * The tests of a workspace, played, with the place of each in its file: what `parcours test` and `parcours sync` share. The playing is
 * `reconcile/play`; words are `views/test-view.ts`.
 */
import type { Bundle } from '../compiler/ir.ts';
import type { Path, Project, Resource } from '../config/project.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import type { Miss } from '../reconcile/play/expectations.ts';
import type { TestFailure, TestOutcome } from '../reconcile/play/play-together.ts';
import type { TestResource } from '../reconcile/play/played-bundle.ts';
import type { Output } from './views/output.ts';
import { progressOf } from './views/progress.ts';

/** An outcome with its places; a failure says where each expectation stands. */
export interface PlacedOutcome extends TestOutcome {
  readonly range: SourceRange;
  /** Of the misses, or the one place of what can't be played; empty when it passed. */
  readonly places: readonly SourceRange[];
}

export interface PlayOptions {
  readonly project: Project;
  readonly bundle: Bundle;
  /** Those to be played. */
  readonly tests: readonly TestResource[];
  /** Where the embedded server of the scratch databases lives. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
}

/** Plays them in scratch databases. Errors: those of the store. */
export async function playPlaced({
  project,
  bundle,
  tests,
  root,
  env,
  output,
}: PlayOptions): Promise<readonly PlacedOutcome[]> {
  if (tests.length === 0) return [];
  const [{ openScratch }, { playTests }] = await Promise.all([
    import('../store/scratch.ts'),
    import('../reconcile/play/play-tests.ts'),
  ]);
  const progress = progressOf(output);
  const scratch = await openScratch({ root, env });
  try {
    const onProgress = (done: number, of: number) => progress(`playing tests: ${done} of ${of}`);
    const outcomes = await playTests({ bundle, tests, scratch, onProgress });
    return outcomes.map((one) => placed(one, project));
  } finally {
    progress.done();
    await scratch.close();
  }
}

function placed(outcome: TestOutcome, { resources }: Project): PlacedOutcome {
  const resource = resources.find(({ kind, id }) => kind === 'test' && id === outcome.test);
  if (resource === undefined) throw new Error('assertion failed: a test was played that no file declares');
  const { failure } = outcome;
  return { ...outcome, range: resource.locate(['id']), places: failure === null ? [] : placesOf(failure, resource) };
}

function placesOf({ line, misses }: TestFailure, resource: Resource): readonly SourceRange[] {
  if (line < 0) return [resource.locate(['journey'])];
  if (misses.length === 0) return [resource.locate(['play', line])];
  return misses.map((one) => placeOf(one, line, resource));
}

function placeOf({ key, index }: Miss, line: number, resource: Resource): SourceRange {
  const path: Path = ['play', line, 'expect', key];
  // A list of one may be written without brackets.
  const isItem = index !== null && resource.sourceText(path) === undefined;
  return resource.locate(isItem ? [...path, index] : path);
}
