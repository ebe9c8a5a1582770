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

/** The report as text, ending with a newline. */
export function renderJson(diagnostics: readonly Diagnostic[]): string {
  return `${JSON.stringify(reportDiagnostics(diagnostics), null, 2)}\n`;
}
