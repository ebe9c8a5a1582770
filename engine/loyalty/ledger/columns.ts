/** Members and times as columns of statements. */

export interface Who {
  readonly lane: number;
  readonly profileId: number;
  readonly program: string;
}

export const whoArrays = '$1::smallint[], $2::bigint[], $3::text[]';

export function columnsOf(who: readonly Who[]): readonly unknown[] {
  return [who.map((one) => one.lane), who.map((one) => one.profileId), who.map((one) => one.program)];
}

/** Instants as texts. Those of one set are mostly alike, and writing each anew was measured at a third of our time. */
export function instants(times: readonly (number | null)[]): readonly (string | null)[] {
  const known = new Map<number, string>();
  return times.map((at) => {
    if (at === null) return null;
    const text = known.get(at) ?? new Date(at).toISOString();
    known.set(at, text);
    return text;
  });
}
