/**
 * `types.gen.ts` is what the schemas say.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateTypes, typesFile } from '../../engine/config/generate-types.ts';
import type { JourneyDocument, SegmentDocument, Step } from '../../engine/config/types.gen.ts';

test('the types are fresh: `npm run generate` changes nothing', async () => {
  const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url));
  const formatted = execFileSync(biome, ['format', '--stdin-file-path=engine/config/types.gen.ts'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    input: await generateTypes(),
    encoding: 'utf8',
  });
  const isFresh = readFileSync(typesFile, 'utf8') === formatted;
  expect(isFresh, 'run `npm run generate` and commit engine/config/types.gen.ts').toBe(true);
});

test('documents can be written in the types', () => {
  const segment: SegmentDocument = { kind: 'segment', id: 'a', where: [{ trait: 'country', in: ['AR'] }] };
  const step: Step = { id: 'nudge', send: { channel: { first_of: ['push', 'sms'] }, template: 'first' } };
  const journey: JourneyDocument = {
    kind: 'journey',
    id: 'a',
    objective: 'loyalty',
    entry: { when: { enters: segment.id }, current_members: 'skip' },
    steps: [step, { exit: 'done' }],
  };
  expect(journey.steps).toHaveLength(2);
});
