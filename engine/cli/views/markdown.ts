/** Pieces of Markdown that stay what they are, whatever text is put into them: people write titles, and comments are read by many. */

/** Plain text: nothing in it is markup, names nobody and links nowhere. */
export function plainText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[&<>@#]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/[\\`*_{}[\]()~|!]/g, '\\$&')
    .replace(/:\/\//g, ':&#47;&#47;');
}

/** A code span. */
export function code(text: string): string {
  const one = text.replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...one.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  const isTouching = one.startsWith('`') || one.endsWith('`');
  // A bar would end the cell of a table.
  return `${ticks}${isTouching ? ' ' : ''}${one.replace(/\|/g, '\\|')}${isTouching ? ' ' : ''}${ticks}`;
}

/** A block of code, fenced by more ticks than it holds. */
export function codeBlock(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n*$/, '\n')}${fence}\n`;
}

/** A table; cells are Markdown. Nothing for no rows. */
export function markdownTable(head: readonly string[], align: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = line(head.map((_, index) => (align[index] === 'r' ? '---:' : '---')));
  return `${line(head)}${rule}${rows.map(line).join('')}\n`;
}

/** What is folded until somebody opens it. `summary` is Markdown of one line. */
export function folded(summary: string, text: string): string {
  return `<details><summary>${summary}</summary>\n\n${text.trimEnd()}\n\n</details>\n\n`;
}

/** A part of a document: `short` stands in its place where the whole is too long. */
export interface Block {
  readonly text: string;
  readonly short: string;
}

/**
 * The blocks as one text of at most so many bytes: from the middle on, blocks give way to their short forms, the last first; what is
 * still too long ends with the pointer.
 */
export function fitted(blocks: readonly Block[], { bytesMax, pointer }: { bytesMax: number; pointer: string }): string {
  const size = (text: string) => Buffer.byteLength(text);
  const texts = blocks.map((block) => block.text);
  let left = texts.reduce((sum, text) => sum + size(text), 0);
  if (left <= bytesMax) return texts.join('');
  const room = bytesMax - size(pointer);
  for (let at = texts.length - 1; at >= 0 && left > room; at -= 1) {
    const { text, short } = blocks[at] as Block;
    left -= size(text) - size(short);
    texts[at] = short;
  }
  let out = '';
  for (const text of texts) {
    if (size(out) + size(text) > room) break;
    out += text;
  }
  return out + pointer;
}
