/** All explanations by their codes. The texts stand in the other files of this folder, by topic. */
import { actExplanations } from './acts.ts';
import { conditionExplanations } from './conditions.ts';
import type { Explanation } from './explanation.ts';
import { fileExplanations } from './files.ts';
import { guardrailExplanations } from './guardrails.ts';
import { journeyExplanations } from './journeys.ts';
import { kindExplanations } from './kinds.ts';
import { loyaltyExplanations } from './loyalty.ts';
import { messageExplanations } from './messages.ts';
import { preferenceExplanations } from './preferences.ts';
import { referenceExplanations } from './references.ts';
import { shapeExplanations } from './shapes.ts';
import { templateExplanations } from './templates.ts';
import { trapExplanations } from './traps.ts';
import { valueExplanations } from './values.ts';
import { wayExplanations } from './ways.ts';

const all: ReadonlyMap<string, Explanation> = new Map(
  [
    fileExplanations,
    shapeExplanations,
    referenceExplanations,
    valueExplanations,
    journeyExplanations,
    messageExplanations,
    kindExplanations,
    templateExplanations,
    loyaltyExplanations,
    guardrailExplanations,
    preferenceExplanations,
    trapExplanations,
    conditionExplanations,
    wayExplanations,
    actExplanations,
  ].flatMap((some) => Object.entries(some)),
);

/** The explanation of a code; undefined for a code that has none, which a test forbids. */
export function explanationOf(code: string): Explanation | undefined {
  return all.get(code);
}

/** The codes that are explained, for the test that nothing is explained which isn't there. */
export function explainedCodes(): readonly string[] {
  return [...all.keys()];
}
