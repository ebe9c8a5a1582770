import { defineConfig } from 'vitest/config';

/** Proofs run whole take as long as they take; a test of the usual size that takes a minute hangs. */
const timeout = process.env.PROOF === undefined ? 60_000 : 1_800_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: timeout,
    hookTimeout: timeout,
    maxWorkers: 2,
  },
});
