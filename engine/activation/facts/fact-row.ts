/** A fact as it was taken from the inbox of a lane. How facts are recorded is in the files beside. */
import type { Fact } from '../../profiles/fact.ts';

export interface FactRow {
  readonly lane: number;
  readonly profileId: number;
  readonly seq: number;
  readonly hop: number;
  readonly fact: Fact;
}
