/** Formatting by chance: whatever the layout was, the second time changes nothing and the meaning stays, to the digest. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Document, parseAllDocuments, visit } from 'yaml';
import { compile } from '../../../engine/compiler/compile.ts';
import { findConfigFiles } from '../../../engine/config/find-files.ts';
import { formatYaml } from '../../../engine/config/format/format-yaml.ts';
import { loadProject } from '../../../engine/config/load-project.ts';
import { isWhole, proofSize } from '../../support/proof.ts';
import { workspaces, writtenFiles } from './written.ts';

const files = writtenFiles();
const runs = proofSize(12_000);

/** A change of the layout of some lines; each keeps or changes the meaning, the formatter must keep what comes out. */
type Mutation = (lines: string[], at: number, random: number) => void;

const mutations: Readonly<Record<string, Mutation>> = {
  'a blank line': (lines, at) => lines.splice(at, 0, ''),
  'two blank lines with spaces': (lines, at) => lines.splice(at, 0, '   ', ' '),
  'a line of spaces': (lines, at, random) => lines.splice(at, 0, ' '.repeat(random % 30)),
  'a comment on its own line': (lines, at, random) => lines.splice(at, 0, `${' '.repeat(random % 9)}# said ${random}`),
  'a comment behind': (lines, at, random) => {
    lines[at] += `${' '.repeat(1 + (random % 50))}# behind ${random}`;
  },
  'spaces at the end': (lines, at) => {
    lines[at] += '  ';
  },
  'one more space of indent from here to the end': (lines, at) => {
    for (let line = at; line < lines.length; line += 1) lines[line] = ` ${lines[line]}`;
  },
  'one line deeper': (lines, at) => {
    lines[at] = `  ${lines[at]}`;
  },
  'double indent': (lines) => {
    for (const [line, text] of lines.entries()) lines[line] = text.replace(/^ +/, '$&$&');
  },
  'two lines change places': (lines, at) => {
    const [line] = lines.splice(at, 1);
    lines.splice(at + 1, 0, line ?? '');
  },
  'a break in brackets': (lines, at, random) => {
    const parts = lines[at]!.split(', ');
    const cut = 1 + (random % Math.max(1, parts.length));
    lines.splice(
      at,
      1,
      parts.slice(0, cut).join(', ') + (cut < parts.length ? ',' : ''),
      `${' '.repeat(20)}${parts.slice(cut).join(', ')}`,
    );
  },
  'a comment inside brackets': (lines, at, random) => {
    lines[at] = lines[at]!.replace(/, /, `,  # inside ${random}\n${' '.repeat(24)}`);
  },
  'single quotes': (lines, at) => {
    lines[at] = lines[at]!.replaceAll('"', "'");
  },
  'a separator': (lines, at) => lines.splice(at, 0, '---'),
  'a named value': (lines, at) => {
    lines[at] = lines[at]!.replace(/: (?=[\w{[])/, ': &name ');
  },
  'a block text': (lines, at, random) => {
    const sign = ['|', '>', '|-', '>-', '|+', '>+', '|2', '>1-'][random % 8];
    lines[at] = lines[at]!.replace(/^( *(?:- )?)([a-z_]+): .*$/, (_all, margin: string, key: string) => {
      const inside = ' '.repeat(margin.length + 2);
      return `${margin}${key}: ${sign}\n${inside}one\n\n${inside}  two\n${inside}three\n\n`;
    });
  },
};

const mutation = fc.record({
  name: fc.constantFrom(...Object.keys(mutations)),
  at: fc.nat(),
  random: fc.nat(10_000),
});

function mutate(text: string, changes: readonly { name: string; at: number; random: number }[]): string {
  const lines = text.split('\n');
  for (const { name, at, random } of changes) mutations[name]!(lines, at % lines.length, random);
  return lines.join('\n');
}

/** The same document as the yaml package writes it, all in brackets or nothing in brackets. */
function rewritten(text: string, flow: boolean, indent: number): string {
  return parseAllDocuments(text)
    .map((document) => {
      visit(document as Document, {
        Collection: (_key, node) => {
          node.flow = flow && node !== document.contents;
        },
      });
      return (document as Document).toString({ indent, lineWidth: 60 });
    })
    .join('---\n');
}

describe('formatting', () => {
  it('changes nothing the second time, whatever was done to the layout', () => {
    let formattedCount = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(mutation, { maxLength: 6 }),
        fc.boolean(),
        ({ path, text }, changes, crlf) => {
          const mutated = mutate(text, changes);
          const first = formatYaml(path, crlf ? mutated.replaceAll('\n', '\r\n') : mutated);
          if (first.kind === 'refused') return;
          formattedCount += 1;
          expect(formatYaml(path, first.text)).toEqual(first);
        },
      ),
      { numRuns: runs, seed: 7 },
    );
    expect(formattedCount).toBeGreaterThan(runs / 5);
  }, 600_000);

  it.each(files.filter(({ path }) => !path.startsWith('..')))('changes nothing in $path', ({ path, text }) => {
    expect(formatYaml(path, text)).toEqual({ kind: 'formatted', text });
  });

  it.each([
    { flow: true, indent: 2, nth: 0 },
    { flow: false, indent: 2, nth: 1 },
    { flow: false, indent: 5, nth: 2 },
  ])('changes nothing the second time when another program wrote the file: %o', ({ flow, indent, nth }) => {
    // Each file in one of the three ways, or in all of them by `npm run proof`.
    for (const { path, text } of files.filter((_, index) => isWhole || index % 3 === nth)) {
      const first = formatYaml(path, rewritten(text, flow, indent));
      expect(first.kind, path).toBe('formatted');
      if (first.kind === 'formatted') expect(formatYaml(path, first.text), path).toEqual(first);
    }
  });

  it.each(workspaces)('keeps the digest of %s', async (root) => {
    const folder = mkdtempSync(join(tmpdir(), 'parcours-format-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const ignore = ['bench', 'demo', 'docs', 'examples', 'test'];
    const paths = (await findConfigFiles(root, ignore)) ?? [];
    for (const path of paths) {
      cpSync(join(root, path), join(folder, path));
      const formatted = formatYaml(path, readFileSync(join(root, path), 'utf8'));
      if (formatted.kind === 'formatted') writeFileSync(join(folder, path), formatted.text);
    }
    expect(paths.length).toBeGreaterThan(1);
    const digests = await Promise.all([root, folder].map(digestOf));
    expect(digests[1]).toBe(digests[0]);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

async function digestOf(root: string): Promise<string | undefined> {
  const { project } = await loadProject(root);
  return compile(project).bundle?.digest;
}
