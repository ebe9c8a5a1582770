/** The comments and separators of a YAML text by their offsets, from its lexemes: each comment exactly once. */
import { CST, Lexer } from 'yaml';

export interface FoundRemark {
  readonly offset: number;
  /** In code points, from 0. */
  readonly column: number;
  /** From `#` on, without the spaces at its end. */
  readonly text: string;
  /** Nothing but spaces stands before it. */
  readonly isOwnLine: boolean;
  readonly hasBlankBefore: boolean;
}

export interface FoundRemarks {
  readonly remarks: readonly FoundRemark[];
  /** Offsets of the lines `---`. */
  readonly separators: readonly number[];
}

/** Lexemes that stand for nothing in the text. */
const marks: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** Reads a text whose line ends are `\n`. */
export function readRemarks(text: string): FoundRemarks {
  const remarks: FoundRemark[] = [];
  const separators: number[] = [];
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (marks.has(lexeme)) {
      isScalar = lexeme === CST.SCALAR;
      continue;
    }
    const type = isScalar ? 'scalar' : CST.tokenType(lexeme);
    if (type === 'comment') remarks.push(remarkAt(text, offset, lexeme));
    if (type === 'doc-start') separators.push(offset);
    offset += lexeme.length;
    isScalar = false;
  }
  return { remarks, separators };
}

function remarkAt(text: string, offset: number, lexeme: string): FoundRemark {
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(line, offset);
  return {
    offset,
    column: [...before].length,
    text: lexeme.trimEnd(),
    isOwnLine: before.trim() === '',
    hasBlankBefore: isAfterBlankLine(text, offset),
  };
}

/** Whether the line before that of the offset is empty. */
export function isAfterBlankLine(text: string, offset: number): boolean {
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  if (line === 0) return false;
  const before = text.lastIndexOf('\n', line - 2) + 1;
  return text.slice(before, line).trim() === '';
}
