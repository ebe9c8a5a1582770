/** How text looks at a terminal: colours, tables, counted words, dates. Pure; knows nothing of what it shows. */

export interface Style {
  added(text: string): string;
  changed(text: string): string;
  removed(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

/** ANSI colours, or the text as it is. */
export function styleOf({ isColoured }: { readonly isColoured: boolean }): Style {
  const paint = (code: string) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { added: paint('32'), changed: paint('33'), removed: paint('31'), strong: paint('1'), faint: paint('2') };
}

export type Cell = string | number | null;

export interface TableOptions {
  /** A letter a column: `l` text, `r` numbers. Default: the first is text, the others are numbers. */
  readonly align?: string;
  /** Put before each line. Default two spaces. */
  readonly indent?: string;
}

/** Rows under a head, columns aligned, ending with a newline. Nothing shows as `·`. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], options: TableOptions = {}): string {
  const { align = 'l', indent = '  ' } = options;
  const texts = [head, ...rows.map((row) => row.map(cellText))];
  const widths = head.map((_, i) => Math.max(...texts.map((row) => (row[i] ?? '').length)));
  const lines = texts.map((row) =>
    row
      .map((text, i) => (align[i] === 'l' ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `${indent}${line}\n`).join('');
}

function cellText(cell: Cell): string {
  if (cell === null || cell === 0) return '·';
  return typeof cell === 'number' ? formatCount(cell) : oneLine(cell);
}

/** `12,345`: the same on every machine. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 person`, `2 people`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `12.3 %`; nothing of nothing is `·`. */
export function formatShare(share: number | null): string {
  return share === null ? '·' : `${(share * 100).toFixed(1)} %`;
}

/** `2026-01-31 09:30 UTC`, to the minute. */
export function formatTime(at: Date | string | number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Text that came from outside must not move the cursor or break a table. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}
