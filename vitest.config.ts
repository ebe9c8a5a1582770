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
    // Files that a worker runs share the modules and what the machine has compiled of them: a third of the time. No file may change the
    // process (its environment, its folder, what listens to it), nor depend on one that ran before; `npm run proof:order` shows it.
    isolate: false,
    // One more than the cores that it is meant for: tests wait for processes and the database half of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
