/** A fact that still says whom it is about by identifiers: what `ingestFacts` takes from files, and later from the API. */
import type { Fact } from './fact.ts';

export interface Identifier {
  readonly type: string;
  /** As stored: trimmed, email in lower case (`cleanIdentifier`). */
  readonly value: string;
}

export interface IdentifiedFact {
  /** Names the fact within its source for good: the second with the same id changes nothing. */
  readonly messageId: string;
  /** At least one, in order of trust. */
  readonly identifiers: readonly Identifier[];
  readonly fact: Fact;
}
