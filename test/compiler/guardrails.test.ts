/**
 * Guardrails: each file of `test/fixtures/compiler/guardrails` gives, on a day of autumn 2026, exactly the diagnostics that its markers
 * say; and what counts on which day.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { findingsAt } from '../../engine/compiler/guardrails/finding.ts';
import type { Diagnostic } from '../../engine/diagnostics/diagnostic.ts';
import { foundIn, markerFixtures } from '../support/marker-fixtures.ts';
import { projectOf } from './project-of.ts';

/** The base of the compiler's fixtures without its workspace, which each fixture brings. */
const whole = readFileSync(join(import.meta.dirname, '../fixtures/compiler/base.yaml'), 'utf8');
const base = whole.slice(whole.indexOf('---\n') + 4);
const fixtures = markerFixtures('compiler/guardrails');

function diagnosticsOn(day: string, file: string, text: string): readonly Diagnostic[] {
  const { diagnostics, findings } = compile(projectOf({ base, [file]: text }));
  return [...diagnostics, ...findingsAt(findings, Date.parse(`${day}T12:00:00Z`), 'Europe/Paris')];
}

function textOf(name: string): string {
  const found = fixtures.find((fixture) => fixture.name === name);
  if (found === undefined) throw new Error(`there is no fixture ${name}`);
  return found.text;
}

describe('guardrails', () => {
  it.each(fixtures)('$name is told at the resource', ({ file, text, expected }) => {
    expect(expected.length).toBeGreaterThan(0);
    expect(foundIn(diagnosticsOn('2026-10-01', file, text), file)).toEqual(expected);
  });

  it('relate to the guardrail and have its severity', () => {
    const found = diagnosticsOn('2026-10-01', 'x.yaml', textOf('goal-exit-holdout-missing'));
    expect(found.map(({ severity, related }) => [severity, related?.[0]?.range.line])).toEqual([
      ['warning', 9],
      ['error', 8],
      ['error', 8],
    ]);
  });

  it('except until the day that is named, that day included', () => {
    const codesOn = (day: string) => diagnosticsOn(day, 'x.yaml', textOf('exception-expired')).map(({ code }) => code);
    expect(codesOn('2026-06-30')).toEqual([]);
    expect(codesOn('2026-07-01').sort()).toEqual(['CMP240', 'CMP248']);
  });

  it('say beside the violation that its exception has expired', () => {
    const [first] = diagnosticsOn('2026-10-01', 'x.yaml', textOf('exception-expired')).filter(
      (one) => one.code === 'CMP240',
    );
    expect(first?.related?.map(({ message }) => message)).toEqual(['the guardrail', 'its exception has expired']);
  });

  it('leave the digest of a workspace without them as it is, and keep audiences for plan', () => {
    const bound = 'guardrails: [ { id: crowd, bound: audience, max: 1000 } ]\n';
    const bodyOf = (more: string) => {
      const workspace = `kind: workspace\nid: house\nzone: UTC\ncurrency: EUR\nlocale: en\nlocales: [en, es]\n${more}`;
      const { bundle, findings } = compile(projectOf({ base, x: workspace }));
      expect(findings).toEqual([]);
      return bundle?.resources.find((one) => one.kind === 'workspace')?.body;
    };
    expect(bodyOf('')).not.toHaveProperty('guardrails');
    expect(bodyOf(bound)).toMatchObject({
      guardrails: [{ id: 'crowd', severity: 'error', rule: { kind: 'bound', of: 'audience', max: 1000 } }],
    });
  });
});
