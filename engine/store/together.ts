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

/** Made once for each combination of texts. */
const made = new Map<string, string>();

/** Runs the writes, of which none reads what another one writes; null: nothing to write there. Rows that they return are lost. */
export async function writeTogether(session: Session, writes: readonly (Statement | null)[]): Promise<void> {
  const parts = writes.filter((one) => one !== null);
  if (parts.length === 0) return;
  const texts = parts.map(({ text }) => text);
  const key = texts.join('\n;\n');
  const text = made.get(key) ?? joined(parts);
  made.set(key, text);
  await session.query(
    text,
    parts.flatMap(({ values }) => values),
  );
}

function joined(parts: readonly Statement[]): string {
  let before = 0;
  const texts = parts.map(({ text, values }) => {
    assert(!/^\s*with\b/i.test(text), 'a write that is joined has no `with` of its own');
    const offset = before;
    before += values.length;
    return text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + offset}`);
  });
  const ctes = texts.slice(0, -1).map((text, i) => `w${i} as (${text})`);
  return ctes.length === 0 ? (texts[0] as string) : `with ${ctes.join(', ')} ${texts.at(-1)}`;
}
