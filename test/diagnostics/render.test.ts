/**
 * What people and programs read. The whole of it is a golden file; the edges are here.
 */
import { expect, test } from 'vitest';
import { loadProject } from '../../engine/config/load-project.ts';
import { make } from '../../engine/diagnostics/codes.ts';
import type { Diagnostic } from '../../engine/diagnostics/diagnostic.ts';
import { countLine } from '../../engine/diagnostics/limit-shown.ts';
import { renderJson } from '../../engine/diagnostics/render-json.ts';
import { renderPretty } from '../../engine/diagnostics/render-pretty.ts';
import { expectGolden } from '../support/golden.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const golden = (name: string) => new URL(`../fixtures/diagnostics/${name}`, import.meta.url);

const workspace = {
  'segments/dormant.yaml': `kind: segment
id: dormant
ownr: growth@example.com
where:
  - { trait: kyc_status, is: approved }
  - { never: order_placed, in_last: 15m }
---
kind: segment
id: dormant
where: { segmnt: buyers }
`,
  'journeys/a.yaml': `kind: journey
id: a
objective: transformaton
entry: { when: { enters: dormant }, current_members: enter }
holdout: 5%
steps:
  - id: nudge
    send: { channel: push, template: first-order
  - exit: done
`,
};

test('the pretty form shows code, place, lines, remedy and count', async () => {
  const { project, diagnostics } = await loadProject(writeWorkspace(workspace));
  expectGolden(golden('pretty.txt'), renderPretty(diagnostics, project.files));
});

test('the JSON form is one object with the same in the same order', async () => {
  const { diagnostics } = await loadProject(writeWorkspace(workspace));
  const text = renderJson(diagnostics);
  expectGolden(golden('report.json'), text);
  expect(JSON.parse(text).diagnostics).toEqual(diagnostics);
});

const at = (line: number, column: number, endColumn: number): Diagnostic =>
  make('CFG011', { detail: 'Said.', range: { file: 'a.yaml', line, column, endLine: line, endColumn } });

const render = (text: string, diagnostic: Diagnostic) =>
  renderPretty([diagnostic], new Map([['a.yaml', text]])).split('\n');

test('carets stand under the place, counted in code points, with tabs as one column', () => {
  const lines = render('title: "🎁" x\ty', at(1, 12, 13));
  expect(lines[3]).toBe('1 | title: "🎁" x y');
  expect(lines[4]).toBe(`  | ${' '.repeat(11)}^`);
});

test('a place over several lines is shown by its first', () => {
  const range = { file: 'a.yaml', line: 1, column: 4, endLine: 3, endColumn: 2 };
  const lines = render('a: [1,\n2\n]', make('CFG013', { detail: 'Said.', range }));
  expect(lines.slice(3, 5)).toEqual(['1 | a: [1,', '  |    ^^^']);
});

test('an empty place has one caret, also at the end of the text', () => {
  expect(render('a', at(1, 2, 2))[4]).toBe('  |  ^');
  expect(render('', at(1, 1, 1))[4]).toBe('  | ^');
});

test('a long line is cut around the place', () => {
  const lines = render(`${'x'.repeat(500)}HERE${'y'.repeat(500)}`, at(1, 501, 505));
  const shown = lines[3]!.slice(4);
  expect(shown.length).toBeLessThan(150);
  expect(shown.slice(lines[4]!.indexOf('^') - 4, lines[4]!.lastIndexOf('^') - 3)).toBe('HERE');
});

test('control characters of a file never reach the terminal', () => {
  const text = renderPretty(
    [make('CFG015', { detail: 'Bad \u001b[31mname.', range: at(1, 1, 2).range, suggestion: '\u0007' })],
    new Map([['a.yaml', 'id: \u001b[2J\u009b']]),
  );
  expect([...text].filter((character) => character !== '\n' && /\p{Cc}/u.test(character))).toEqual([]);
});

test('a place in a file that was not read, and no place at all, are said without a frame', () => {
  expect(renderPretty([at(3, 1, 2)], new Map())).toContain(' --> a.yaml:3:1\n');
  expect(renderPretty([make('CFG008', { detail: 'Said.' })], new Map())).toBe(
    'error[CFG008]: There is no workspace here\n  = Said.\n\n1 error\n',
  );
});

test('colours come only when asked for', () => {
  const files = new Map([['a.yaml', 'x: 1']]);
  const plain = renderPretty([at(1, 1, 2)], files);
  const coloured = renderPretty([at(1, 1, 2)], files, { colour: true });
  expect(plain).not.toContain('\u001b');
  expect(coloured).toContain('\u001b[1;31merror[CFG011]\u001b[0m');
  expect(
    coloured
      .split('\u001b')
      .map((part) => part.replace(/^\[[\d;]+m/, ''))
      .join(''),
  ).toBe(plain);
});

test('nothing to say is said by nothing, and counted as such', () => {
  expect(renderPretty([], new Map())).toBe('');
  expect(countLine([])).toBe('no errors');
  expect(countLine([at(1, 1, 2), at(2, 1, 2)])).toBe('2 errors');
  expect(countLine([at(1, 1, 2), { ...at(1, 1, 2), severity: 'warning' }])).toBe('1 error, 1 warning');
});
