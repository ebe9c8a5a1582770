/**
 * The everyday part of YAML read at once, without nodes and tokens: maps and lists by indentation, maps, lists and texts on one line,
 * comments. Whatever else stands in a text, and whatever is wrong with it, is left to the `yaml` package: this reader says nothing of a
 * text that it doesn't know to be right and plain. `test/config/plain-reader.test.ts` holds it to the package.
 */
import { keyTrap, valueTrap } from './traps.ts';

/** Longer texts could hold more values than a document may; deeper ones are no plain texts. */
const textMax = 200_000;
const depthMax = 32;
const keyMax = 128;

/** Tabs, carriage returns, and what looks like a space or the end of a line and is none. */
const unusualSpace = /[\t\r\u0085\u00a0\u2000-\u200b\u2028\u2029\u202f\u3000\ufeff]/;

/** What YAML takes for a number, in any of its spellings. */
const numeric =
  /^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
/** Words that aren't texts, in the spellings that values don't show, too. */
const words = /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE)$/;

/**
 * The values of a text's documents, in their order; undefined when something in it is beyond this reader. Each value is spelled as
 * `String` spells it, and none is empty.
 */
export function readPlain(text: string): readonly unknown[] | undefined {
  if (text.length > textMax || unusualSpace.test(text)) return undefined;
  return new PlainReader(text).readDocuments();
}

/** A class, since it goes along a text. Its methods give undefined for what isn't plain. */
class PlainReader {
  private readonly text: string;
  /** Where the line at hand begins and ends. */
  private lineStart = 0;
  private lineEnd = -1;
  /** Where reading stands in the line. */
  private at = 0;
  /** The column of what is next: -1 at a line between documents and at the end. */
  private indent = -1;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  readDocuments(): readonly unknown[] | undefined {
    const documents: unknown[] = [];
    this.nextLine();
    if (this.isMarker()) this.nextLine();
    for (;;) {
      const document = this.indent === 0 ? this.readMap(0) : undefined;
      if (document === undefined) return undefined;
      documents.push(document);
      if (this.isEnd()) return documents;
      if (!this.isMarker()) return undefined;
      this.nextLine();
    }
  }

  private isEnd(): boolean {
    return this.lineStart >= this.text.length;
  }

  /** Whether the line at hand sets documents apart. */
  private isMarker(): boolean {
    return this.indent === -1 && this.text.startsWith('---', this.lineStart) && this.isRestEmpty(this.lineStart + 3);
  }

  /** Goes to the next line that isn't empty and no comment. */
  private nextLine(): void {
    const { text } = this;
    for (;;) {
      this.lineStart = this.lineEnd + 1;
      if (this.lineStart >= text.length) break;
      const end = text.indexOf('\n', this.lineStart);
      this.lineEnd = end === -1 ? text.length : end;
      this.at = this.afterSpaces(this.lineStart);
      if (this.at === this.lineEnd || text.charCodeAt(this.at) === hash) continue;
      this.indent = this.at - this.lineStart;
      if (this.indent === 0 && (text.startsWith('---', this.at) || text.startsWith('...', this.at))) break;
      return;
    }
    this.indent = -1;
  }

  private afterSpaces(from: number): number {
    let at = from;
    while (this.text.charCodeAt(at) === space) at += 1;
    return at;
  }

  /** Whether nothing but spaces and a comment follows in the line. */
  private isRestEmpty(from: number): boolean {
    const at = this.afterSpaces(from);
    return at >= this.lineEnd || (at > from && this.text.charCodeAt(at) === hash);
  }

  private readMap(column: number): Readonly<Record<string, unknown>> | undefined {
    if (this.depth >= depthMax) return undefined;
    this.depth += 1;
    const map: Record<string, unknown> = {};
    while (this.indent === column) {
      const key = this.readKey();
      if (key === undefined || Object.hasOwn(map, key)) break;
      const value = this.isRestEmpty(this.at) ? this.readBelow(column) : this.readBeside();
      if (value === undefined) return undefined;
      map[key] = value;
    }
    this.depth -= 1;
    return this.indent < column ? map : undefined;
  }

