/**
 * Values, places and spellings of parsed documents, and the limits of reading them.
 */
import { describe, expect, test } from 'vitest';
import { documentDepthMax } from '../../engine/config/compose-yaml.ts';
import { parseYaml } from '../../engine/config/parse.ts';
import { isWhole } from '../support/proof.ts';

function parseOne(text: string) {
  const { documents, diagnostics } = parseYaml('a.yaml', text);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(documents.length).toBe(1);
  return documents[0]!;
}

/** The text that a place covers, for places on one line. */
function covered(text: string, range: { line: number; column: number; endLine: number; endColumn: number }): string {
  expect(range.endLine).toBe(range.line);
  return [...text.split('\n')[range.line - 1]!].slice(range.column - 1, range.endColumn - 1).join('');
}

test('scalars are those of YAML 1.2, and their spelling is kept', () => {
  const document = parseOne('a: 01\nb: "01"\nc: NO\nd: 21:00\ne: 1e3\nf: 2026-01-31\ng: ~\nh: true\n');
  expect(document.body).toEqual({ a: 1, b: '01', c: 'NO', d: '21:00', e: 1000, f: '2026-01-31', g: null, h: true });
  expect(['a', 'b', 'e', 'h'].map((key) => document.sourceText([key]))).toEqual(['01', '01', '1e3', 'true']);
});

test('what is no scalar, or is not there, has no spelling', () => {
  const document = parseOne('a: [1]\n');
  expect(document.sourceText(['a'])).toBeUndefined();
  expect(document.sourceText(['b'])).toBeUndefined();
  expect(document.sourceText(['a', 0])).toBe('1');
});

test('places are those of keys and of values', () => {
  const text = 'steps:\n  - id: nudge\n    send: { channel: push, template: first }\n';
  const document = parseOne(text);
  expect(covered(text, document.locate(['steps', 0, 'send', 'template']))).toBe('first');
  expect(covered(text, document.locate(['steps', 0, 'send', 'template'], 'key'))).toBe('template');
  expect(covered(text, document.locate(['steps', 0, 'send']))).toBe('{ channel: push, template: first }');
  expect(covered(text, document.locate(['steps', 0], 'key'))).toBe('id');
  expect(document.locate(['steps'])).toMatchObject({ line: 2, column: 3, endLine: 3, endColumn: 45 });
});

test('the place of what is missing is the key of the nearest parent', () => {
  const text = 'a:\n  b: { c: 1 }\nd:\n';
  const document = parseOne(text);
  expect(covered(text, document.locate(['a', 'b', 'x', 'y']))).toBe('b');
  expect(covered(text, document.locate(['x']))).toBe('a');
  expect(covered(text, document.locate(['d']))).toBe('d');
  expect(covered(text, document.locate([], 'key'))).toBe('a');
});

test('columns count code points', () => {
  const text = 'title: "🎁🎁 é"\nx: { "🎁": y }\n';
  const document = parseOne(text);
  expect(document.locate(['title'])).toMatchObject({ line: 1, column: 8, endColumn: 14 });
  expect(document.locate(['x', '🎁'])).toMatchObject({ line: 2, column: 11, endColumn: 12 });
});

test('a combining character is a column of its own, as editors count', () => {
  const text = 'title: { cafe\u0301: "e\u0301" , x: y }\n';
  const document = parseOne(text);
  expect(document.locate(['title', 'cafe\u0301'])).toMatchObject({ line: 1, column: 17, endColumn: 21 });
  expect(covered(text, document.locate(['title', 'x']))).toBe('y');
});

test('mixed ends of lines are one way of ending lines', () => {
  const text = 'a: 1\r\nb: x\n\r\nc: [y,\r\n  z]\r\n';
  const document = parseOne(text);
  expect(document.body).toEqual({ a: 1, b: 'x', c: ['y', 'z'] });
  expect(document.locate(['b'])).toMatchObject({ line: 2, column: 4, endColumn: 5 });
  expect(document.locate(['c', 1])).toMatchObject({ line: 5, column: 3, endLine: 5, endColumn: 4 });
});

