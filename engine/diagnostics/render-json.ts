/**
 * Diagnostics as one JSON object, for programs. No prose beside it, no colours.
 */
import { compareDiagnostics, type Diagnostic } from './diagnostic.ts';

/** What `--format json` prints. */
export interface DiagnosticsReport {
  readonly diagnostics: readonly Diagnostic[];
  readonly errors: number;
  readonly warnings: number;
}

/** The report in the one order of diagnostics. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[]): DiagnosticsReport {
  return {
    diagnostics: [...diagnostics].sort(compareDiagnostics),
    errors: diagnostics.filter((d) => d.severity === 'error').length,
    warnings: diagnostics.filter((d) => d.severity === 'warning').length,
  };
}

/**
 * The report as text, ending with a newline. `files` isn't used: both renderers have one signature, so a view can
 * choose between them.
 */
export function renderJson(diagnostics: readonly Diagnostic[], _files: ReadonlyMap<string, string>): string {
  return `${JSON.stringify(reportDiagnostics(diagnostics), null, 2)}\n`;
}
