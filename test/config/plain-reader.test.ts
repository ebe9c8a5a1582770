/**
 * The reader of plain texts against the `yaml` package: whatever it reads, it reads as the package does, and of what the package has
 * anything to say it says nothing. Mutants of the repository's own files, from fixed seeds: 20,000 in `npm run proof`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseComposed } from '../../engine/config/parse.ts';
import { readPlain } from '../../engine/config/plain-reader.ts';
import { hiddenIn } from '../../engine/config/traps.ts';
import { proofSize } from '../support/proof.ts';
import { mutate, mutations, sequence } from './mutate.ts';

const repository = join(import.meta.dirname, '../..');
const folders = ['segments', 'journeys', 'traits', 'channels', 'schema', 'examples', 'bench', 'init', 'test/fixtures'];
const mutantsWhole = 20_000;
const mutants = proofSize(mutantsWhole);

const texts: readonly string[] = folders
  .flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => readFileSync(join(repository, name), 'utf8'));

/** All that can be known of a text but places, which are the package's in any case. Keys in their order. */
function seen(text: string): string {
  const { documents, diagnostics } = parseComposed('a.yaml', text);
  return JSON.stringify({
    documents: documents.map(({ index, body, spellings }) => ({ index, body, spellings })),
    diagnostics,
  });
}

function seenPlainly(text: string): string | undefined {
  const documents = hiddenIn(text) === undefined ? readPlain(text) : undefined;
  if (documents === undefined) return undefined;
  return JSON.stringify({
    documents: documents.map((body, index) => ({ index, body, spellings: {} })),
    diagnostics: [],
  });
}

/** What differs, if it was read at all. */
function differences(candidates: readonly string[]): { readonly read: number; readonly differing: readonly string[] } {
  const pairs = candidates.map((text) => ({ text, plainly: seenPlainly(text) }));
  const read = pairs.filter(({ plainly }) => plainly !== undefined);
  return {
    read: read.length,
    differing: read.filter(({ text, plainly }) => plainly !== seen(text)).map((one) => one.text),
  };
}

test('most files are plain, and are read as the package reads them', () => {
  const { read, differing } = differences(texts);
  expect(differing).toEqual([]);
  expect(read / texts.length).toBeGreaterThan(0.5);
});

describe('a mutant is read as the package reads it, or not at all', () => {
  test.each(mutations.map((mutation, index) => ({ mutation, index })))(
    '$mutation.name',
    ({ mutation, index }) => {
      const candidates = Array.from({ length: Math.ceil(mutants / mutations.length) }, (_, n) => {
        const random = sequence(index * 2_000_003 + n);
        const [text, other] = [random(), random()].map((chance) => texts[Math.floor(chance * texts.length)]!);
        return mutate(mutation, text!, { random, other: other! });
      });
      expect(differences(candidates).differing).toEqual([]);
    },
    600_000,
  );
});

/** Pieces of YAML, of which some texts are right by chance. */
const pieces = [
  ...[
    'a',
    'b',
    'c',
    'a: ',
    'b: ',
    'c: ',
    'a:',
    'b:',
    '- ',
    '- ',
    '-',
    '  ',
    '  ',
    '    ',
    ' ',
    '\n',
    '\n',
    '\n',
    '\n  ',
    '\n  ',
  ],
  ...[
    '{ ',
    ' }',
    '{',
    '}',
    '[',
    ']',
    ', ',
    ',',
    ': ',
    ':',
    '"',
    '"',
    "'",
    "''",
    '#',
    ' # c',
    '"x y"',
    "'x'",
    '\\',
    '\n---\n',
    '\n...\n',
  ],
  ...[
    '1',
    '-1',
    '1.5',
    '1.50',
    '007',
    '0x1F',
    '1e3',
    '+1',
    '.5',
    '5.',
    '-',
    'true',
    'True',
    'null',
    '~',
    'no',
    'on',
    '12:30',
    'x:y',
    '7d',
  ],
  ...[
    '&a ',
    '*a',
    '!t ',
    '|',
    '>',
    '%',
    '@',
    '`',
    '?',
    '? ',
    '<<',
    '=',
    '/',
    '.',
    '..',
    '---',
    '--- ',
    '...',
    '$',
    '(',
    'é',
    '🎁',
    ';',
    '^',
  ],
];

test('texts of pieces of YAML are read as the package reads them, or not at all', () => {
  const candidates = Array.from({ length: mutants }, (_, n) => {
    const random = sequence(77_000_001 + n);
    const length = 1 + Math.floor(random() * 14);
    return `a: ${Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join('')}`;
  });
  const { read, differing } = differences(candidates);
  expect(differing).toEqual([]);
  expect(read).toBeGreaterThan(candidates.length / 100);
});
