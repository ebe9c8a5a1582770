/**
 * Diagnostics as workflow commands of GitHub Actions, which show them at the lines of a pull request. All are printed; GitHub
 * itself shows ten errors and ten warnings of a step, so a notice counts what only the log holds.
 */
import { compareDiagnostics, type Diagnostic, type SourceRange } from './diagnostic.ts';
import { countLine, errorsFirst } from './limit-shown.ts';
import { suggestionWords } from './plain-text.ts';

/** What GitHub shows of each severity for one step of a job. */
const annotationsMax = 10;

export interface GithubOptions {
  /** The way from the root of the repository to the workspace, empty or ending with `/`. */
  readonly folder?: string;
}

/** One command a diagnostic, errors first, each group in the one order; then the count. Empty text when there is none. */
export function renderGithub(diagnostics: readonly Diagnostic[], options: GithubOptions = {}): string {
  if (diagnostics.length === 0) return '';
  const ordered = errorsFirst([...diagnostics].sort(compareDiagnostics));
  const lines = ordered.map((d) => command(d, options.folder ?? ''));
  return `${[...lines, ...restNotice(ordered), countLine(ordered)].join('\n')}\n`;
}

function command(d: Diagnostic, folder: string): string {
  const properties = { ...(d.range && placeOf(d.range, folder)), title: `${d.code}: ${d.summary}` };
  return workflowCommand(
    d.severity,
    properties,
    `${d.detail}${suggestionWords(d.suggestion)}${relatedWords(d, folder)}`,
  );
}

/** GitHub takes columns only of a place on one line. */
function placeOf(range: SourceRange, folder: string): Readonly<Record<string, string | number>> {
  const { file, line, column, endLine, endColumn } = range;
  const lines = { file: `${folder}${file}`, line };
  return endLine > line ? { ...lines, endLine } : { ...lines, col: column, endLine, endColumn };
}

function relatedWords({ related = [] }: Diagnostic, folder: string): string {
  return related
    .map(({ message, range }) => `\n${message}: ${folder}${range.file}:${range.line}:${range.column}`)
    .join('');
}

function restNotice(diagnostics: readonly Diagnostic[]): readonly string[] {
  const of = (severity: string) => diagnostics.filter((d) => d.severity === severity).slice(annotationsMax);
  const rest = [...of('error'), ...of('warning')];
  if (rest.length === 0) return [];
  const words = `GitHub shows ${annotationsMax} errors and ${annotationsMax} warnings of a step. The log of this step holds ${countLine(rest)} more.`;
  return [workflowCommand('notice', { title: 'Not all is shown here' }, words)];
}

function workflowCommand(name: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name} ${written.join(',')}::${escapeMessage(message)}`;
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
