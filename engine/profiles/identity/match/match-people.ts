/**
 * Finds people who have no identifier in common and are alike in several traits. Everybody is read twice: first to count who shares the parts
 * that can be looked up, then to compare those few. Memory grows with the people who share them, not with the base.
 */
import { hash } from 'node:crypto';
import type { IdentityBody, MatchKey } from '../../../compiler/ir.ts';
import type { OwnSession, Session } from '../../../store/session.ts';
import { laneCount } from '../../lane-of.ts';
import { askMerges, propose, selectProposed } from '../queries.ts';
import { plainText, similarity, soundOf } from './alike.ts';
import { type MatchRow, selectForMatch } from './queries.ts';

/** More people who share the parts that are looked up say that the parts say too little. */
const groupMax = 50;
const lanesAtOnce = 64;

export interface MatchSummary {
  readonly key: string;
  /** People who have all parts. */
  readonly people: number;
  /** Pairs that are alike. */
  readonly alike: number;
  /** Of those: proposed, or asked to be merged, now for the first time. */
  readonly told: number;
  /** Groups that were too large to be compared. */
  readonly passedOver: number;
}

export interface MatchOptions {
  readonly identity: IdentityBody;
  readonly now: Date;
  readonly onProgress?: (key: string, share: number) => void;
}

/** Looks through everybody, key by key. Errors: those of the store; what was told before stays, and looking again tells nothing twice. */
export async function matchPeople(session: OwnSession, options: MatchOptions): Promise<readonly MatchSummary[]> {
  const summaries: MatchSummary[] = [];
  for (const key of options.identity.match ?? []) summaries.push(await matchKey(session, key, options));
  return summaries;
}

async function matchKey(session: OwnSession, key: MatchKey, { now, onProgress }: MatchOptions): Promise<MatchSummary> {
  const counts = new Map<string, number>();
  let people = 0;
  for await (const row of everybody(session, key, (share) => onProgress?.(key.id, share / 2))) {
    const shared = sharedOf(key, row);
    if (shared === null) continue;
    people += 1;
    counts.set(shared, (counts.get(shared) ?? 0) + 1);
  }
  for (const [shared, count] of counts) if (count === 1) counts.delete(shared);
  const groups = new Map<string, MatchRow[]>();
  for await (const row of everybody(session, key, (share) => onProgress?.(key.id, 0.5 + share / 2))) {
    const shared = counts.size === 0 ? null : sharedOf(key, row);
    const count = shared === null ? 0 : (counts.get(shared) ?? 0);
    if (shared === null || count === 0 || count > groupMax) continue;
    groups.set(shared, [...(groups.get(shared) ?? []), row]);
  }
  const passedOver = [...counts.values()].filter((count) => count > groupMax).length;
  const pairs = [...groups.values()].flatMap((group) => pairsOf(key, group));
  const told = await session.transaction((tx) => tell(tx, key, pairs, now));
  return { key: key.id, people, alike: pairs.length, told, passedOver };
}

async function* everybody(
  session: Session,
  key: MatchKey,
  onProgress: (share: number) => void,
): AsyncGenerator<MatchRow> {
  const traits = key.on.map(({ trait }) => trait);
  for (let lane = 0; lane < laneCount; lane += lanesAtOnce) {
    const lanes = Array.from({ length: lanesAtOnce }, (_, i) => lane + i);
    yield* await selectForMatch(session, lanes, traits);
    onProgress((lane + lanesAtOnce) / laneCount);
  }
}

/** What people must share to be compared, as a short text; null: a part is missing. */
function sharedOf(key: MatchKey, row: MatchRow): string | null {
  const parts = key.on.map(({ by }, i) => {
    const plain = plainText(row.values[i]);
    return by === 'sound' ? soundOf(plain) : plain.replaceAll(' ', '');
  });
  if (parts.some((part) => part === '')) return null;
  const shared = parts.filter((_, i) => key.on[i]?.by !== 'similar');
  return hash('sha1', shared.join('\0'), 'base64').slice(0, 16);
}

function pairsOf(key: MatchKey, group: readonly MatchRow[]): readonly (readonly [number, number])[] {
  return group.flatMap((a, i) =>
    group.slice(i + 1).flatMap((b): (readonly [number, number])[] => {
      const isAlike = key.on.every(
        ({ by, atLeast }, n) => by !== 'similar' || similarity(a.values[n], b.values[n]) >= (atLeast as number),
      );
      return isAlike ? [[a.profile_id, b.profile_id]] : [];
    }),
  );
}

/** Pairs that nobody decided on; how many. */
async function tell(
  session: Session,
  key: MatchKey,
  pairs: readonly (readonly [number, number])[],
  now: Date,
): Promise<number> {
  if (pairs.length === 0) return 0;
  const known = new Set((await selectProposed(session, pairs)).map(({ a_id, b_id }) => `${a_id} ${b_id}`));
  const fresh = pairs.filter(([a, b]) => !known.has(`${Math.min(a, b)} ${Math.max(a, b)}`));
  const rule = `match ${key.id}`;
  if (key.outcome === 'merge')
    await askMerges(
      session,
      fresh.map(([a, b]) => ({ a, b, rule, at: now })),
    );
  else
    await propose(
      session,
      fresh.map(([a, b]) => ({ a, b, rule, reason: `alike in ${key.id}` })),
      now,
    );
  return fresh.length;
}
