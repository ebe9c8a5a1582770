/**
 * Diagnostics as one line each, `file:line:col: error CODE: sentence`, which editors and grep understand. The frames and the rest
 * of the words are those of `render-pretty.ts`.
 */
import type { Diagnostic } from './diagnostic.ts';
import { closingLines, limitShown, shownMax } from './limit-shown.ts';
import { firstSentence, oneLine, suggestionWords } from './plain-text.ts';

export interface ConciseOptions {
  /** The way from the reader's folder to the workspace, empty or ending with `/`. */
  readonly folder?: string;
  /** At most this many; the rest is counted. Default 50. */
  readonly max?: number;
}

/** The lines in the one order of diagnostics, and a last one that counts. Empty text when there is none. */
export function renderConcise(diagnostics: readonly Diagnostic[], options: ConciseOptions = {}): string {
  if (diagnostics.length === 0) return '';
  const shown = limitShown(diagnostics, options.max ?? shownMax);
  const lines = shown.shown.map((d) => `${conciseLine(d, options.folder ?? '')}\n`);
  return `${lines.join('')}${closingLines(shown)}`;
}

function conciseLine({ range, severity, code, detail, suggestion }: Diagnostic, folder: string): string {
  const place = range === undefined ? '' : `${folder}${range.file}:${range.line}:${range.column}: `;
  return oneLine(`${place}${severity} ${code}: ${firstSentence(detail)}${suggestionWords(suggestion)}`);
}
