/** Marker files: each line marked `# ERROR CODE` or `# WARNING CODE` has exactly that diagnostic, and no other line has one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { compilerCodes } from '../../engine/diagnostics/compiler-codes.ts';
import { projectOf } from './project-of.ts';

const folder = join(import.meta.dirname, '../fixtures/compiler');
const base = readFileSync(join(folder, 'base.yaml'), 'utf8');
const fixtures = readdirSync(join(folder, 'invalid')).sort();

function markersOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const marker = /# (ERROR|WARNING) (CMP\d{3})$/.exec(line);
    return marker === null ? [] : [`${index + 1} ${marker[1]} ${marker[2]}`];
  });
}

function found(name: string): readonly string[] {
  const text = readFileSync(join(folder, 'invalid', name), 'utf8');
  const { diagnostics } = compile(projectOf({ 'a-base.yaml': base, [name]: text }));
  return diagnostics.map(({ code, severity, range }) => `${range?.line} ${severity.toUpperCase()} ${code}`);
}

describe('mistakes', () => {
  it('the base of the fixtures has none', () => {
    expect(compile(projectOf({ 'base.yaml': base })).diagnostics).toEqual([]);
  });

  it.each(fixtures)('%s is told where it was made', (name) => {
    const text = readFileSync(join(folder, 'invalid', name), 'utf8');
    expect(found(name)).toEqual(markersOf(text));
  });

  it('every code of the compiler has a fixture', () => {
    const covered = new Set(fixtures.flatMap((name) => found(name).map((one) => one.split(' ')[2])));
    expect(Object.keys(compilerCodes).filter((code) => !covered.has(code))).toEqual([]);
  });

  it('an error gives no bundle, a warning does', () => {
    const withText = (name: string): string => readFileSync(join(folder, 'invalid', name), 'utf8');
    const erring = compile(projectOf({ base, x: withText('unknown-trait.yaml') }));
    expect(erring.bundle).toBeNull();
    expect(erring.diagnostics[0]?.suggestion).toBe('country');
    expect(compile(projectOf({ base, x: withText('never-reached.yaml') })).bundle).not.toBeNull();
  });
});
