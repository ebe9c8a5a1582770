// One load and compilation of a workspace in a process of its own, by the built program: what `validate` does between its start and its
// output. Arguments: folder, threads.
import { checkFiles } from '../dist/cli/check-workspace.js';

const [root, threads] = process.argv.slice(2);
const began = performance.now();
const { validation } = await checkFiles(root, { isCached: false, now: 0, threads: Number(threads) });
const ms = performance.now() - began;
process.stdout.write(JSON.stringify({ ms, resources: validation.resources, found: validation.diagnostics[0] }));
