/** All explanations by their codes. The texts stand in the other files of this folder, by topic. */
import type { Explanation, Explanations } from './explanation.ts';
import { fileExplanations } from './files.ts';

const all: ReadonlyMap<string, Explanation> = new Map(Object.entries({ ...fileExplanations } satisfies Explanations));

/** The explanation of a code; undefined for a code that has none, which a test forbids. */
export function explanationOf(code: string): Explanation | undefined {
  return all.get(code);
}

/** The codes that are explained, for the test that nothing is explained which isn't there. */
export function explainedCodes(): readonly string[] {
  return [...all.keys()];
}
