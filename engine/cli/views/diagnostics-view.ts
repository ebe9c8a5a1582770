/** What is wrong with a workspace's files, or that nothing is. The renderers of `diagnostics/` give the words. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { reportDiagnostics } from '../../diagnostics/render-json.ts';
import { renderPretty } from '../../diagnostics/render-pretty.ts';
import type { Output } from './output.ts';
import { counted } from './style.ts';
import type { Format, View } from './view.ts';

export interface Validation {
  readonly diagnostics: readonly Diagnostic[];
  /** The text of each file by its path, for frames. */
  readonly files: ReadonlyMap<string, string>;
  /** Null when the files couldn't be compiled. */
  readonly resources: number | null;
}

/** The view of `validate`. */
export function validationView({ isColoured }: { readonly isColoured: boolean }): View<Validation> {
  return {
    human: ({ diagnostics, files, resources }) => {
      const found = renderPretty(diagnostics, files, { colour: isColoured });
      if (resources === null) return found;
      return `${found}The workspace is valid: ${counted(resources, 'resource')}.\n`;
    },
    json: ({ diagnostics }) => reportDiagnostics(diagnostics),
  };
}

/** Errors of the files, under another command than `validate`: to stderr for people, to stdout for programs. */
export function showInvalid(output: Output, format: Format, validation: Validation): void {
  if (format === 'json') output.write(`${JSON.stringify(reportDiagnostics(validation.diagnostics), null, 2)}\n`);
  else output.note(renderPretty(validation.diagnostics, validation.files, { colour: output.isColoured }));
}

/** Warnings on the way of another command: people see them on stderr, programs ask `validate`. */
export function noteWarnings(output: Output, format: Format, validation: Validation): void {
  if (format === 'human')
    output.note(renderPretty(validation.diagnostics, validation.files, { colour: output.isColoured }));
}
