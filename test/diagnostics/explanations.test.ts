/**
 * Every code of the catalogue is explained, and each example is true: the refused text gives exactly what its markers say, the
 * right one gives no error and nothing of that code. Examples stand in a workspace with the names of the compiler's fixtures.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { findingsAt } from '../../engine/compiler/guardrails/finding.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { allCodes, type DiagnosticCode, entryOf } from '../../engine/diagnostics/codes.ts';
import { type Diagnostic, hasErrors } from '../../engine/diagnostics/diagnostic.ts';
import type { Example } from '../../engine/diagnostics/explanations/explanation.ts';
import { explainedCodes, explanationOf } from '../../engine/diagnostics/explanations/explanation-of.ts';
import { firstSentence } from '../../engine/diagnostics/plain-text.ts';
import { renderConcise } from '../../engine/diagnostics/render-concise.ts';
import { foundIn, markersOf } from '../support/marker-fixtures.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const base = readFileSync(new URL('../fixtures/compiler/base.yaml', import.meta.url), 'utf8');

/** What no text can show; each is held by a test of its own. */
const withoutExample = ['CFG003', 'CFG004', 'CFG005', 'CFG008', 'CFG032'];

/** The shop without its workspace document. */
const shop = base.slice(base.indexOf('---\n') + 4);
/** Exceptions of guardrails end on a day, so the examples are read on one. */
const today = Date.parse('2026-10-01T12:00:00Z');

async function diagnosticsOf(example: Example, text: string): Promise<readonly Diagnostic[]> {
  const { project, diagnostics } = await loadProject(writeWorkspace(filesOf(example, text)), {
    environment: example.environment,
  });
  if (hasErrors(diagnostics)) return diagnostics;
  const compiled = compile(project);
  return [...diagnostics, ...compiled.diagnostics, ...findingsAt(compiled.findings, today, 'UTC')];
}

function fileOf({ file, stands }: Example): string {
  return file ?? (stands === undefined ? 'example.yaml' : 'parcours.yaml');
}

function filesOf(example: Example, text: string): Readonly<Record<string, string>> {
  if (example.stands === 'alone') return { 'parcours.yaml': text };
  if (example.stands === 'as-workspace') return { 'parcours.yaml': text, 'shop.yaml': shop };
  return { 'parcours.yaml': base, [fileOf(example)]: text };
}

const examples = explainedCodes().flatMap((code): [string, Example][] => {
  const example = explanationOf(code)?.example ?? null;
  return example === null ? [] : [[code, example]];
});

describe('the explanations', () => {
  it('are there for every code, and for no other', () => {
    expect(allCodes().filter((code) => explanationOf(code) === undefined)).toEqual([]);
    expect(explainedCodes().filter((code) => !allCodes().includes(code))).toEqual([]);
    expect(new Set(explainedCodes()).size).toBe(explainedCodes().length);
  });

  it('have an example, but for what no text can show', () => {
    const bare = explainedCodes().filter((code) => explanationOf(code)?.example === null);
    expect(bare.sort()).toEqual(withoutExample);
    for (const code of bare) expect(explanationOf(code)?.because).toMatch(/test\/[\w/-]+\.test\.ts/);
  });

  it.each(explainedCodes())('%s is told in sentences of which the first stands alone', (code) => {
    const { explanation } = explanationOf(code)!;
    expect(explanation).toMatch(/^[A-Z`][\s\S]*[.]$/);
    expect(firstSentence(explanation).length).toBeLessThan(300);
  });
});

describe('the refused example of', () => {
  it.each(examples)('%s gives that code where it is marked, and nothing else', async (code, example) => {
    const { invalid } = example;
    const diagnostics = await diagnosticsOf(example, invalid);
    const expected = markersOf(invalid);
    expect(foundIn(diagnostics, fileOf(example)), renderConcise(diagnostics)).toEqual(expected);
    expect(new Set(expected.map((marker) => marker.split(': ')[1]))).toEqual(new Set([code]));
    const word = entryOf(code as DiagnosticCode).severity.toUpperCase();
    expect(invalid.match(/# (ERROR|WARNING)/g)).toEqual(expected.map(() => `# ${word}`));
    expect(invalid.split('\n').length, 'an example is short').toBeLessThan(30);
  });
});

describe('the right example of', () => {
  it.each(examples)('%s gives no error, and nothing of that code', async (code, example) => {
    const diagnostics = await diagnosticsOf(example, example.valid);
    const wrong = diagnostics.filter((one) => one.severity === 'error' || one.code === code);
    expect(renderConcise(wrong)).toBe('');
    expect(example.valid.endsWith('\n')).toBe(true);
  });
});
