/** Diagnostics in the form that was asked for. Each form has its file; here is only the choice. */
import type { Diagnostic } from './diagnostic.ts';
import { renderConcise } from './render-concise.ts';
import { renderGithub } from './render-github.ts';
import { renderJson } from './render-json.ts';
import { renderJunit } from './render-junit.ts';
import { renderPretty } from './render-pretty.ts';

/** `pretty`, `concise` and `github` are read by people (and a log); the others are documents for programs. */
export const diagnosticFormats = ['pretty', 'concise', 'json', 'github', 'sarif', 'junit'] as const;
export type DiagnosticFormat = (typeof diagnosticFormats)[number];

export interface RenderOptions {
  readonly isColoured: boolean;
  /** Without the limit of what people are shown. */
  readonly isAll: boolean;
  /** Whether warnings fail. */
  readonly isStrict: boolean;
  /** The way from where paths are read (the shell's folder, the repository's root) to the workspace, empty or ending with `/`. */
  readonly folder: string;
  /** The text of each file by its path in the workspace. */
  readonly files: ReadonlyMap<string, string>;
  /** Of this program. */
  readonly version: string;
}

/** Whether the form is one document for a program, with nothing beside it. */
export function isDocument(format: DiagnosticFormat): boolean {
  return format === 'json' || format === 'sarif' || format === 'junit';
}

/** The text, ending with a newline; empty when there is nothing to say to people. */
export async function renderDiagnostics(
  format: DiagnosticFormat,
  diagnostics: readonly Diagnostic[],
  options: RenderOptions,
): Promise<string> {
  const { folder, isStrict, files } = options;
  const max = options.isAll ? Number.POSITIVE_INFINITY : undefined;
  switch (format) {
    case 'pretty':
      return renderPretty(diagnostics, files, { colour: options.isColoured, folder, ...(max && { max }) });
    case 'concise':
      return renderConcise(diagnostics, { folder, ...(max && { max }) });
    case 'json':
      return renderJson(diagnostics);
    case 'github':
      return renderGithub(diagnostics, { folder });
    case 'junit':
      return renderJunit(diagnostics, files.keys(), { folder, isStrict });
    case 'sarif': {
      // The explanations of all codes are read only by who asks for them.
      const { renderSarif } = await import('./render-sarif.ts');
      return renderSarif(diagnostics, { folder, version: options.version });
    }
  }
}
