/**
 * The quick check against ajv: it says yes to what is right, and never to what isn't. Documents are those of the repository, with one
 * value, key or item changed, from a fixed seed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ParsedDocument, parseYaml } from '../../engine/config/parse.ts';
import { type ResourceKind, resourceKinds } from '../../engine/config/project.ts';
import { isSurelyValid, readSchema, validatorOf } from '../../engine/config/schemas.ts';
import { proofSize } from '../support/proof.ts';
import { sequence } from './mutate.ts';

const repository = join(import.meta.dirname, '../..');
const folders = ['segments', 'journeys', 'traits', 'channels', 'templates', 'examples', 'init', 'test/fixtures'];
const changesOfEach = proofSize(200, 12);

interface Known {
  readonly kind: ResourceKind;
  readonly document: ParsedDocument;
}

const documents: readonly Known[] = folders
  .flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .flatMap((name) => parseYaml(name, readFileSync(join(repository, name), 'utf8')).documents)
  .flatMap((document) => {
    const kind = resourceKinds.find((one) => one === (document.body as { readonly kind?: unknown } | null)?.kind);
    return kind === undefined ? [] : [{ kind, document }];
  });

const words = [
  '',
  'a',
  'no such',
  '7d',
  '10:00',
  '80 EUR',
  'entry',
  'last',
  'secret',
  '2026-01-01',
  'fr',
  '10 %',
  'EUR',
];
const values: readonly unknown[] = [
  ...words,
  0,
  1,
  -1,
  1.5,
  101,
  1e9,
  true,
  false,
  null,
  [],
  {},
  ['a'],
  ['a', 'a'],
  [1, 1],
  { a: 1 },
];
const keys = [
  'id',
  'if',
  'all',
  'any',
  'not',
  'is',
  'in',
  'event',
  'trait',
  'where',
  'send',
  'wait',
  'as',
  'title',
  'constructor',
  'x',
];

/** The same value with one change somewhere in it. */
function changed(value: unknown, random: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const isDeeper = typeof value === 'object' && value !== null && Object.keys(value).length > 0 && random() < 0.85;
  if (!isDeeper) return pick(values);
  const at = pick(Object.keys(value));
  const way = random();
  if (Array.isArray(value)) {
    if (way < 0.1) return value.filter((_, index) => index !== Number(at));
    if (way < 0.2) return [...value, value[Number(at)]];
    return value.map((item, index) => (index === Number(at) ? changed(item, random) : item));
  }
  const entries = Object.entries(value);
  if (way < 0.1) return Object.fromEntries(entries.filter(([key]) => key !== at));
  if (way < 0.2) return Object.fromEntries([...entries, [pick(keys), pick(values)]]);
  if (way < 0.3) return Object.fromEntries(entries.map(([key, part]) => [key === at ? pick(keys) : key, part]));
  return Object.fromEntries(entries.map(([key, part]) => [key, key === at ? changed(part, random) : part]));
}

test('the kinds and forms of all schemas are known to it', () => {
  for (const kind of resourceKinds) expect(readSchema(kind).$id).toBe(`${kind}.json`);
  expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(resourceKinds));
});

test('it says yes to each document that is valid, unless a number in it is spelled oddly', () => {
  const doubted = documents.filter(
    ({ kind, document }) =>
      Object.keys(document.spellings).length === 0 &&
      validatorOf(kind).call(document, document.body) &&
      !isSurelyValid(kind, document),
  );
  expect(doubted.map(({ document }) => document.file)).toEqual([]);
});

test('what ajv can not be asked about is refused and not passed on', () => {
  // A null among the caps once reached a keyword that reads keys.
  for (const caps of [[null], ['x'], [[]]])
    expect(validatorOf('pressure')({ kind: 'pressure', id: 'a', caps })).toBe(false);
});

describe('whatever is changed in a document, it says of it what ajv says', () => {
  test.each(resourceKinds)('%s', (kind) => {
    const random = sequence(resourceKinds.indexOf(kind) + 11);
    const own = documents.filter((one) => one.kind === kind);
    let right = 0;
    let wrong = 0;
    const differing: unknown[] = [];
    for (const { document } of own) {
      for (let n = 0; n < changesOfEach; n += 1) {
        const body = { ...(changed(document.body, random) as object), kind };
        const isValid = validatorOf(kind)(body);
        if (isSurelyValid(kind, { ...document, body, spellings: {} }) !== isValid) differing.push({ isValid, body });
        if (isValid) right += 1;
        else wrong += 1;
      }
    }
    expect(differing).toEqual([]);
    expect(Math.min(right, wrong)).toBeGreaterThan(0);
  });
});
