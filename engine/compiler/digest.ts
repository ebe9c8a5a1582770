/** SHA-256 digests of compiled bodies and bundles. What goes into them is decided by `canonical.ts` and `compile.ts`. */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical.ts';

/** SHA-256 of the value's canonical JSON in UTF-8, 64 hex digits. */
export function digestOf(value: unknown): string {
  return digestOfText(canonicalJson(value));
}

/** The digest of a bundle of these resources, in their order: by kind, then id. */
export function digestOfResources(
  resources: readonly { readonly kind: string; readonly id: string; readonly digest: string; readonly meta: unknown }[],
): string {
  return digestOf(resources.map(({ kind, id, digest, meta }) => ({ kind, id, digest, meta })));
}

/** The same of a text that is canonical already. */
export function digestOfText(canonical: string): string {
  return hash('sha256', canonical, 'hex');
}
