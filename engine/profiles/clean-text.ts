/** Text on its way into the store: identifiers as they are stored, and what the store can't hold. Typed values: compiler/literals.ts. */

/** Longer ones are no identifiers, and wouldn't fit an index entry. */
export const identifierCharsMax = 512;

/** The stored form of an identifier, or null for text that is empty, too long, or can't be stored. */
export function cleanIdentifier(type: string, raw: string): string | null {
  const trimmed = raw.trim();
  if (trimmed === '' || trimmed.length > identifierCharsMax || !isStorable(trimmed)) return null;
  return type === 'email' ? trimmed.toLowerCase() : trimmed;
}

/** PostgreSQL holds neither the null character nor half a surrogate pair. */
export function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}
