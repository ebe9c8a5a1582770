/**
 * What V8 is told of how to make fast code and of when to clear memory. Settings of the whole process, so only the program's entries and
 * commands that have a process to themselves use them.
 */
import { setFlagsFromString } from 'node:v8';

/** Ten times V8's own (67,584 bytes of bytecode run). */
const interruptBudget = 675_840;

/**
 * Lets V8 wait ten times as long before it optimizes a function. It does that in threads of its own, which take turns with the database where there
 * are two cores: of ten simulated days a third of Node's CPU was that, and without it nothing else took longer. A daemon, which lives for
 * days, is left as it is.
 */
export function optimizeLate(): void {
  setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
}

/** In percent of what was in use when memory was cleared last. V8's own goes up to 300, by how fast it is at the moment. */
const heapGrowth = 200;

/**
 * Has memory cleared before it is four times what is in use. What a transaction or a batch holds lives long enough to be taken for old, and is
 * cleared with the old: with 1,000 live journeys two workers took 174 to 214 MB at most, and 169 to 185 with this, in the same time.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${heapGrowth}`);
}
