/** What a value test is about: a trait, a field, the last or first of some events. */
import type { Condition, ValueTest } from '../ir.ts';
import type { Typed } from './values.ts';

export interface Subject {
  /** The type of the values it is compared with. */
  readonly typed: Typed;
  /** The condition that the test holds. */
  leaf(test: ValueTest): Condition;
}