  /** What stands below a key: a list may begin in the column of its key. */
  private readBelow(column: number): unknown {
    this.nextLine();
    if (this.isItem() && this.indent >= column) return this.readList(this.indent);
    return this.indent > column ? this.readMap(this.indent) : undefined;
  }

  private isItem(): boolean {
    return this.text.charCodeAt(this.at) === hyphen && this.text.charCodeAt(this.at + 1) === space && this.indent >= 0;
  }

  private readList(column: number): readonly unknown[] | undefined {
    if (this.depth >= depthMax) return undefined;
    this.depth += 1;
    const list: unknown[] = [];
    while (this.indent === column && this.isItem()) {
      this.at = this.afterSpaces(this.at + 1);
      this.indent = this.at - this.lineStart;
      const item = this.keyEnd() === -1 ? this.readBeside() : this.readMap(this.indent);
      if (item === undefined) return undefined;
      list.push(item);
    }
    this.depth -= 1;
    return this.indent <= column ? list : undefined;
  }

  /** Where the key at hand ends; -1 when there is none. */
  private keyEnd(): number {
    const { text } = this;
    let at = this.at;
    if (isWordPart(text.charCodeAt(at))) while (isKeyPart(text.charCodeAt(at))) at += 1;
    if (at === this.at || at - this.at > keyMax || text.charCodeAt(at) !== colon) return -1;
    return at + 1 === this.lineEnd || text.charCodeAt(at + 1) === space ? at : -1;
  }

  /** The key at hand with its colon. */
  private readKey(): string | undefined {
    const end = this.keyEnd();
    if (end === -1) return undefined;
    const key = this.text.slice(this.at, end);
    this.at = end + 1;
    if (key === '__proto__' || (key.length <= 5 && (words.test(key) || keyTrap(key, true) !== undefined))) {
      return undefined;
    }
    return key;
  }

  /** The value in the rest of the line, which must be whole there. */
  private readBeside(): unknown {
    this.at = this.afterSpaces(this.at);
    const first = this.text.charCodeAt(this.at);
    const value =
      first === openBrace || first === openBracket || first === doubleQuote || first === singleQuote
        ? this.readDelimited(first)
        : this.readPlainBeside();
    if (value === undefined || !this.isRestEmpty(this.at)) return undefined;
    const column = this.indent;
    this.nextLine();
    // Deeper than its key or in the column of its hyphen, it would be a part of this value.
    return this.indent > column ? undefined : value;
  }

  private readPlainBeside(): unknown {
    const { text, at } = this;
    if (!this.beginsPlain()) return undefined;
    const comment = text.indexOf(' #', at);
    let end = comment === -1 || comment > this.lineEnd ? this.lineEnd : comment;
    while (text.charCodeAt(end - 1) === space) end -= 1;
    const found = text.slice(at, end);
    this.at = end;
    return found.includes(': ') || found.endsWith(':') ? undefined : plainValue(found);
  }

  /** Whether a text without quotes can begin here; what YAML allows besides is rare. */
  private beginsPlain(): boolean {
    const first = this.text.charCodeAt(this.at);
    if (first === hyphen) return isWordPart(this.text.charCodeAt(this.at + 1));
    return isWordPart(first) || first > 127 || '$/(.+<=;^\\~'.includes(String.fromCharCode(first));
  }

  private readDelimited(first: number): unknown {
    if (first === openBrace) return this.readFlowMap();
    if (first === openBracket) return this.readFlowList();
    return this.readQuoted(first === doubleQuote ? '"' : "'");
  }

  private readQuoted(quote: '"' | "'"): string | undefined {
    const start = this.at + 1;
    const end = this.text.indexOf(quote, start);
    if (end === -1 || end >= this.lineEnd) return undefined;
    this.at = end + 1;
    const found = this.text.slice(start, end);
    const isEscaped = quote === '"' ? found.includes('\\') : this.text[end + 1] === quote;
    return isEscaped || valueTrap(found, false) !== undefined ? undefined : found;
  }

