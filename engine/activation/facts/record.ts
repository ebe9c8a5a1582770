/**
 * Records the facts that a transaction took from its lanes' inboxes: all of a person's facts first, by the time they happened;
 * conditions are read later, once, at the lane's time.
 */
import type { IdentityBody } from '../../compiler/ir.ts';
import { insertEvents, writeTraits } from '../../profiles/facts/queries.ts';
import { projectChosen } from '../../profiles/identity/survivorship.ts';
import type { Session } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { recordDevices } from '../messages/providers/devices.ts';
import { recordEntities } from './entities.ts';
import { type FactRow, factRowOf } from './fact-row.ts';
import { type ConsentColumns, projectConsents, writeConsents } from './queries.ts';

/** An event that may start a journey. */
export interface TriggeringEvent {
  readonly lane: number;
  readonly profileId: number;
  readonly eventId: number;
  readonly type: string;
  readonly at: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly hop: number;
  /** It went round too often: it opens nothing any more, which is kept. */
  readonly isLooped: boolean;
}

/** Facts of ours that follow from each other end here: two journeys that open each other run in circles otherwise. */
export const hopsMax = 16;

/**
 * Records facts and notes in `people` what they touch. Returns the events that may start or move journeys: those that are no
 * history and not older than `triggerMaxAgeMs` at their reception.
 */
export function recordFacts(
  { session, people, writes, program }: Pick<Batch, 'session' | 'people' | 'writes' | 'program'>,
  rows: readonly InboxRow[],
  triggerMaxAgeMs: number,
): readonly TriggeringEvent[] {
  const facts = rows
    .filter((row) => row.kind === 'fact' && row.profile_id !== null)
    .map(factRowOf)
    .sort((a, b) => a.fact.at - b.fact.at || a.seq - b.seq);
  writes.later(recordEvents(session, facts));
  writes.later(recordTraits(session, facts, program.identity));
  writes.later(recordConsents(session, facts));
  writes.later(recordEntities(session, facts));
  writes.later(recordDevices({ session, program }, facts));
  const triggering: TriggeringEvent[] = [];
  for (const { lane, profileId, seq, hop, fact } of facts) {
    const person = people.of(lane, profileId);
    person.hop = Math.max(person.hop, hop);
    const mayTrigger = fact.trigger && fact.received - fact.at <= triggerMaxAgeMs;
    const live = mayTrigger && hop <= hopsMax;
    person.isLooped ||= mayTrigger && !live;
    person.live ||= live;
    person.isNew ||= fact.isNew === true;
    if (fact.event) person.events.add(fact.event.type);
    if (fact.isIdentified === true) person.events.add('identified');
    if (fact.traits) for (const trait of Object.keys(fact.traits)) person.traits.add(trait);
    if (fact.isNew === true) person.traits.add('first_seen_at');
    if (fact.consents) person.consents = true;
    if (fact.entities) for (const { entity } of fact.entities) person.entities.add(entity);
    if (fact.event && mayTrigger) {
      const { type, properties } = fact.event;
      triggering.push({ lane, profileId, eventId: seq, type, at: fact.at, properties, hop, isLooped: !live });
    }
  }
  return triggering;
}

/**
 * Sets what facts of our own say, so that the rest of the transaction reads it. They are recorded when they are read from the inbox, as all
 * facts are, and say the same once more.
 */
export function setOwnFacts(
  { session, writes, program }: Pick<Batch, 'session' | 'writes' | 'program'>,
  facts: readonly FactRow[],
): void {
  if (facts.length === 0) return;
  writes.later(recordTraits(session, facts, program.identity));
  const consents = consentsIn(facts);
  if (consents !== null) writes.later(projectConsents(session, consents));
}

async function recordEvents(session: Session, facts: readonly FactRow[]): Promise<void> {
  const rows = facts.filter(({ fact }) => fact.event !== undefined);
  if (rows.length === 0) return;
  await insertEvents(session, {
    lanes: rows.map((row) => row.lane),
    types: rows.map((row) => row.fact.event?.type ?? ''),
    profiles: rows.map((row) => row.profileId),
    occurredAt: rows.map((row) => new Date(row.fact.at)),
    eventIds: rows.map((row) => row.seq),
    receivedAt: rows.map((row) => new Date(row.fact.received)),
    values: rows.map((row) => row.fact.event?.value ?? null),
    units: rows.map((row) => row.fact.event?.unit ?? null),
    properties: rows.map((row) => JSON.stringify(row.fact.event?.properties ?? {})),
    sources: rows.map((row) => row.fact.source),
  });
}

async function recordTraits(session: Session, facts: readonly FactRow[], identity: IdentityBody | null): Promise<void> {
  // One statement can't write a row twice: of equal (person, trait, instant, source) the later fact stands.
  const values = new Map<string, { row: FactRow; trait: string; value: unknown }>();
  const seen = new Set<number>();
  for (const row of facts) {
    // Known since the first fact, unless a source says better.
    const isFirst = row.fact.isNew === true && !seen.has(row.profileId);
    if (isFirst) seen.add(row.profileId);
    else if (row.fact.traits === undefined) continue;
    const firstSeen = isFirst ? { first_seen_at: row.fact.since ?? row.fact.at } : {};
    for (const [trait, value] of Object.entries({ ...firstSeen, ...row.fact.traits })) {
      values.set(`${row.profileId} ${trait} ${row.fact.at} ${row.fact.source}`, { row, trait, value });
    }
  }
  if (values.size === 0) return;
  const all = [...values.values()];
  const written = writeTraits(session, {
    lanes: all.map(({ row }) => row.lane),
    profiles: all.map(({ row }) => row.profileId),
    traits: all.map(({ trait }) => trait),
    observedAt: all.map(({ row }) => new Date(row.fact.at)),
    receivedAt: all.map(({ row }) => new Date(row.fact.received)),
    sources: all.map(({ row }) => row.fact.source),
    values: all.map(({ value }) => JSON.stringify(value)),
    raws: all.map(({ row, trait }) => row.fact.cleaned?.[trait]?.raw ?? null),
    cleanedBy: all.map(({ row, trait }) => row.fact.cleaned?.[trait]?.by ?? null),
  });
  const chosen = all
    .filter(({ trait }) => identity !== null && Object.hasOwn(identity.survivorship, trait))
    .map(({ row, trait }) => ({ profileId: row.profileId, trait }));
  const touched = [...new Map(chosen.map((one) => [`${one.profileId} ${one.trait}`, one])).values()];
  // Sent at once, in order: what is chosen is chosen among what was written.
  await Promise.all([written, projectChosen(session, identity, touched)]);
}

async function recordConsents(session: Session, facts: readonly FactRow[]): Promise<void> {
  const columns = consentsIn(facts);
  if (columns !== null) await writeConsents(session, columns);
}

function consentsIn(facts: readonly FactRow[]): ConsentColumns | null {
  const saying = facts.filter(({ fact }) => fact.consents !== undefined);
  const all = saying.flatMap((row) => (row.fact.consents ?? []).map((consent) => ({ row, consent })));
  if (all.length === 0) return null;
  return {
    lanes: all.map(({ row }) => row.lane),
    profiles: all.map(({ row }) => row.profileId),
    seqs: all.map(({ row }) => row.seq),
    purposes: all.map(({ consent }) => consent.purpose),
    channels: all.map(({ consent }) => consent.channel),
    states: all.map(({ consent }) => consent.state),
    occurredAt: all.map(({ row }) => new Date(row.fact.at)),
    sources: all.map(({ row }) => row.fact.source),
    proofs: all.map(({ consent }) => consent.proof ?? null),
  };
}
