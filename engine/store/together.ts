/**
 * Several writes as one statement: each part is a CTE, so they share a round trip, and what parsing, binding and committing a statement
 * costs on both sides. All of them see the tables as they were before any of them.
 */
import { strict as assert } from 'node:assert';
import type { Session } from './session.ts';

/** A text without a `with` of its own, whose parameters count from $1. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Several writes of the same rows, which are sent once: `{rows}` in the texts stands for what `rows` selects. */
export interface SharedStatement {
  readonly rows: string;
  readonly texts: readonly string[];
  readonly values: readonly unknown[];
}

/** Rows that one statement writes: of more, the server writes a part while the next one is made ready. */
const rowsAtOnce = 600;

/** The rows in parts that are written one after the other; at least one, which may be empty. */
export function inParts<Row>(rows: readonly Row[]): readonly (readonly Row[])[] {
  if (rows.length <= rowsAtOnce) return [rows];
  const count = Math.ceil(rows.length / rowsAtOnce);
  const each = Math.ceil(rows.length / count);
  return Array.from({ length: count }, (_, i) => rows.slice(i * each, (i + 1) * each));
}

/** Made once for each combination of texts. */
const made = new Map<string, string>();

/** Runs the writes, of which none reads what another one writes; null: nothing to write there. Rows that they return are lost. */
export async function writeTogether(
  session: Session,
  writes: readonly (Statement | SharedStatement | null)[],
): Promise<void> {
  const parts = writes.filter((one) => one !== null);
  if (parts.length === 0) return;
  const texts = parts.map((part) => ('text' in part ? part.text : [part.rows, ...part.texts].join('\n,\n')));
  const key = texts.join('\n;\n');
  const text = made.get(key) ?? joined(parts);
  made.set(key, text);
  await session.query(
    text,
    parts.flatMap(({ values }) => values),
  );
}

function joined(parts: readonly (Statement | SharedStatement)[]): string {
  let before = 0;
  const shared: string[] = [];
  const texts = parts.flatMap((part) => {
    const offset = before;
    before += part.values.length;
    const placed = (text: string) => {
      assert(!/^\s*with\b/i.test(text), 'a write that is joined has no `with` of its own');
      return text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + offset}`);
    };
    if ('text' in part) return [placed(part.text)];
    const rows = `r${shared.length}`;
    shared.push(`${rows} as materialized (${placed(part.rows)})`);
    return part.texts.map((text) => placed(text).replaceAll('{rows}', rows));
  });
  const ctes = [...shared, ...texts.slice(0, -1).map((text, i) => `w${i} as (${text})`)];
  return ctes.length === 0 ? (texts[0] as string) : `with ${ctes.join(', ')} ${texts.at(-1)}`;
}
