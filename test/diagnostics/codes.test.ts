/**
 * The catalogue as a whole, and the making of diagnostics from it.
 */
import { expect, test } from 'vitest';
import { allCodes, entryOf, make } from '../../engine/diagnostics/codes.ts';
import { compareDiagnostics, hasErrors } from '../../engine/diagnostics/diagnostic.ts';

const range = { file: 'a.yaml', line: 1, column: 2, endLine: 1, endColumn: 4 };

test('each code has its own short summary, in one line and without a full stop', () => {
  const codes = allCodes();
  expect(codes.length).toBeGreaterThan(30);
  for (const code of codes) {
    expect(code).toMatch(/^(CFG|CMP)\d{3}$/);
    const { summary } = entryOf(code as 'CFG001');
    expect(summary.length, code).toBeLessThan(60);
    expect(summary, code).toMatch(/^[A-Z][^\n]*[^.\s]$/);
  }
});

test('a diagnostic holds only what there is to say', () => {
  expect(make('CFG001', { detail: 'Said.' })).toEqual({
    code: 'CFG001',
    severity: 'error',
    summary: 'This is not valid YAML',
    detail: 'Said.',
  });
  const related = [{ message: 'first here', range }];
  const full = make('CFG011', { detail: 'Said.', range, related, suggestion: 'where' });
  expect(full).toMatchObject({ range, related, suggestion: 'where' });
  expect(make('CFG011', { detail: 'Said.', range: undefined, related: [], suggestion: undefined })).not.toHaveProperty(
    'related',
  );
});

test('diagnostics are ordered by file, place and code', () => {
  const at = (file: string, line: number, code: 'CFG001' | 'CFG002') =>
    make(code, { detail: '', range: { ...range, file, line } });
  const sorted = [at('a', 1, 'CFG001'), at('a', 1, 'CFG002'), at('a', 10, 'CFG001'), at('b', 2, 'CFG001')];
  expect([...sorted].reverse().sort(compareDiagnostics)).toEqual(sorted);
  expect(hasErrors(sorted)).toBe(true);
  expect(hasErrors([])).toBe(false);
});
