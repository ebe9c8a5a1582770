/**
 * A YAML text to its layout: documents with their nodes in the order of the text, still without comments. Only texts in
 * which YAML itself finds nothing wrong.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, visit } from 'yaml';
import type { LayoutCollection, LayoutDocument, LayoutItem, LayoutNode, LayoutScalar } from './layout.ts';
import { isAfterBlankLine } from './read-remarks.ts';

type YamlNode = NonNullable<Document['contents']>;

/** The layout of one document; null for an empty one. */
export function readLayout(text: string, document: Document): LayoutDocument | null {
  const contents = document.contents as YamlNode | null;
  if (contents === null || (isScalar(contents) && contents.value === null && contents.source === '')) return null;
  return {
    root: new LayoutReader(text).node(contents, -1),
    head: [],
    tail: [],
    hasAliases: usesAliases(document),
  };
}

function usesAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** Reads nodes of one text. */
class LayoutReader {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** `parentColumn`: of the collection that holds the node. */
  node(node: YamlNode, parentColumn: number): LayoutNode {
    const [start, end] = node.range ?? [0, 0];
    if (isAlias(node)) return { kind: 'scalar', start, end, anchor: '', form: 'line', lines: [`*${node.source}`] };
    const anchor = node.anchor === undefined ? '' : `&${node.anchor}`;
    if (isScalar(node)) return { ...this.scalar(node, parentColumn), start, end, anchor };
    const isFlow = node.flow === true;
    const own = this.columnOf(start);
    const column = isFlow ? parentColumn : own;
    const items = isMap(node)
      ? this.pairs(node.items as Pair[], column)
      : isSeq(node)
        ? this.items(node.items, column)
        : [];
    return {
      kind: isMap(node) ? 'map' : 'list',
      start,
      end,
      anchor,
      isFlow,
      column: shown(column, parentColumn),
      items,
      tail: [],
    };
  }

  private pairs(pairs: readonly Pair[], column: number): LayoutItem[] {
    return pairs.map((pair) => {
      const key = pair.key as Scalar;
      const value = pair.value as YamlNode | null;
      const [start, end] = key.range ?? [0, 0];
      const raw = this.text.slice(start, end);
      const name = key.source ?? String(key.value);
      const text = raw.includes('\n') ? JSON.stringify(name) : raw;
      return this.item({ text, name }, start, value === null || isMissing(value) ? null : this.node(value, column));
    });
  }

  private items(items: readonly unknown[], column: number): LayoutItem[] {
    return items.map((item) => {
      const node = item as YamlNode;
      const start = node.range?.[0] ?? 0;
      return this.item(null, start, isMissing(node) ? null : this.node(node, column));
    });
  }

  private item(key: LayoutItem['key'], start: number, value: LayoutNode | null): LayoutItem {
    const line = this.text.slice(this.lineStart(start), start);
    const isFirstOfLine = key === null ? /^[ \t]*-[ \t]*$/.test(line) : /^[ \t]*$/.test(line);
    const hasBlankBefore = isFirstOfLine && isAfterBlankLine(this.text, start);
    return { key, start, hasBlankBefore, value, before: [], head: null, side: null };
  }

  private scalar(node: Scalar, parentColumn: number): Pick<LayoutScalar, 'kind' | 'form' | 'lines'> {
    const [start, end] = node.range ?? [0, 0];
    const raw = this.text.slice(start, end);
    if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') return blockScalar(node, raw, parentColumn);
    const lines = raw.trimEnd().split('\n');
    if (lines.length === 1) return { kind: 'scalar', form: 'line', lines: [spelled(node, raw.trimEnd())] };
    return { kind: 'scalar', form: 'lines', lines: lines.map(withoutMargins) };
  }

  private columnOf(offset: number): number {
    return offset - this.lineStart(offset);
  }

  private lineStart(offset: number): number {
    return this.text.lastIndexOf('\n', offset - 1) + 1;
  }
}

/** A list that stands right under its key, not indented, counts as one deeper: a comment in that column is the key's. */
function shown(column: number, parentColumn: number): number {
  return column === parentColumn ? column + 1 : column;
}

/** Nothing is written, not even `null`. */
function isMissing(node: YamlNode): boolean {
  return isScalar(node) && node.value === null && node.source === '' && node.anchor === undefined;
}

/** Clocks are quoted, and quotes are double where nothing in them would have to be escaped. */
function spelled(node: Scalar, raw: string): string {
  if (node.type === 'PLAIN' && /^\d{1,2}:\d{2}$/.test(raw)) return `"${raw}"`;
  const isSimple = node.type === 'QUOTE_SINGLE' && !/["\\]/.test(raw) && /^[\x20-\x7e\u00a0-\ud7ff]*$/u.test(raw);
  return isSimple ? `"${raw.slice(1, -1).replaceAll("''", "'")}"` : raw;
}

/** A line of a text over several lines. An escaped space at the end belongs to the text. */
function withoutMargins(line: string): string {
  const trimmed = line.trim();
  return trimmed.endsWith('\\') && /\\[ \t]/.test(line.slice(line.lastIndexOf('\\'))) ? `${trimmed} ` : trimmed;
}

function blockScalar(node: Scalar, raw: string, parentColumn: number): Pick<LayoutScalar, 'kind' | 'form' | 'lines'> {
  const [first = '', ...rest] = raw.split('\n');
  const [, style = '|', signs = ''] = /^([|>])([-+1-9]*)/.exec(first) ?? [];
  const chomping = /[-+]/.exec(signs)?.[0] ?? '';
  const given = /[1-9]/.exec(signs)?.[0];
  // Nothing but line ends; how many of them count, the package knows.
  if (rest.every((line) => leadingSpaces(line) === line.length)) {
    return {
      kind: 'scalar',
      form: 'block',
      lines: [`${style}${chomping}`, ...(node.source ?? '').split('\n').slice(1)],
    };
  }
  const indent = given === undefined ? indentOf(rest) : Math.max(parentColumn, 0) + Number(given);
  const lines = rest.map((line) => line.slice(Math.min(indent, leadingSpaces(line))));
  // What follows the last line end is no line, unless something is written there.
  if (lines.at(-1) === '') lines.pop();
  if (chomping !== '+') while (lines.at(-1) === '') lines.pop();
  const needsSign = lines.find((line) => line !== '')?.startsWith(' ') === true;
  return { kind: 'scalar', form: 'block', lines: [`${style}${needsSign ? '2' : ''}${chomping}`, ...lines] };
}

function indentOf(lines: readonly string[]): number {
  return leadingSpaces(lines.find((line) => /[^ ]/.test(line)) ?? '');
}

function leadingSpaces(line: string): number {
  return /^ */.exec(line)![0].length;
}

export function isCollection(node: LayoutNode | null): node is LayoutCollection {
  return node !== null && node.kind !== 'scalar';
}
