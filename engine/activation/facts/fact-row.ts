/** A fact as it was taken from the inbox of a lane. How facts are recorded is in the files beside. */
import type { Fact } from '../../profiles/fact.ts';
import type { InboxRow } from '../lanes/queries.ts';

export interface FactRow {
  readonly lane: number;
  readonly profileId: number;
  readonly seq: number;
  readonly hop: number;
  readonly fact: Fact;
}

/** A row of the inbox whose times are no instants. The driver must not be handed them; the row is set apart as if the server had refused. */
export class UnreadableFact extends Error {
  override readonly name = 'UnreadableFact';
  /** The SQLSTATE of a date that doesn't exist: a fault of data (`faults.ts`). */
  readonly code = '22008';
}

/** What a `Date` can hold, in milliseconds. */
const instantMax = 8.64e15;

/** The row of a fact of somebody. Errors: UnreadableFact, which quotes nothing of the row. */
export function factRowOf({ lane, profile_id, seq, hop, body }: InboxRow): FactRow {
  const fact = body as Fact;
  for (const key of ['at', 'received'] as const)
    if (!(Math.abs(fact[key]) <= instantMax))
      throw new UnreadableFact(`A fact's ${key} is no instant in milliseconds since 1970.`);
  return { lane, profileId: profile_id as number, seq, hop, fact };
}
