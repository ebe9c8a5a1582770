/** What is wrong with a workspace's files, or that nothing is. The renderers of `diagnostics/` give the words. */
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { type DiagnosticFormat, isDocument, renderDiagnostics } from '../../diagnostics/render.ts';
import type { Output } from './output.ts';
import { counted } from './style.ts';

export interface Validation {
  readonly diagnostics: readonly Diagnostic[];
  /** The text of each file by its path, for frames. */
  readonly files: ReadonlyMap<string, string>;
  /** Null when the files couldn't be compiled. */
  readonly resources: number | null;
}

/** How diagnostics are to be shown; see `RenderOptions`. */
export interface DiagnosticsForm {
  readonly format: DiagnosticFormat;
  readonly isAll: boolean;
  readonly isStrict: boolean;
  readonly isColoured: boolean;
  readonly folder: string;
  readonly version: string;
}

/** Whether the files pass: no errors, and with `--strict` no warnings either. */
export function passes({ diagnostics, resources }: Validation, { isStrict }: DiagnosticsForm): boolean {
  return resources !== null && !hasErrors(diagnostics) && !(isStrict && diagnostics.length > 0);
}

/** The result of `validate`, to stdout. */
export async function showValidation(output: Output, form: DiagnosticsForm, validation: Validation): Promise<void> {
  const found = await render(form, validation);
  output.write(isDocument(form.format) ? found : `${found}${verdict(form, validation)}`);
}

function verdict(form: DiagnosticsForm, validation: Validation): string {
  if (validation.resources === null) return '';
  if (!passes(validation, form)) return 'The workspace has warnings, and --strict lets none pass.\n';
  return `The workspace is valid: ${counted(validation.resources, 'resource')}.\n`;
}

/** Errors of the files, under another command than `validate`: to stderr for people, to stdout for programs. */
export async function showInvalid(
  output: Output,
  { form, validation }: { readonly form: DiagnosticsForm; readonly validation: Validation },
): Promise<void> {
  const text = await render(form, validation);
  if (isDocument(form.format)) output.write(text);
  else output.note(text);
}

/** Warnings on the way of another command: people see them on stderr, programs ask `validate`. */
export async function noteWarnings(output: Output, form: DiagnosticsForm, validation: Validation): Promise<void> {
  if (!isDocument(form.format)) output.note(await render(form, validation));
}

function render({ format, ...form }: DiagnosticsForm, { diagnostics, files }: Validation): Promise<string> {
  return renderDiagnostics(format, diagnostics, { ...form, files });
}