test('what is missing or empty has the spelling that the file shows', () => {
  const document = parseOne('a: ~\nb:\nc: { d }\ne: Null\n"1/2": 0o17\n');
  expect([['a'], ['b'], ['e'], ['1/2']].map((path) => document.sourceText(path))).toEqual(['~', '', 'Null', '0o17']);
  expect(document.sourceText(['c', 'd'])).toBeUndefined();
});

test('lines are counted alike with CR LF, and documents of one file apart', () => {
  const { documents } = parseYaml('a.yaml', 'a: 1\r\n---\r\nb: 2\r\n');
  expect(documents.map((document) => document.locate([]).line)).toEqual([1, 3]);
});

test('an alias is its value, and its parts lie where they are written', () => {
  const document = parseOne('a: &x { b: 01 }\nc: *x\n');
  expect(document.body).toEqual({ a: { b: 1 }, c: { b: 1 } });
  expect(document.locate(['c', 'b'])).toMatchObject({ line: 1, column: 12 });
  expect(document.locate(['c'])).toMatchObject({ line: 2, column: 4 });
  expect(document.sourceText(['c', 'b'])).toBe('01');
});

test('a repeated key is told with its first place, and the rest is read', () => {
  const { documents, diagnostics } = parseYaml('a.yaml', 'a: 1\nb: 2\na: 3\n');
  expect(documents[0]?.body).toEqual({ a: 1, b: 2 });
  expect(diagnostics).toMatchObject([
    { code: 'CFG002', range: { line: 3, column: 1 }, related: [{ range: { line: 1 } }] },
  ]);
});

test('a document with a fault of syntax gives one diagnostic, and the next document is read', () => {
  const { documents, diagnostics } = parseYaml('a.yaml', '- a\nb: 2\n---\nc: 3\n');
  expect(diagnostics.map(({ code }) => code)).toEqual(['CFG001']);
  expect(documents.map(({ body }) => body)).toEqual([{ c: 3 }]);
});

describe('limits', () => {
  const deep = documentDepthMax + 2;
  test.each([
    ['flow lists', '['.repeat(deep) + ']'.repeat(deep)],
    ['flow lists without end', '['.repeat(500_000)],
    ['flow maps', `${'{ a: '.repeat(deep)}x`],
    ['block lists', `${'- '.repeat(deep)}x`],
    ['block lists without end', '- '.repeat(250_000)],
    ['block maps', Array.from({ length: deep }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
  ])('too deep: %s', (_name, text) => {
    const { documents, diagnostics } = parseYaml('a.yaml', text);
    expect(documents).toEqual([]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['CFG006']);
  });

  test.each([
    ['flow lists', '['.repeat(documentDepthMax) + ']'.repeat(documentDepthMax)],
    ['block lists', `${'- '.repeat(documentDepthMax)}x`],
  ])('as deep as allowed: %s', (_name, text) => {
    expect(parseYaml('a.yaml', text).diagnostics).toEqual([]);
  });

  test.each([
    ['keys', (index: number) => `k${index}: 1\n`],
    ['items', (index: number) => `- ${index}\n`],
    ['documents', (index: number) => `---\nk: ${index}\n`],
    ['anchors', (index: number) => `- &a${index} x\n- *a${index}\n`],
    ['repeated keys', () => 'k: 1\n'],
    ['brackets that close nothing', () => ']'],
    ['quotes', () => `"'`],
  ])('a file full of %s takes a time that grows with its size', (_name, part) => {
    const cpuOf = (length: number): number => {
      const text = Array.from({ length }, (_, index) => part(index)).join('');
      const before = process.cpuUsage();
      parseYaml('a.yaml', text);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    };
    // Seconds of the processor, whoever else uses the machine. It takes a fraction of one; a quadratic reading would take ten and more.
    expect(cpuOf(isWhole ? 20_000 : 8_000)).toBeLessThan(isWhole ? 20 : 5);
  });
});
