/**
 * The files that take longest begin first, so that no worker is left with one of them at the end. With a word in ORDER they come in an
 * order that is drawn by that word, to show that none needs another one.
 */
import { createHash } from 'node:crypto';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By what `npm test` printed last; the others come as they are. */
const longest = [
  'store/embedded-server',
  'config/fuzz',
  'server/twilio',
  'cli/sync',
  'faults/daemon',
  'config/format/format-property',
  'faults/outage',
  'profiles/import-file',
  'profiles/destinations',
  'examples/cdnow',
  'activation/determinism',
  'editors/editors',
  'cli/ci-files',
  'compiler/condition-wide-property',
  'activation/traits-property',
  'server/mail',
  'faults/kill',
  'store/control',
  'activation/entry',
  'cli/test',
  'activation/predictions',
  'cli/pull-request',
  'faults/lost-store',
  'faults/fill-kill',
  'faults/time-and-order',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const word = process.env.ORDER;
    if (word) return files.toSorted((a, b) => drawn(word, a).localeCompare(drawn(word, b)));
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return found < 0 ? longest.length : found;
    };
    return [...(await super.sort(files))].sort((a, b) => place(a) - place(b));
  }
}

function drawn(word: string, { moduleId }: TestSpecification): string {
  return createHash('sha256').update(`${word} ${moduleId}`).digest('hex');
}
