/** The one layout, rule by rule. That it holds for any layout is in `format-property.test.ts`. */
import { describe, expect, it } from 'vitest';
import { formatYaml } from '../../../engine/config/format/format-yaml.ts';

function formatted(text: string): string {
  const found = formatYaml('a.yaml', text);
  if (found.kind === 'refused') throw new Error(found.diagnostics.map(({ detail }) => detail).join('\n'));
  return found.text;
}

const journey = 'kind: journey\nid: a\n';

describe('the canonical layout', () => {
  it('is two spaces a level, one line end, and one at the end of the file', () => {
    expect(formatted('\ufeffkind: a\r\nwhere:\r\n- x\r\n-   y:    1\r\n    z: 2')).toBe(
      'kind: a\nwhere:\n  - x\n  - y: 1\n    z: 2\n',
    );
  });

  it('puts one separator between documents, and none around them', () => {
    expect(formatted('---\na: 1\n\n---\n\n\nb: 2\n---\n')).toBe('a: 1\n---\nb: 2\n');
  });

  it('keeps one blank line where there were some, and none at the beginning of a block', () => {
    expect(formatted('a:\n\n  - x\n\n\n  - y\n\n\nb: 1\n')).toBe('a:\n  - x\n\n  - y\n\nb: 1\n');
  });

  it('puts the keys that name a document first', () => {
    const text = 'where: x\ntitle: T\ntags: [a]\nowner: o\nid: a\ndescription: d\nkind: segment\n';
    expect(formatted(text)).toBe('kind: segment\nid: a\ntitle: T\ndescription: d\nowner: o\ntags: [a]\nwhere: x\n');
  });

  it('puts the keys of a step in the order of the language', () => {
    const text = `${journey}steps:\n  - otherwise: [ { exit: b } ]\n    for: 2d\n    wait_for: { event: e }\n    if: { trait: t, is: 1 }\n    at: "09:00"\n    after: 1d\n    id: s\n    then: [ { exit: a } ]\n`;
    expect(formatted(text)).toBe(
      `${journey}steps:\n  - id: s\n    after: 1d\n    at: "09:00"\n    if: { trait: t, is: 1 }\n    wait_for: { event: e }\n    for: 2d\n    then: [ { exit: a } ]\n    otherwise: [ { exit: b } ]\n`,
    );
  });

  it('names an exit or a jump by what it does', () => {
    expect(formatted(`${journey}steps:\n  - if: { trait: t, is: 1 }\n    exit: done\n`)).toBe(
      `${journey}steps:\n  - exit: done\n    if: { trait: t, is: 1 }\n`,
    );
  });

  it('keeps a condition on one line up to 120 columns, and makes it a block beyond', () => {
    const name = (columns: number) => 'x'.repeat(columns - '  - { trait: , is: 1 }'.length);
    const at = (columns: number) => `where:\n  - { trait: ${name(columns)}, is: 1 }\n`;
    expect(formatted(at(120))).toBe(at(120));
    expect(formatted(at(121))).toBe(`where:\n  - trait: ${name(121)}\n    is: 1\n`);
  });

  it('puts a step on several lines, an exit, a jump and the single step of a case apart', () => {
    const steps = [
      '  - { id: a, wait: 2d }',
      '  - { goto: b }',
      '  - id: b',
      '    switch: { field: entry.x }',
      '    cases:',
      '      - { is: 1, steps: [ { id: c, wait: 1d } ] }',
      '      - { is: 2, steps: [ { id: d, wait: 1d }, { exit: e } ] }',
      '    otherwise: [ { id: f, wait: 1d } ]',
    ];
    expect(
      formatted(`${journey}steps:\n${steps.join('\n')}\n`)
        .split('\n')
        .slice(3, -1),
    ).toEqual([
      '  - id: a',
      '    wait: 2d',
      '  - { goto: b }',
      '  - id: b',
      '    switch: { field: entry.x }',
      '    cases:',
      '      - { is: 1, steps: [ { id: c, wait: 1d } ] }',
      '      - is: 2',
      '        steps:',
      '          - id: d',
      '            wait: 1d',
      '          - { exit: e }',
      '    otherwise:',
      '      - id: f',
      '        wait: 1d',
    ]);
  });

  it('quotes clocks, and leaves what is spelled otherwise as it is', () => {
    expect(formatted("at: 18:00\nn: 01\nm: 0612345678\nq: 'say \"no\"'\ns: 'it''s'\nz: ~\n")).toBe(
      'at: "18:00"\nn: 01\nm: 0612345678\nq: \'say "no"\'\ns: "it\'s"\nz: ~\n',
    );
  });

  it('pads maps, and lists of maps, but not lists of words', () => {
    expect(formatted('a: {b: [c,d], e: [{f: 1}], g: {}, h: [ ]}\n')).toBe(
      'a: { b: [c, d], e: [ { f: 1 } ], g: {}, h: [] }\n',
    );
  });

  it('keeps comments where they speak, those behind a line in their column', () => {
    const text = `# modeline
# about the file

kind: journey        # behind
id: a
steps:
  # before the first
  - id: a            # behind an id
    wait: 2d
    # at the end of the step
  # at the end of the steps
# about the goal
goal: { event: e }
# at the end
---
# of the second
kind: b
`;
    expect(formatted(text)).toBe(text);
  });

  it('opens brackets that hold comments', () => {
    expect(formatted('a: [b,   # first\n  c]   # all\n')).toBe('a:     # all\n  - b    # first\n  - c\n');
  });

  it('keeps texts over several lines', () => {
    const text = 'a: |\n  one\n\n    two\nb: >-\n  three\n  four\nc: |2\n    five\nd: plain\n  goes on\n';
    expect(formatted(text.replace('a: |\n  one\n\n    two', 'a: |\n     one\n\n       two'))).toBe(text);
  });

  it.each([
    ['where the text ends in spaces', 'a: |+\n  one\n\n      \nb: 1\n', 'a: |+\n  one\n\n      \nb: 1\n'],
    ['where another key comes to stand behind it', 'a: 1\n\nid: |+\n  one\n', 'id: |+\n  one\na: 1\n'],
    ['where a comment stands behind it', 'a: >+\n  one\n    \n# b\n', 'a: >+\n  one\n    \n# b\n'],
  ])('adds no blank line to a text that keeps its line ends, %s', (_where, text, expected) => {
    expect(formatted(text)).toBe(expected);
    expect(formatted(expected)).toBe(expected);
  });

  it.each([
    ['spaces that end the file', 'a: |+\n  one\n  ', 'a: |+\n  one\n'],
    ['lines of spaces', 'a: |+\n     \n  \nb: |-\n    \n', 'a: |+\n\n\nb: |-\n'],
    ['a blank line behind spaces', 'title: |\n  one\n     \n\nid: a\n', 'id: a\ntitle: |\n  one\n     \n'],
    ['a text that ends in spaces', 'a: |\n  one\n     \n\nb: a\n', 'a: |\n  one\n     \nb: a\n'],
    ['a text that is the whole document', '|+\n one\n\n# b\n', '|+\n  one\n\n# b\n'],
  ])('keeps of a text what counts: %s', (_what, text, expected) => {
    expect(formatted(text)).toBe(expected);
    expect(formatted(expected)).toBe(expected);
  });

  it('takes a tab for text when it looks how far a text is indented', () => {
    expect(formatted('a: |\n    \t\n    one\n')).toBe('a: |\n  \t\n  one\n');
  });

  it('leaves the order of keys alone where a value is used again: it must be named first', () => {
    const text = 'where: &w { a: 1 }\nid: *w\nkind: x\n';
    expect(formatted(text)).toBe(text);
  });

  it.each([
    ['broken YAML', 'a: [b\n', 'CFG001'],
    ['a key written twice', 'a: 1\na: 2\n', 'CFG002'],
    ['a tag', 'a: !x 1\n', 'CFG007'],
  ])('refuses %s', (_what, text, code) => {
    expect(formatYaml('a.yaml', text)).toMatchObject({ kind: 'refused', diagnostics: [{ code }] });
  });
});
