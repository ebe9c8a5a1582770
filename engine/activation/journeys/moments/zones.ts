/**
 * Zones that a transaction has seen while it read conditions: what is due by a person's clock needn't look him up once more. Null: he has none of
 * his own. Pure.
 */

export interface Zones {
  /** Undefined: it hasn't been seen. */
  of(profileId: number): string | null | undefined;
  /** Called when a read is sent; what it returns is told what came of it. */
  reading(): (profileId: number, zone: string | null) => void;
  /** Zones may be others from now on; reads that are on their way say nothing any more. */
  forget(): void;
}

export function zonesOfBatch(): Zones {
  let seen = new Map<number, string | null>();
  return {
    of: (profileId) => seen.get(profileId),
    reading() {
      const then = seen;
      return (profileId, zone) => then.set(profileId, zone);
    },
    forget() {
      seen = new Map();
    },
  };
}
