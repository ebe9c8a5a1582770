// One load and compilation of a workspace in a process of its own, by the built program: what `validate` does between its start and its
// output. Arguments: folder, threads.
import { loadProject } from '../dist/config/load-project.js';
import { compile } from '../dist/compiler/compile.js';

const [root, threads] = process.argv.slice(2);
const began = performance.now();
const { project, diagnostics } = await loadProject(root, { threads: Number(threads) });
const compiled = diagnostics.length > 0 ? null : compile(project);
const ms = performance.now() - began;
process.stdout.write(JSON.stringify({ ms, resources: compiled?.bundle?.resources.length ?? 0, found: diagnostics[0] ?? compiled?.diagnostics[0] }));
