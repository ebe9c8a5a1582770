/**
 * When V8 makes fast code of a function. A setting of the whole process, so only the program's entries and commands that have a process to
 * themselves use it; a daemon, which lives for days, is left as it is.
 */
import { setFlagsFromString } from 'node:v8';

/** Ten times V8's own (67,584 bytes of bytecode run). */
const interruptBudget = 675_840;

/**
 * Lets V8 wait ten times as long before it optimizes a function. It does that in threads of its own, which take turns with the database where there
 * are two cores: of ten simulated days a third of Node's CPU was that, and without it nothing else took longer.
 */
export function optimizeLate(): void {
  setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
}
