/**
 * Offsets of a text to lines and columns, which count code points. Knows nothing of YAML.
 */
import type { SourceRange } from '../diagnostics/diagnostic.ts';

export interface TextPositions {
  /** The place from one offset (in UTF-16 units, as JavaScript counts) to another, exclusive. */
  range(start: number, end: number): SourceRange;
}

export function textPositions(file: string, text: string): TextPositions {
  // Most files are right, and nobody asks for places in them.
  let known: readonly number[] | undefined;

  function position(offset: number): { line: number; column: number } {
    known ??= startsOfLines(text);
    const lineStarts = known;
    const at = Math.max(0, Math.min(offset, text.length));
    const index = lastAtMost(lineStarts, at);
    return { line: index + 1, column: codePoints(text, lineStarts[index]!, at) + 1 };
  }

  return {
    range(start, end) {
      const from = position(start);
      const to = position(Math.max(start, end));
      return { file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
    },
  };
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last number that isn't greater than `value`; the first is 0. */
function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function codePoints(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += text.codePointAt(at)! > 0xffff ? 2 : 1) count += 1;
  return count;
}
