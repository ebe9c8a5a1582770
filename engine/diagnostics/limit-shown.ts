/**
 * How many diagnostics people are shown at once. Programs (json, sarif, junit, github) get all of them; what is left out here is
 * counted, never dropped in silence.
 */
import { compareDiagnostics, type Diagnostic } from './diagnostic.ts';

/** Nobody reads more than this at once; the rest is counted. */
export const shownMax = 50;

export interface Shown {
  /** In the one order of diagnostics. */
  readonly shown: readonly Diagnostic[];
  readonly hidden: readonly Diagnostic[];
}

/** The first `max` diagnostics, errors kept before warnings. */
export function limitShown(diagnostics: readonly Diagnostic[], max: number = shownMax): Shown {
  const sorted = [...diagnostics].sort(compareDiagnostics);
  const ranked = errorsFirst(sorted);
  return {
    shown: ranked.slice(0, max).sort(compareDiagnostics),
    hidden: ranked.slice(max).sort(compareDiagnostics),
  };
}

/** Errors before warnings, each in the order given. */
export function errorsFirst(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const isError = (d: Diagnostic) => d.severity === 'error';
  return [...diagnostics.filter(isError), ...diagnostics.filter((d) => !isError(d))];
}

/** `2 errors, 1 warning`; `no errors` of nothing. */
export function countLine(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const parts = [count(errors, 'error'), count(warnings, 'warning')].filter((part) => part !== undefined);
  return parts.length === 0 ? 'no errors' : parts.join(', ');
}

/** The last lines of what people read: what was found, and what of it isn't shown. Ends with a newline. */
export function closingLines({ shown, hidden }: Shown): string {
  const all = countLine([...shown, ...hidden]);
  if (hidden.length === 0) return `${all}\n`;
  return `${all}; ${shown.length} of them are shown. The rest (${countLine(hidden)}): parcours validate --all\n`;
}

function count(n: number, word: string): string | undefined {
  return n === 0 ? undefined : `${n} ${word}${n === 1 ? '' : 's'}`;
}
