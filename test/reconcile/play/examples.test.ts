/** The tests that come with the examples and with `parcours init` pass; those of the root workspace are played by `docs/testing.test.ts`. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundleIn, played } from './played.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it.each(['examples/cdnow', 'examples/pull-request/shop', 'init/marketplace', 'init/retail'])(
  'the tests of %s pass',
  async (folder) => {
    const outcomes = Object.values(await played(await bundleIn(`${root}${folder}`)));
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter((one) => one !== 'passed')).toEqual([]);
  },
  60_000,
);
