/** An assertion with a value: what is missing here is a mistake of ours, never of a user. */
import { strict as assert } from 'node:assert';

/** The value, which must be there. */
export function assertDefined<T>(value: T | null | undefined, why: string): T {
  assert(value !== null && value !== undefined, why);
  return value;
}
