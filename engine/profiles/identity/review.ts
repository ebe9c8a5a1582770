/** What people decide about merges: which are proposed, yes or no to one, and how a profile came to be. */
import type { Session } from '../../store/session.ts';
import { askMerges, lockMerging, type ProfileIdentifier, selectIdentifiersOf, selectTombstones } from './queries.ts';
import { acceptProposal, decline, type LogRow, type ProposalRow, selectLog, selectProposals } from './undo/queries.ts';

export interface Proposed extends ProposalRow {
  readonly a: readonly ProfileIdentifier[];
  readonly b: readonly ProfileIdentifier[];
}

/** Proposals that nobody decided on, the oldest first. */
export async function listProposals(session: Session, limit: number): Promise<readonly Proposed[]> {
  const rows = await selectProposals(session, limit);
  const ids = [...new Set(rows.flatMap(({ a_id, b_id }) => [a_id, b_id]))];
  const identifiers = ids.length === 0 ? [] : await selectIdentifiersOf(session, ids);
  const of = (id: number) => identifiers.filter(({ profile_id }) => profile_id === id);
  return rows.map((row) => ({ ...row, a: of(row.a_id), b: of(row.b_id) }));
}

export interface Decision {
  readonly a: number;
  readonly b: number;
  readonly by: string;
  readonly now: Date;
}

/** Asks for the merge; who runs the engine carries it out. Inside a transaction. */
export async function acceptMerge(session: Session, { a, b, by, now }: Decision): Promise<void> {
  await acceptProposal(session, [a, b], { now, by });
  await askMerges(session, [{ a, b, rule: 'review', at: now }]);
}

/** Says that they are two people, for good. Inside a transaction. */
export async function declineMerge(session: Session, { a, b, by, now }: Decision): Promise<void> {
  await lockMerging(session);
  await decline(session, [a, b], { now, by });
}

export interface History {
  readonly profileId: number;
  /** Who he is now; himself, when he wasn't merged. */
  readonly rootId: number;
  readonly merges: readonly LogRow[];
}

/** The merges that a profile had a part in, undone ones too. */
export async function historyOf(session: Session, profileId: number): Promise<History> {
  const rootId = (await selectTombstones(session, [profileId]))[0]?.root_id ?? profileId;
  return { profileId, rootId, merges: await selectLog(session, rootId) };
}
