/** The consents of who becomes one: of two statements about one purpose and channel a denial stands, and of equals the newer. Pure. */
import type { ConsentRow, Merge } from './rows/queries.ts';

export interface MergedConsents {
  /** Rows as they were, each with the merge that ends them. */
  readonly kept: readonly { readonly mergeId: number; readonly row: ConsentRow }[];
  /** The survivors' from now on. */
  readonly set: readonly ConsentRow[];
}

export function mergedConsents(rows: readonly ConsentRow[], merges: readonly Merge[]): MergedConsents {
  const mergeOf = new Map(merges.map((one) => [one.from, one]));
  const firstInto = new Map([...merges].reverse().map((one) => [one.into, one]));
  const standing = new Map<string, ConsentRow>();
  const before = new Map<string, ConsentRow>();
  for (const row of rows) {
    const owner = mergeOf.get(row.profile_id)?.into ?? row.profile_id;
    const key = `${owner}\0${row.purpose}\0${row.channel}`;
    if (owner === row.profile_id) before.set(key, row);
    const other = standing.get(key);
    standing.set(
      key,
      other === undefined ? { ...row, profile_id: owner } : { ...stricter(other, row), profile_id: owner },
    );
  }
  const set = [...standing].filter(([key, row]) => !isSame(before.get(key), row)).map(([, row]) => row);
  const kept = rows.flatMap((row) => {
    const merge = mergeOf.get(row.profile_id) ?? firstInto.get(row.profile_id);
    return merge === undefined ? [] : [{ mergeId: merge.mergeId, row }];
  });
  return { kept, set };
}

function stricter(a: ConsentRow, b: ConsentRow): ConsentRow {
  if (a.state !== b.state) return a.state === 'denied' ? a : b;
  return a.since >= b.since ? a : b;
}

function isSame(a: ConsentRow | undefined, b: ConsentRow): boolean {
  return a !== undefined && a.state === b.state && a.since.getTime() === b.since.getTime();
}
