/**
 * Dead letters are handled once more, when their cause is gone: a fact goes back into its lane's inbox, a membership, a trait or a trigger
 * is read again. What fails again is set apart again, under a new number.
 */
import { notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import {
  type DeadRow,
  selectDeadLetters,
  takeDeadLetters,
  wakeEntries,
  wakeMemberships,
  wakeTraits,
} from './queries.ts';

/** Body of an inbox row of kind `revive`. */
export interface ReviveCommand {
  /** The number of the dead letter in the row's lane. */
  readonly seq: number;
}

const commandClass = 0;
const chunkMax = 1_000;

/** The class in which a row of that kind waits; what isn't here is the engine's own. */
const classes: Readonly<Record<string, number>> = { fact: 1, outcome: 3 };
const ownClass = 2;

export interface DeadResult {
  readonly retried: number;
  /** Enrollments that ended by an error: their people are let in anew by a new event, or by `start`. */
  readonly enrollments: number;
  readonly unknown: readonly number[];
}

/** Commands it for all dead letters, or for those of the list. */
export async function retryDead(session: OwnSession, seqs: readonly number[] | null, now: Date): Promise<DeadResult> {
  let [retried, enrollments, after] = [0, 0, 0];
  const known = new Set<number>();
  for (;;) {
    const found = await selectDeadLetters(session, seqs, after, chunkMax);
    for (const { seq } of found) known.add(seq);
    const letters = found.filter(({ kind }) => kind !== 'enrollment');
    await session.transaction((tx) =>
      appendInbox(
        tx,
        letters.map(({ lane, seq }) => ({
          ...{ lane, class: commandClass, visibleAt: now, profileId: null, kind: 'revive' },
          body: { seq } satisfies ReviveCommand,
        })),
      ),
    );
    retried += letters.length;
    enrollments += found.length - letters.length;
    if (found.length < chunkMax) break;
    after = found[found.length - 1]?.seq ?? after;
  }
  if (retried > 0) await notifyInbox(session);
  return { retried, enrollments, unknown: (seqs ?? []).filter((seq) => !known.has(seq)) };
}

/** In the lane: puts back what its `revive` rows name, for the next transaction. No statement where there are none. */
export async function revive(batch: Batch, inbox: readonly InboxRow[]): Promise<void> {
  const commands = inbox.filter(({ kind }) => kind === 'revive');
  if (commands.length === 0) return;
  const { session, t } = batch;
  const letters = await takeDeadLetters(
    session,
    commands.map(({ lane }) => lane),
    commands.map(({ body }) => (body as ReviveCommand).seq),
  );
  const byKind = groupBy(letters, ({ kind }) => kind);
  const named = (kind: string) => columnsOf(byKind.get(kind) ?? []);
  const rows = letters.filter(({ kind }) => !wakes.includes(kind)).map((letter) => rowOf(letter, t));
  await Promise.all([
    appendInbox(session, rows),
    ...(byKind.has('membership') ? [wakeMemberships(session, named('membership'), t)] : []),
    ...(byKind.has('trait') ? [wakeTraits(session, named('trait'), t)] : []),
    ...(byKind.has('entry') ? [wakeEntries(session, named('entry'), t)] : []),
  ]);
}

const wakes: readonly string[] = ['membership', 'trait', 'entry'];

function rowOf({ lane, profile_id: profileId, kind, body }: DeadRow, visibleAt: Date) {
  return { lane, class: classes[kind] ?? ownClass, visibleAt, profileId, kind, body };
}

function columnsOf(letters: readonly DeadRow[]) {
  return {
    lanes: letters.map(({ lane }) => lane),
    profiles: letters.map((letter) => letter.profile_id as number),
    names: letters.map(({ body }) => (body as { readonly name: string }).name),
  };
}
