/**
 * What is wrong with a user's files, as data: code, place, words, remedy. Leaf: imports nothing of ours.
 * Rendering lives beside it (`render-*.ts`); nothing here prints, and nothing here stops at the first mistake.
 */

/** A place in a file. Lines and columns start at 1; columns count code points; the end is exclusive. */
export interface SourceRange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  /** A key of the catalogue in `codes.ts`, such as `CFG012`. */
  readonly code: string;
  readonly severity: Severity;
  /** Short and constant for a code. */
  readonly summary: string;
  /** Full sentences: what is wrong here, why it matters, what to do. */
  readonly detail: string;
  /** Missing only for what has no place in a file (an empty workspace, say). */
  readonly range?: SourceRange;
  /** Other places that matter, such as "first defined here". */
  readonly related?: readonly { readonly message: string; readonly range: SourceRange }[];
  /** "Did you mean …": what to write instead. */
  readonly suggestion?: string;
}

/** Whether the diagnostics forbid going on. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}

/** File, line, column, code: the one order in which diagnostics are shown. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.range?.file ?? '', b.range?.file ?? '') ||
    (a.range?.line ?? 0) - (b.range?.line ?? 0) ||
    (a.range?.column ?? 0) - (b.range?.column ?? 0) ||
    compareText(a.code, b.code) ||
    compareText(a.detail, b.detail)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
