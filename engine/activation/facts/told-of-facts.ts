/**
 * Events of ours that follow from facts of the transaction: who became known, and whose consent is another now. What messages and
 * journeys tell is in `own-events.ts`.
 */
import type { Batch } from '../batch.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { arraysOf } from '../people.ts';
import { type FactRow, factRowOf } from './fact-row.ts';
import { appendOwnEvents, type OwnEvent } from './own-events.ts';
import { readConsents } from './queries.ts';

/**
 * Tells `identified` and `consent_changed` to who listens. Must be called before the facts are recorded: consents are compared with how
 * they stood, which its first statement reads.
 */
export async function tellOfFacts(batch: Batch, rows: readonly InboxRow[]): Promise<void> {
  const listens = (type: string) => batch.program.listensTo.has(type);
  if (!listens('identified') && !listens('consent_changed')) return;
  const facts = rows.filter((row) => row.kind === 'fact' && row.profile_id !== null).map(factRowOf);
  const identified = listens('identified')
    ? facts.filter(({ fact }) => fact.isIdentified === true).map(identifiedEvent)
    : [];
  const changed = listens('consent_changed') ? await consentChanges(batch, facts) : [];
  await appendOwnEvents(batch, [...identified, ...changed]);
}

function identifiedEvent({ lane, profileId, fact }: FactRow): OwnEvent {
  return { lane, profileId, type: 'identified', at: new Date(fact.at), properties: {}, trigger: fact.trigger };
}

/** Of each person, purpose and channel one change, and that it was confirmed: what flips twice between two looks didn't happen. */
async function consentChanges(batch: Batch, facts: readonly FactRow[]): Promise<readonly OwnEvent[]> {
  const stated = newestStatements(facts);
  if (stated.size === 0) return [];
  const people = new Map([...stated.values()].map(({ row }) => [row.profileId, row]));
  const stood = new Map(
    (await readConsents(batch.session, arraysOf([...people.values()]))).map((one) => [
      keyOf(one.profile_id, one.purpose, one.channel),
      one,
    ]),
  );
  return [...stated].flatMap(([key, { row, purpose, channel, state }]): readonly OwnEvent[] => {
    const before = stood.get(key);
    // A late statement that is older than what stands changes nothing.
    if (before !== undefined && before.since.getTime() > row.fact.at) return [];
    const { lane, profileId, fact } = row;
    const told = (from: string, to: string): OwnEvent => ({
      ...{ lane, profileId, type: 'consent_changed', at: new Date(fact.at), trigger: fact.trigger },
      properties: { purpose, channel, from, to },
    });
    const becomes = state === 'denied' ? state : 'granted';
    const stands = before?.state ?? 'unknown';
    return [
      ...(stands === becomes ? [] : [told(stands, becomes)]),
      // Confirmed is granted, too: who waits for the one needn't know of the other.
      ...(state === 'confirmed' && before?.is_confirmed !== true ? [told('granted', state)] : []),
    ];
  });
}

interface Statement {
  readonly row: FactRow;
  readonly purpose: string;
  readonly channel: string;
  readonly state: string;
}

/** The statements that will stand, as `projectConsents` finds them: the newest, of one instant the last to arrive. */
function newestStatements(facts: readonly FactRow[]): ReadonlyMap<string, Statement> {
  const newest = new Map<string, Statement>();
  for (const row of [...facts].sort((a, b) => a.fact.at - b.fact.at || a.seq - b.seq)) {
    for (const { purpose, channel, state } of row.fact.consents ?? []) {
      newest.set(keyOf(row.profileId, purpose, channel), { row, purpose, channel, state });
    }
  }
  return newest;
}

function keyOf(profileId: number, purpose: string, channel: string): string {
  return `${profileId} ${purpose} ${channel}`;
}
