/** Points that wait for an event about the same purchase, such as its delivery: they are usable when it comes, or came before them. */
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { PostingOf } from '../../loyalty/ledger/booking.ts';
import { readEarned } from '../../loyalty/ledger/queries.ts';
import { readEventsOfMatch } from '../../loyalty/queries.ts';
import type { Batch } from '../batch.ts';
import type { Earning, Occurrence } from './earnings.ts';
import { matchOf } from './match-of.ts';

/** Makes points usable that waited for one of the events. */
export async function usableByEvents(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly Occurrence[],
): Promise<readonly PostingOf[]> {
  const asked = programme.rules.flatMap(({ id: source, usable }) => {
    const { when } = usable ?? {};
    return events.flatMap((event) => {
      const match = when?.types.includes(event.type) === true ? matchOf(event, when.match) : null;
      const { lane, profileId } = event;
      return match === null ? [] : [{ lane, profileId, program: programme.id, source, match }];
    });
  });
  if (asked.length === 0) return [];
  return (await readEarned(batch.session, asked)).map((row): PostingOf => {
    const { lane, profileId, program } = asked[row.i - 1] as (typeof asked)[number];
    const posting = { kind: 'activate', key: `usable/${row.txn_id}`, digest: '', lot: row.txn_id } as const;
    return { lane, profileId, program, posting };
  });
}

/** Those whose points would wait for what has happened already: sources are late at times. */
export async function usableAlready(batch: Batch, earned: readonly Earning[]): Promise<ReadonlySet<Earning>> {
  const asked = earned.flatMap((one) => {
    const { when } = one.rule.usable ?? {};
    const match = when === undefined ? null : matchOf(one.event, when.match);
    const { lane, profileId } = one;
    return when === undefined || match === null
      ? []
      : [{ one, lane, profileId, types: when.types, property: when.match, match }];
  });
  if (asked.length === 0) return new Set();
  const rows = await readEventsOfMatch(batch.session, asked);
  return new Set(rows.map(({ i }) => (asked[i - 1] as (typeof asked)[number]).one));
}
