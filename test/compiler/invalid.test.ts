/** Marker files: each line marked `# ERROR CODE` or `# WARNING CODE` has exactly that diagnostic, and no other line has one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { compilerCodes } from '../../engine/diagnostics/compiler-codes.ts';
import type { Diagnostic } from '../../engine/diagnostics/diagnostic.ts';
import { foundIn, markerFixtures } from '../support/marker-fixtures.ts';
import { projectOf } from './project-of.ts';

const base = readFileSync(join(import.meta.dirname, '../fixtures/compiler/base.yaml'), 'utf8');
const fixtures = markerFixtures('compiler/invalid');
/** Those that other tests read: a workspace of their own, or an environment. */
const alone = markerFixtures('compiler/own-workspace');
const elsewhere = [...alone, ...markerFixtures('compiler/guardrails'), ...markerFixtures('config/environments')];

function diagnosticsOf(file: string, text: string): readonly Diagnostic[] {
  return compile(projectOf({ 'parcours.yaml': base, [file]: text })).diagnostics;
}

describe('mistakes', () => {
  it('the base of the fixtures has none', () => {
    expect(compile(projectOf({ 'parcours.yaml': base })).diagnostics).toEqual([]);
  });

  it.each(fixtures)('$name is told where it was made', ({ file, text, expected }) => {
    expect(expected.length).toBeGreaterThan(0);
    expect(foundIn(diagnosticsOf(file, text), file)).toEqual(expected);
  });

  it.each(alone)('$name is told in a workspace of its own', ({ file, text, expected }) => {
    expect(foundIn(compile(projectOf({ [file]: text })).diagnostics, file)).toEqual(expected);
  });

  it('every code of the compiler has a fixture', () => {
    const covered = new Set(
      [...fixtures, ...elsewhere].flatMap(({ expected }) => expected.map((one) => one.split(': ')[1])),
    );
    expect(Object.keys(compilerCodes).filter((code) => !covered.has(code))).toEqual([]);
  });

  it('an error gives no bundle, a warning does', () => {
    const compiled = (where: string) =>
      compile(projectOf({ base, x: `kind: segment\nid: tried\nwhere: { trait: ${where} }` }));
    expect(compiled('country, is: AR').bundle).not.toBeNull();
    expect(compiled('contry, is: AR').bundle).toBeNull();
    expect(compiled('contry, is: AR').diagnostics[0]?.suggestion).toBe('country');
    const warned = fixtures.find(({ name }) => name === 'never-reached');
    expect(compile(projectOf({ base, x: warned?.text ?? '' })).bundle).not.toBeNull();
  });

  it('what is said once for many sends is refused once', () => {
    const steps = ['a', 'b', 'c'].map((id) => `  - { id: ${id}, send: { channel: mail, template: hello } }`);
    const journey = `kind: journey
id: tried
objective: engagement
purpose: marketting
entry: { when: { enters: buyers }, current_members: skip }
steps:
${steps.join('\n')}`;
    expect(diagnosticsOf('x.yaml', journey).map(({ code }) => code)).toEqual(['CMP016']);
  });
});
