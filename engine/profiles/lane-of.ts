/** Which lane a profile lives in. Identifiers of profiles come from a sequence, so the remainder spreads them evenly. */

/** DESIGN, section 8: one of 1,024 buckets; the table `lane` holds a row for each. */
export const laneCount = 1024;

/** The lane of a profile, for good: it never moves. */
export function laneOf(profileId: number): number {
  return profileId % laneCount;
}
