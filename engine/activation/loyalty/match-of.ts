/** What a purchase is known by: the value of a property that its events share. */

/** null: it has none. */
export function matchOf(
  { properties }: { readonly properties: Readonly<Record<string, unknown>> },
  property: string | undefined,
): string | null {
  const value = property === undefined ? undefined : properties[property];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
