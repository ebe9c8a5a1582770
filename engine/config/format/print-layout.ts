/**
 * The layout to canonical text: two spaces a level, brackets kept where the author used them and 120 columns are enough,
 * one blank line where there were blank lines, comments in their column. Knows what may stand on one line from `roles.ts`.
 */
import type {
  LayoutCollection,
  LayoutDocument,
  LayoutItem,
  LayoutNode,
  LayoutScalar,
  Remark,
  SideRemark,
} from './layout.ts';
import { inOrder, isLeaving, mayBeOneLine, type Role, roleWithin } from './roles.ts';

/** Code points; comments behind a line don't count. */
export const columnsMax = 120;

/** The lines of one document, without separators. */
export function printDocument(document: LayoutDocument): readonly string[] {
  const printer = new Printer(document.hasAliases);
  const { root } = document;
  printer.remarks(document.head, 0);
  // The lines of a text are indented: a comment below would belong to it.
  if (root.kind === 'scalar') printer.value('', { value: root, side: null }, root.form === 'block' ? 0 : -2);
  else if (root.items.length === 0) printer.line(root.kind === 'map' ? '{}' : '[]');
  else {
    if (root.anchor !== '') printer.line(root.anchor);
    printer.items(root, { indent: 0, role: rootRole(root), lead: null });
  }
  printer.remarks(document.tail, 0);
  return printer.lines;
}

function rootRole(root: LayoutCollection): Role {
  if (root.kind !== 'map') return 'plain';
  const kind = root.items.find(({ key }) => key?.name === 'kind')?.value;
  return kind?.kind === 'scalar' && kind.lines[0] === 'journey' ? 'journey' : 'document';
}

interface Surroundings {
  readonly indent: number;
  readonly role: Role;
  /** What the first line begins with, when it isn't the indent alone: `  - `. */
  readonly lead: string | null;
}

/** Writes lines. A class, since the lines so far decide where a blank one may stand. */
class Printer {
  readonly lines: string[] = [];
  private readonly keepsOrder: boolean;
  /** How many lines there were when a text ended that keeps its line ends: a blank line right behind it would be text. */
  private keptTextEnd = -1;

  constructor(keepsOrder: boolean) {
    this.keepsOrder = keepsOrder;
  }

  line(text: string, side: SideRemark | null = null): void {
    if (side === null) this.lines.push(text);
    else this.lines.push(`${text}${' '.repeat(Math.max(1, side.column - width(text)))}${side.text}`);
  }

  remarks(remarks: readonly Remark[], indent: number, from = 0): void {
    for (const remark of remarks) {
      if (remark.hasBlankBefore) this.blank(from);
      this.line(`${' '.repeat(indent)}${remark.text}`);
    }
  }

  /** One empty line, but never the first of what began at line `from`, never two, and none that would belong to a text. */
  private blank(from: number): void {
    if (this.lines.length === this.keptTextEnd) return;
    if (this.lines.length > from && this.lines.at(-1)!.trim() !== '') this.lines.push('');
  }

  items(collection: LayoutCollection, { indent, role, lead }: Surroundings): void {
    // A document begins with its head, where there is one.
    const from = indent === 0 ? 0 : this.lines.length;
    const items = this.keepsOrder ? collection.items : inOrder(role, collection.items);
    items.forEach((item, index) => {
      const ledBy = index === 0 ? lead : null;
      // Nothing can stand between a hyphen and the first key: what would, stands above both.
      this.remarks(item.before, ledBy === null ? indent : margin(ledBy), from);
      if (ledBy === null && item.hasBlankBefore) this.blank(from);
      this.item(item, { indent, role, lead: ledBy ?? ' '.repeat(indent) });
    });
    this.remarks(collection.tail, indent, from);
  }

  private item(item: LayoutItem, { indent, role, lead }: Surroundings): void {
    const own = roleWithin(role, item.key?.name ?? null);
    const start = `${lead}${item.key === null ? '-' : `${item.key.text}:`}`;
    const { value } = item;
    if (value === null || value.kind === 'scalar') {
      this.value(start, item, indent);
      return;
    }
    const mayStayInBrackets = own !== 'step' || isLeaving(value);
    const flow = mayStayInBrackets ? oneLine(value, own, role) : null;
    const text = flow === null ? null : joined(start, value.anchor, flow);
    const hasRoom = text !== null && (width(text) <= columnsMax || value.items.length === 0);
    if (hasRoom) this.line(text, item.side);
    else this.block(start, item, value, { indent: indent + 2, role: own, lead: null });
  }

  private block(start: string, item: LayoutItem, value: LayoutCollection, inside: Surroundings): void {
    if (item.key === null && value.anchor === '') {
      // What stood behind the closing bracket stands above now.
      if (item.side !== null) this.remarks([above(item.side)], margin(start));
      this.items(value, { ...inside, lead: `${start} ` });
      return;
    }
    this.line(joined(start, value.anchor), item.head ?? item.side);
    if (item.head !== null && item.side !== null) this.remarks([above(item.side)], inside.indent);
    this.items(value, inside);
  }

  /** A value that isn't a collection, after its key or hyphen. */
  value(start: string, { value, side }: Pick<LayoutItem, 'value' | 'side'>, indent: number): void {
    if (value === null) {
      this.line(start, side);
      return;
    }
    const { form, lines } = value as LayoutScalar;
    const first = joined(start, value.anchor, lines[0] ?? '');
    const below = lines.slice(1).map((text) => (text === '' ? '' : `${' '.repeat(indent + 2)}${text}`));
    if (form !== 'lines') {
      this.line(first, side);
      this.lines.push(...below);
      if (form === 'block' && lines[0]!.endsWith('+')) this.keptTextEnd = this.lines.length;
    } else {
      this.lines.push(first, ...below.slice(0, -1));
      this.line(below.at(-1) ?? '', side);
    }
  }
}

function above(side: SideRemark): Remark {
  return { text: side.text, hasBlankBefore: false };
}

/** Spaces at the beginning. */
function margin(text: string): number {
  return text.length - text.trimStart().length;
}

/** What is there, apart by one space each. */
function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

function width(text: string): number {
  return [...text].length;
}

/** The node in brackets; null when it was not, when it holds comments or lines, or when the language wants it below. */
function oneLine(node: LayoutNode, role: Role, within: Role): string | null {
  if (node.kind === 'scalar') return node.form === 'line' ? joined(node.anchor, node.lines[0] ?? '') : null;
  if (!node.isFlow || node.tail.length > 0 || !mayBeOneLine(role, node, within)) return null;
  const parts: string[] = [];
  for (const item of inOrder(role, node.items)) {
    if (item.before.length > 0 || item.head !== null || item.side !== null) return null;
    const inner = item.value === null ? '' : oneLine(item.value, roleWithin(role, item.key?.name ?? null), role);
    if (inner === null) return null;
    const anchor = item.value !== null && item.value.kind !== 'scalar' ? item.value.anchor : '';
    parts.push(item.key === null ? joined(anchor, inner) : joined(`${item.key.text}:`, anchor, inner));
  }
  return bracketed(node, parts);
}

function bracketed(node: LayoutCollection, parts: readonly string[]): string {
  if (node.kind === 'map') return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
  const holdsCollections = node.items.some(({ value }) => value !== null && value.kind !== 'scalar');
  return holdsCollections ? `[ ${parts.join(', ')} ]` : `[${parts.join(', ')}]`;
}
