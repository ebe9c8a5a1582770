/** SHA-256 digests of compiled bodies and bundles. What goes into them is decided by `canonical.ts` and `compile.ts`. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical.ts';

/** SHA-256 of the value's canonical JSON in UTF-8, 64 hex digits. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex');
}
