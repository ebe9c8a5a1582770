/** A code of the catalogue and its explanation, and the list of all codes. */
import type { Severity } from '../../diagnostics/diagnostic.ts';
import type { Explanation } from '../../diagnostics/explanations/explanation.ts';
import { nameInvisible } from '../../diagnostics/plain-text.ts';
import { table } from './style.ts';
import type { View } from './view.ts';

export interface CodeEntry {
  readonly code: string;
  readonly summary: string;
  readonly severity: Severity;
}

/** The view of `explain-code` without a code. */
export const codeListView: View<readonly CodeEntry[]> = {
  human: (codes) =>
    table(
      ['code', '', 'summary'],
      codes.map(({ code, severity, summary }) => [code, severity, summary]),
      { align: 'lll' },
    ),
  json: (codes) => ({ codes }),
};

/** The view of `explain-code CODE`. */
export const codeView: View<CodeEntry & Explanation> = {
  human: ({ code, severity, summary, explanation, example }, style) => {
    const head = `${style.strong(`${severity}[${code}]: ${summary}`)}\n\n${explanation}\n`;
    if (example === null) return head;
    return `${head}\n${style.removed('Refused:')}\n\n${indent(nameInvisible(example.invalid))}\n${style.added('Right:')}\n\n${indent(nameInvisible(example.valid))}`;
  },
  json: ({ code, severity, summary, explanation, example }) => ({ code, severity, summary, explanation, example }),
};

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
