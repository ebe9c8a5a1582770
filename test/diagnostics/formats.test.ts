/** The forms for editors, for CI servers and for scanners: what each must hold, and what must not break out of it. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { allCodes, make } from '../../engine/diagnostics/codes.ts';
import type { Diagnostic, SourceRange } from '../../engine/diagnostics/diagnostic.ts';
import { limitShown } from '../../engine/diagnostics/limit-shown.ts';
import { firstSentence, nameInvisible } from '../../engine/diagnostics/plain-text.ts';
import { type DiagnosticFormat, diagnosticFormats, renderDiagnostics } from '../../engine/diagnostics/render.ts';
import { renderConcise } from '../../engine/diagnostics/render-concise.ts';
import { renderGithub } from '../../engine/diagnostics/render-github.ts';
import { renderJunit } from '../../engine/diagnostics/render-junit.ts';
import { renderPretty } from '../../engine/diagnostics/render-pretty.ts';
import { renderSarif } from '../../engine/diagnostics/render-sarif.ts';

const at = (line: number, column = 3, file = 'a.yaml'): SourceRange => ({
  file,
  line,
  column,
  endLine: line,
  endColumn: column + 4,
});
const error = (line: number, detail = 'It is wrong. It matters.'): Diagnostic =>
  make('CFG011', { detail, range: at(line) });
const warning = (line: number): Diagnostic => make('CMP054', { detail: 'It is odd.', range: at(line) });
const nowhere: Diagnostic = make('CFG008', { detail: 'There is none. Begin one.' });
const many = (errors: number, warnings: number): Diagnostic[] => [
  ...Array.from({ length: warnings }, (_, i) => warning(i + 1)),
  ...Array.from({ length: errors }, (_, i) => error(1000 + i)),
];

describe('concise', () => {
  it('says each in one line that editors understand, and counts them', () => {
    const suggested = make('CFG011', { detail: 'No key `whre`. It has `where`.', range: at(7), suggestion: 'where' });
    expect(renderConcise([warning(9), suggested, nowhere], { folder: 'shop/' })).toBe(
      'error CFG008: There is none.\n' +
        'shop/a.yaml:7:3: error CFG011: No key `whre`. Did you mean `where`?\n' +
        'shop/a.yaml:9:3: warning CMP054: It is odd.\n' +
        '2 errors, 1 warning\n',
    );
    expect(renderConcise([])).toBe('');
  });

  it('keeps a sentence whole that has a dot inside, and a text without a full stop', () => {
    expect(firstSentence('`entry.total` of 1.5 is no field. Next.')).toBe('`entry.total` of 1.5 is no field.');
    expect(firstSentence('no stop\nhere')).toBe('no stop here');
  });

  it('lets nothing of a file begin a line of its own', () => {
    expect(renderConcise([error(1, 'Bad \u001b[31m\r\n::error::x\u2028y')]).split('\n')).toHaveLength(3);
  });
});

it('what nobody would see is named where a text is shown as it is', () => {
  expect(nameInvisible('a\tb\u202ec\u00a0d\n e')).toBe('a<U+0009>b<U+202E>c<U+00A0>d\n e');
});

describe('the limit of what people see', () => {
  it('keeps errors before warnings, shows them in order, and says how many are left and how to see them', () => {
    const { shown, hidden } = limitShown(many(49, 30));
    expect(shown).toHaveLength(50);
    expect(shown[0]).toEqual(warning(1));
    expect(hidden.every((d) => d.severity === 'warning')).toBe(true);
    const words = '49 errors, 30 warnings; 50 of them are shown. The rest (29 warnings): parcours validate --all\n';
    expect(renderConcise(many(49, 30)).endsWith(words)).toBe(true);
    expect(renderPretty(many(49, 30), new Map()).endsWith(words)).toBe(true);
    expect(renderConcise(many(49, 30)).split('\n')).toHaveLength(52);
  });

  it('is lifted by --all, and is none for programs', async () => {
    const options = { isColoured: false, isStrict: false, folder: '', files: new Map(), version: '1.0.0' };
    const lines = async (format: DiagnosticFormat, isAll: boolean) =>
      (await renderDiagnostics(format, many(60, 60), { ...options, isAll })).match(/CFG011|CMP054/g)?.length ?? 0;
    expect(await lines('pretty', false)).toBe(50);
    expect(await lines('pretty', true)).toBe(120);
    expect(await lines('concise', true)).toBe(120);
    for (const format of ['json', 'github', 'sarif', 'junit'] as const)
      expect(await lines(format, false)).toBeGreaterThanOrEqual(120);
  });
});

describe('github', () => {
  it('gives errors before warnings, with place, title and message', () => {
    const related = [{ message: 'first defined here', range: at(2, 5, 'b.yaml') }];
    const twice = make('CFG023', { detail: 'Twice.', range: at(8), related });
    expect(renderGithub([warning(1), twice], { folder: 'shop/' }).split('\n')).toEqual([
      '::error file=shop/a.yaml,line=8,col=3,endLine=8,endColumn=7,title=CFG023%3A The same resource is defined twice::Twice.%0Afirst defined here: shop/b.yaml:2:5',
      '::warning file=shop/a.yaml,line=1,col=3,endLine=1,endColumn=7,title=CMP054%3A Never reached::It is odd.',
      '1 error, 1 warning',
      '',
    ]);
  });

  it('escapes what would end a property or a command', () => {
    const range = { ...at(1), file: 'a,b:c%.yaml', endLine: 3 };
    const text = renderGithub([make('CFG001', { detail: '100 %: a,\r\nb', range })]);
    expect(text.split('\n')[0]).toBe(
      '::error file=a%2Cb%3Ac%25.yaml,line=1,endLine=3,title=CFG001%3A This is not valid YAML::100 %25: a,%0D%0Ab',
    );
  });

  it('says in one notice what GitHub will not show', () => {
    const lines = renderGithub(many(13, 11)).trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('::notice '))).toEqual([lines.at(-2)]);
    expect(lines.at(-2)).toContain('holds 3 errors, 1 warning more.');
    expect(renderGithub(many(10, 10))).not.toContain('::notice');
    expect(renderGithub([nowhere])).toMatch(/^::error title=CFG008/);
  });
});

describe('sarif', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../fixtures/diagnostics/sarif-2.1.0-part.json', import.meta.url), 'utf8'),
  );
  const ajv = new Ajv({
    strictTypes: false,
    strictRequired: false,
    formats: { uri: /^[a-z]+:\/\/\S+$/, 'uri-reference': /^[\w.\-~%/!*'()]*$/ },
  });
  const isSarif = ajv.compile(schema);
  const log = (diagnostics: readonly Diagnostic[], folder = '') =>
    JSON.parse(renderSarif(diagnostics, { version: '0.1.0', folder }));

  it('has the shape of the specification, with and without results', () => {
    const related = [{ message: 'first defined here', range: at(2) }];
    const all = [...many(2, 2), nowhere, make('CFG023', { detail: 'Twice.', range: at(8), related })];
    for (const found of [[], all]) {
      expect(isSarif(log(found)), ajv.errorsText(isSarif.errors)).toBe(true);
      expect(log(found).runs[0].results).toHaveLength(found.length);
    }
    expect(isSarif({ ...log([]), runs: [{}] })).toBe(false);
  });

  it('holds every code as a rule with its words and level, and each result points at its rule', () => {
    const { tool, results, columnKind } = log(many(1, 1)).runs[0];
    expect(columnKind).toBe('unicodeCodePoints');
    expect(tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(allCodes());
    for (const { ruleId, ruleIndex, level } of results) {
      expect(tool.driver.rules[ruleIndex]).toMatchObject({ id: ruleId, defaultConfiguration: { level } });
    }
  });

  it('gives places by URI from the root of the repository, ends exclusive', () => {
    const range = { file: 'a b/ü#.yaml', line: 3, column: 5, endLine: 3, endColumn: 9 };
    const { locations } = log([make('CFG001', { detail: 'Said.', range })], 'shop/').runs[0].results[0];
    expect(locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'shop/a%20b/%C3%BC%23.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
        },
      },
    ]);
  });
});

describe('junit', () => {
  it('has a suite a file, a case a diagnostic, and one that passes where nothing is wrong', () => {
    expect(renderJunit([error(7), warning(9)], ['b.yaml', 'a.yaml'])).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="parcours" tests="3" failures="1" errors="0">
  <testsuite name="a.yaml" tests="2" failures="1" errors="0">
    <testcase name="CFG011:7:3 Unknown key" classname="a.yaml">
      <failure type="CFG011" message="Unknown key">a.yaml:7:3: error CFG011
It is wrong. It matters.</failure>
    </testcase>
    <testcase name="CMP054:9:3 Never reached" classname="a.yaml">
      <system-out>a.yaml:9:3: warning CMP054
It is odd.</system-out>
    </testcase>
  </testsuite>
  <testsuite name="b.yaml" tests="1" failures="0" errors="0">
    <testcase name="valid" classname="b.yaml"/>
  </testsuite>
</testsuites>
`);
  });

  it('fails on warnings when that is asked for, and keeps what has no place', () => {
    const text = renderJunit([warning(1), nowhere], [], { isStrict: true });
    expect(text).toContain('<testsuites name="parcours" tests="2" failures="2" errors="0">');
    expect(text).toContain('<testsuite name="workspace"');
  });

  it('is well-formed whatever a file holds', () => {
    const wild = error(1, '<a b="c">&\'\u0000\u001b\ud800\ufffe ]]> 🎁');
    const text = renderJunit([wild], ['<"&\n>.yaml']);
    expect(text).toContain('&lt;a b=&quot;c&quot;&gt;&amp;&apos;\ufffd\ufffd\ufffd\ufffd ]]&gt; 🎁');
    expect(text).toContain('name="&lt;&quot;&amp;&#10;&gt;.yaml"');
    expect(openElements(text)).toEqual([]);
  });
});

/** The elements that a text leaves open, or closes wrongly: a reader of XML with no more than our writer needs. */
function openElements(xml: string): readonly string[] {
  const open: string[] = [];
  const body = xml.replace(/^<\?xml[^>]*\?>\n/, '');
  const rest = body.replace(
    /<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&(?:#\d+|[a-z]+);[^"<&]*)*")*)(\/?)>/g,
    (_, closes, name, _values, isEmpty) => {
      if (closes && open.pop() !== name) open.push(`/${name}`);
      if (!closes && !isEmpty) open.push(name);
      return '';
    },
  );
  return /[<>]|&(?!(?:#\d+|[a-z]+);)/.test(rest) ? [...open, rest] : open;
}

describe('every form', () => {
  it.each(diagnosticFormats)('%s says the same whatever the order of what was found', async (format) => {
    const found = [error(3), warning(1), nowhere, error(1), make('CMP014', { detail: 'No.', range: at(1) })];
    const options = {
      isColoured: false,
      isAll: false,
      isStrict: false,
      folder: '',
      files: new Map(),
      version: '1.0.0',
    };
    const forwards = await renderDiagnostics(format, found, options);
    expect(await renderDiagnostics(format, [...found].reverse(), options)).toBe(forwards);
    expect(forwards.endsWith('\n')).toBe(true);
  });
});
