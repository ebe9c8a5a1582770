/** What compiled conditions and traits must know of the bundle that they belong to. Made of resources in `as-of.ts`. */
import type { Condition, TraitBody, Weekday } from './ir.ts';
import type { Ranks } from './points-sql.ts';

/** What a scope must know of the bundle. */
export interface Definitions {
  readonly zone: string;
  readonly weekStarts: Weekday;
  /** The one in which formulas and quantiles compute. */
  readonly currency: string;
  segment(id: string): Condition;
  trait(name: string): TraitBody;
  ranks(program: string): Ranks;
  /** A digest of a trait's definition with all that it reads: what was worked out under another one says nothing. */
  signature(trait: string): string;
}
