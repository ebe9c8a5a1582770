/** A fact that still says whom it is about by identifiers: what `ingestFacts` takes from files, and later from the API. */
import type { Value } from '../compiler/ir.ts';
import type { Cleaned } from './cleaning/clean.ts';
import type { Fact } from './fact.ts';

export interface Identifier {
  readonly type: string;
  /** As stored: trimmed, email in lower case (`cleanIdentifier`). */
  readonly value: string;
  /** As it was written, where a rule changed it. */
  readonly cleaned?: Cleaned;
}

export interface IdentifiedFact {
  /** Names the fact within its source for good: the second with the same id changes nothing. */
  readonly messageId: string;
  /** In order of trust; none only with `row`, when the fact is about nobody besides. */
  readonly identifiers: readonly Identifier[];
  readonly fact: Fact;
  /** All of them are one person, said outright; otherwise rules decide what follows from their coming together. */
  readonly isAlias?: true;
  /** What it says of a row of an entity. */
  readonly row?: RowStatement;
}

/** What is said of a row of an entity, at the time of the fact. */
export interface RowStatement {
  readonly entity: string;
  readonly key: string;
  /** The key among them; null forgets the value. */
  readonly fields: Readonly<Record<string, Value | null>>;
  readonly people: readonly {
    readonly role: string;
    readonly max: number;
    /** Whether these are all who have the role, or further people. */
    readonly names: 'all' | 'more';
    /** The identifiers of each, in order of trust; at most `max` people. */
    readonly of: readonly (readonly Identifier[])[];
  }[];
}
