/** Tests of workspaces played on databases of the run, as `parcours test` plays them. */
import { compile } from '../../../engine/compiler/compile.ts';
import type { Bundle } from '../../../engine/compiler/ir.ts';
import { loadProject } from '../../../engine/config/load-project.ts';
import { playTests } from '../../../engine/reconcile/play/play-tests.ts';
import type { TestFailure } from '../../../engine/reconcile/play/play-together.ts';
import { testsOf } from '../../../engine/reconcile/play/played-bundle.ts';
import type { ScratchStores } from '../../../engine/store/scratch.ts';
import { testStore } from '../../support/test-store.ts';
import { writeWorkspace } from '../../support/workspace-folder.ts';

/** Databases of the run of our own tests. */
export const scratch: ScratchStores = {
  async make() {
    const store = await testStore();
    return { ...store, ...store.kept, drop: () => store.drop() };
  },
  close: async () => {},
};

/** The bundle of files, or of a folder. */
export async function bundleIn(files: Readonly<Record<string, string>> | string): Promise<Bundle> {
  const { project, diagnostics } = await loadProject(typeof files === 'string' ? files : writeWorkspace(files));
  const compiled = compile(project);
  if (compiled.bundle === null) {
    const said = [...diagnostics, ...compiled.diagnostics].map(({ code, detail }) => `${code} ${detail}`);
    throw new Error(`the files are not valid: ${said.join('; ')}`);
  }
  return compiled.bundle;
}

/** By test, `passed` or what isn't as expected: `line 2 sent: wishes, found nothing`. */
export async function played(bundle: Bundle): Promise<Readonly<Record<string, string>>> {
  const outcomes = await playTests({ bundle, tests: testsOf(bundle), scratch });
  return Object.fromEntries(outcomes.map(({ test, failure }) => [test, failure === null ? 'passed' : words(failure)]));
}

function words({ line, misses, problem }: TestFailure): string {
  if (problem !== null) return `line ${line} ${problem}`;
  return misses.map(({ key, expected, found }) => `line ${line} ${key}: ${expected}, found ${found}`).join('; ');
}
