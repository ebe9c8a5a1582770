import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { isWhole } from './test/support/proof.ts';

/** Proofs run whole take as long as they take; a test of the usual size that takes a minute hangs. */
const timeout = isWhole ? 1_800_000 : 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: timeout,
    hookTimeout: timeout,
    // The files of a worker share modules and the machine code that was made of them, which was a third of the time. So no file may change
    // the process (its environment, its folder, who listens to it) or need one that ran before: `ORDER=7 npx vitest run` mixes them.
    isolate: false,
    // V8 waits ten times longer than by itself before it makes fast code of a function: nearly all that it made that early was used for a
    // moment by one test. That was a tenth of all CPU, beside the tests in threads of its own; not making any costs more than it saves.
    execArgv: ['--interrupt-budget=675840'],
    // One more than the cores that it is meant for: tests wait for processes and the database half of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
