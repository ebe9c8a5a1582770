/** Rows of a JSON Lines file: one object a line. Cells are JSON values; numbers that a double can't hold stay text. */
import type { RowReading } from './row.ts';
import type { TextBlock } from './text-blocks.ts';

/** Sixteen digits or more (with a point perhaps): beyond what a double keeps. */
const longNumber = /[0-9][0-9.]{15}/;
const stringOrLongNumber = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.]{15,}(?:[eE][+-]?[0-9]+)?/g;

/** Yields the lines but empty ones; a line that isn't a JSON object is bad. Errors: `ImportError`. */
export async function* readJsonl(blocks: AsyncIterable<TextBlock>): AsyncGenerator<RowReading> {
  for await (const { bytes, line } of blocks) {
    const lines = bytes.toString('utf8').split('\n');
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!.trim();
      if (text !== '') yield readLine(line + i, text);
    }
  }
}

/** One line: a row, or why it is none. */
export function readLine(line: number, text: string): RowReading {
  let value: unknown;
  try {
    value = JSON.parse(longNumber.test(text) ? keepLongNumbers(text) : text);
  } catch {
    return { kind: 'bad', line, reason: "isn't valid JSON" };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { kind: 'bad', line, reason: "isn't a JSON object" };
  }
  return { kind: 'row', line, cells: value as Record<string, unknown> };
}

/** An identifier of 17 digits must not become its neighbour. */
function keepLongNumbers(text: string): string {
  return text.replace(stringOrLongNumber, (token) => (token.startsWith('"') ? token : `"${token}"`));
}