  private readFlowMap(): Readonly<Record<string, unknown>> | undefined {
    if (this.depth >= depthMax) return undefined;
    this.depth += 1;
    const map: Record<string, unknown> = {};
    for (let isOpen = !this.closes(closeBrace); isOpen; isOpen = this.goesOn()) {
      const key = this.readKey();
      if (key === undefined || Object.hasOwn(map, key)) return undefined;
      const value = this.readFlowValue();
      if (value === undefined) return undefined;
      map[key] = value;
    }
    return this.leave(closeBrace) ? map : undefined;
  }

  private readFlowList(): readonly unknown[] | undefined {
    if (this.depth >= depthMax) return undefined;
    this.depth += 1;
    const list: unknown[] = [];
    for (let isOpen = !this.closes(closeBracket); isOpen; isOpen = this.goesOn()) {
      const item = this.readFlowValue();
      if (item === undefined) return undefined;
      list.push(item);
    }
    return this.leave(closeBracket) ? list : undefined;
  }

  /** Goes behind an opening bracket; whether its closing one follows at once. */
  private closes(bracket: number): boolean {
    this.at = this.afterSpaces(this.at + 1);
    return this.text.charCodeAt(this.at) === bracket;
  }

  /** Goes behind a comma, if one follows. */
  private goesOn(): boolean {
    if (this.text.charCodeAt(this.at) !== comma) return false;
    this.at = this.afterSpaces(this.at + 1);
    return true;
  }

  private leave(bracket: number): boolean {
    this.depth -= 1;
    if (this.text.charCodeAt(this.at) !== bracket) return false;
    this.at += 1;
    return true;
  }

  /** The value in a bracket, and the spaces after it. */
  private readFlowValue(): unknown {
    this.at = this.afterSpaces(this.at);
    const first = this.text.charCodeAt(this.at);
    const value =
      first === openBrace || first === openBracket || first === doubleQuote || first === singleQuote
        ? this.readDelimited(first)
        : this.readPlainInFlow();
    this.at = this.afterSpaces(this.at);
    return value;
  }

  private readPlainInFlow(): unknown {
    const { text, at: start } = this;
    if (!this.beginsPlain()) return undefined;
    let at = start;
    while (!isFlowEnd(text.charCodeAt(at))) at += 1;
    // A colon, a comment or a bracket in the middle: some of it may be part of the text.
    const next = text.charCodeAt(at);
    if (next !== comma && next !== closeBrace && next !== closeBracket) return undefined;
    this.at = at;
    while (text.charCodeAt(at - 1) === space) at -= 1;
    return plainValue(text.slice(start, at));
  }
}

/** The value of a text without quotes; undefined where its spelling says more than the value, or something else to other readers. */
function plainValue(text: string): unknown {
  const first = text.charCodeAt(0);
  if (first < 58 && numeric.test(text)) {
    const number = Number(text);
    return Number.isFinite(number) && String(number) === text ? number : undefined;
  }
  if (text.length <= 5 && words.test(text)) return text === 'true' ? true : text === 'false' ? false : undefined;
  return valueTrap(text, true) === undefined ? text : undefined;
}

const newline = 10;
const space = 32;
const doubleQuote = 34;
const hash = 35;
const singleQuote = 39;
const comma = 44;
const hyphen = 45;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

function isWordPart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

/** Letters, digits, `_`, `-`, `.` and `/`. */
function isKeyPart(code: number): boolean {
  return isWordPart(code) || (code >= 45 && code <= 47);
}

function isFlowEnd(code: number): boolean {
  return (
    code === comma ||
    code === closeBrace ||
    code === closeBracket ||
    code === colon ||
    code === hash ||
    code === openBrace ||
    code === openBracket ||
    code === newline ||
    Number.isNaN(code)
  );
}
