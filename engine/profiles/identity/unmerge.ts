/**
 * Takes a merge back: what was a profile's before is his again, and what came since stays the survivor's, to whom it was told. The pair
 * isn't merged again by itself.
 */
import type { IdentityBody } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { laneOf } from '../lane-of.ts';
import { type PersonTable, personTables } from '../person-tables.ts';
import { lockLanes, lockMerging, selectMergedInto, selectTombstones } from './queries.ts';
import {
  deleteConsents,
  lockTiedRows,
  selectConsents,
  selectTraitNames,
  setConsents,
  tellMerged,
} from './rows/queries.ts';
import { projectChosen } from './survivorship.ts';
import {
  decline,
  deleteLeftovers,
  endMerge,
  type LeftoverRow,
  openMergeOf,
  restoreEnrollments,
  restoreProfile,
  restoreRows,
  returnRows,
  selectLeftovers,
  unnumber,
} from './undo/queries.ts';

/** What it takes to give points back. */
export interface PointsToReturn {
  readonly mergeId: number;
  readonly profileId: number;
  /** Who has them now. */
  readonly root: number;
  /** Whom the profile was merged into: `root`, or one who became `root` since. */
  readonly into: number;
  readonly now: Date;
  readonly leftovers: readonly LeftoverRow[];
  /** What was left of the merges from `into` to `root`, in their order. */
  readonly later: readonly (readonly LeftoverRow[])[];
}

/** Gives points back to who brought them: a posting between two opaque holders, by who keeps the ledger. */
export type ReturnPoints = (session: Session, points: PointsToReturn) => Promise<void>;

export interface Unmerge {
  /** The profile that was merged. */
  readonly profileId: number;
  readonly identity: IdentityBody | null;
  readonly now: Date;
  readonly by: string;
  /** Without it points stay with the survivor. */
  readonly returnPoints?: ReturnPoints;
}

export interface Unmerged {
  readonly profileId: number;
  /** Whose he was until now. */
  readonly from: number;
  /** Rows that went back, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Inside a transaction. Null: the profile isn't merged into any. */
export async function unmergeProfile(
  session: Session,
  { profileId, identity, now, by, returnPoints }: Unmerge,
): Promise<Unmerged | null> {
  await lockMerging(session);
  const merge = await openMergeOf(session, profileId);
  if (merge === null) return null;
  const root = (await selectTombstones(session, [profileId]))[0]?.root_id ?? merge.into_id;
  await lockLanes(session, [...new Set([laneOf(profileId), laneOf(root)])]);
  await lockTiedRows(session, [root]);
  const his = [profileId, ...(await selectMergedInto(session, profileId)).map((row) => row.profile_id)];
  const back = { from: root, to: profileId, origins: his };
  const leftovers = await selectLeftovers(session, merge.merge_id);
  const rows: Record<string, number> = {};
  await unnumber(session, back, merge.renumbered);
  for (const { relation } of personTables.filter((one) => one.onMerge === 'move')) {
    const count = await returnRows(session, relation, back);
    if (count > 0) rows[relation] = count;
  }
  await restoreProfile(session, profileId, bodiesOf(leftovers, 'profile'));
  for (const table of personTables) await restoreTable(session, table, leftovers);
  await restoreEnrollments(session, bodiesOf(leftovers, 'enrollment:ended'));
  await restoreConsents(session, { profileId, root, leftovers });
  if (returnPoints !== undefined) {
    const { merge_id: mergeId, into_id: into } = merge;
    const later = await laterLeftovers(session, into, root);
    await returnPoints(session, { mergeId, profileId, root, into, now, leftovers, later });
  }
  await endMerge(session, merge.merge_id, { now, by });
  await deleteLeftovers(session, merge.merge_id);
  await decline(session, [profileId, root], { now, by });
  await readAnew(session, [profileId, root], identity, now);
  return { profileId, from: root, rows };
}

/** Of the merges by which one became the other, in their order. */
async function laterLeftovers(
  session: Session,
  into: number,
  root: number,
): Promise<readonly (readonly LeftoverRow[])[]> {
  const later: (readonly LeftoverRow[])[] = [];
  for (let at = into; at !== root; ) {
    const next = await openMergeOf(session, at);
    if (next === null) break;
    later.push(await selectLeftovers(session, next.merge_id));
    at = next.into_id;
  }
  return later;
}

function bodiesOf(leftovers: readonly LeftoverRow[], relation: string): readonly unknown[] {
  return leftovers.filter((row) => row.relation === relation).map((row) => row.body);
}

async function restoreTable(
  session: Session,
  { relation, onMerge }: PersonTable,
  leftovers: readonly LeftoverRow[],
): Promise<void> {
  if (onMerge !== 'move' && onMerge !== 'derive') return;
  const bodies = bodiesOf(leftovers, relation);
  if (bodies.length > 0) await restoreRows(session, relation, bodies);
}

interface ConsentLeft {
  readonly profile_id: number;
  readonly purpose: string;
  readonly channel: string;
  readonly state: 'granted' | 'denied';
  readonly since: string;
}

/** His own as they were; the survivor's where nobody told anything since. */
async function restoreConsents(
  session: Session,
  {
    profileId,
    root,
    leftovers,
  }: { readonly profileId: number; readonly root: number; readonly leftovers: readonly LeftoverRow[] },
): Promise<void> {
  const before = (bodiesOf(leftovers, 'consent:before') as readonly ConsentLeft[]).map((row) => ({
    ...row,
    since: new Date(row.since),
    body: row,
  }));
  const his = before.filter((row) => row.profile_id === profileId);
  const survivors = new Map(
    before.filter((row) => row.profile_id === root).map((row) => [`${row.purpose}\0${row.channel}`, row]),
  );
  const now = await selectConsents(session, [root]);
  // What the merge itself wrote has the time of one of the two.
  const fromHim = now.filter((row) =>
    his.some(
      (one) =>
        one.purpose === row.purpose && one.channel === row.channel && one.since.getTime() === row.since.getTime(),
    ),
  );
  await deleteConsents(session, fromHim);
  await setConsents(
    session,
    fromHim.flatMap((row) => survivors.get(`${row.purpose}\0${row.channel}`) ?? []),
  );
  await setConsents(session, his);
}

async function readAnew(
  session: Session,
  people: readonly number[],
  identity: IdentityBody | null,
  now: Date,
): Promise<void> {
  const [profileId, root] = people as readonly [number, number];
  const told = await selectTraitNames(session, people);
  // The survivor may have lost the only value of a trait.
  const names = [...new Set(told.map(({ trait }) => trait))];
  await projectChosen(
    session,
    identity,
    names.map((trait) => ({ profileId: root, trait })),
  );
  await tellMerged(
    session,
    [profileId, root].map((id) => ({ profileId: id, traits: names })),
    now,
  );
}
