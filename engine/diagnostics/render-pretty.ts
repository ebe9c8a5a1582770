/**
 * Diagnostics for people: what, where, the lines of the file with carets, what to do. A pure function of the
 * diagnostics and the texts; it prints nothing and asks no terminal.
 */
import type { Diagnostic, SourceRange } from './diagnostic.ts';
import { closingLines, limitShown, shownMax } from './limit-shown.ts';
import { oneLine, visible } from './plain-text.ts';

export interface PrettyOptions {
  /** ANSI colours; off unless asked for. */
  readonly colour?: boolean;
  /** Sentences of `detail` are folded at this many columns. Default 100. */
  readonly columns?: number;
  /** The way from the reader's folder to the workspace, empty or ending with `/`. */
  readonly folder?: string;
  /** At most this many diagnostics; the rest is counted. Default 50. */
  readonly max?: number;
  /** False: without the last line that counts them. */
  readonly isCounted?: boolean;
}

/** A longer line is cut around the place that is meant. */
const frameColumnsMax = 140;
const contextBefore = 40;

type Paint = (text: string, style: 'error' | 'warning' | 'frame' | 'strong' | 'help') => string;

const styles = { error: '1;31', warning: '1;33', frame: '34', strong: '1', help: '36' } as const;

/** All diagnostics in their one order, and a last line that counts them. Empty text when there is none. */
export function renderPretty(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, string>,
  options: PrettyOptions = {},
): string {
  if (diagnostics.length === 0) return '';
  const paint: Paint = options.colour ? (text, style) => `\u001b[${styles[style]}m${text}\u001b[0m` : (text) => text;
  const columns = options.columns ?? 100;
  const page: Page = { linesOf: splitFiles(files), paint, columns, folder: options.folder ?? '' };
  const shown = limitShown(diagnostics, options.max ?? shownMax);
  const blocks = shown.shown.map((d) => renderOne(d, page));
  return `${blocks.join('\n\n')}\n${options.isCounted === false ? '' : `\n${closingLines(shown)}`}`;
}

type LinesOf = (file: string) => readonly string[] | undefined;

/** What all blocks share. */
interface Page {
  readonly linesOf: LinesOf;
  readonly paint: Paint;
  readonly columns: number;
  readonly folder: string;
}

function splitFiles(files: ReadonlyMap<string, string>): LinesOf {
  const known = new Map<string, readonly string[]>();
  return (file) => {
    const text = files.get(file);
    if (text === undefined) return undefined;
    const lines = known.get(file) ?? text.split(/\r?\n/);
    known.set(file, lines);
    return lines;
  };
}

function renderOne(d: Diagnostic, page: Page): string {
  const { paint, columns } = page;
  const lines = [`${paint(`${d.severity}[${d.code}]`, d.severity)}${paint(`: ${d.summary}`, 'strong')}`];
  const margin = ' '.repeat(marginOf(d));
  if (d.range) lines.push(...frame(d.range, page, margin, '-->', d.severity));
  for (const [index, line] of fold(d.detail, columns - margin.length - 3).entries()) {
    lines.push(`${margin} ${index === 0 ? paint('=', 'frame') : ' '} ${line}`);
  }
  if (d.suggestion !== undefined) {
    lines.push(`${margin} ${paint('=', 'frame')} ${paint('help', 'help')}: did you mean \`${oneLine(d.suggestion)}\`?`);
  }
  for (const place of d.related ?? []) {
    lines.push(`${margin} ${paint('=', 'frame')} ${place.message}:`);
    lines.push(...frame(place.range, page, margin, ':::', 'frame'));
  }
  return lines.join('\n');
}

/** The width of the greatest line number that the block shows. */
function marginOf(d: Diagnostic): number {
  const shown = [d.range, ...(d.related ?? []).map((place) => place.range)];
  return Math.max(1, ...shown.map((range) => String(range?.line ?? 1).length));
}

function frame(
  range: SourceRange,
  { linesOf, paint, folder }: Page,
  margin: string,
  arrow: string,
  style: 'error' | 'warning' | 'frame',
): string[] {
  const where = `${margin}${paint(arrow, 'frame')} ${oneLine(folder + range.file)}:${range.line}:${range.column}`;
  const source = linesOf(range.file)?.[range.line - 1];
  if (source === undefined) return [where];
  const { text, start, length } = cut([...source].map(visible), range);
  const gutter = `${margin} ${paint('|', 'frame')}`;
  const number = paint(String(range.line).padStart(margin.length), 'frame');
  return [
    where,
    gutter,
    `${number} ${paint('|', 'frame')} ${text}`.trimEnd(),
    `${gutter} ${' '.repeat(start)}${paint('^'.repeat(length), style)}`,
    gutter,
  ];
}

/** The part of the line that is shown, with the carets' start and length in it. A range over lines ends with its first. */
function cut(line: readonly string[], range: SourceRange): { text: string; start: number; length: number } {
  const first = Math.min(range.column - 1, line.length);
  const last = range.endLine > range.line ? line.length : Math.min(range.endColumn - 1, line.length);
  const from = line.length <= frameColumnsMax ? 0 : Math.max(0, first - contextBefore);
  const to = Math.min(line.length, from + frameColumnsMax);
  const before = from > 0 ? '…' : '';
  const text = `${before}${line.slice(from, to).join('')}${to < line.length ? '…' : ''}`;
  return { text, start: before.length + first - from, length: Math.max(1, Math.min(last, to) - first) };
}

function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of oneLine(paragraph).split(' ')) {
      if (line !== '' && line.length + 1 + word.length > columns) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}
