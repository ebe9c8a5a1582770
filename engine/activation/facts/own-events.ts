/**
 * Events of the engine itself (`message_seen`, `journey_exited`, …): told to the person's own lane as facts, so that segments,
 * traits and journeys read them like any other event, in the next transaction. What nobody listens to isn't written, apart
 * from what recipients did, which a segment of tomorrow may ask about.
 */
import type { Fact } from '../../profiles/fact.ts';
import type { Batch } from '../batch.ts';
import type { Enrollment } from '../journeys/enrollment.ts';
import { appendInbox } from '../lanes/queries.ts';

export interface OwnEvent {
  readonly lane: number;
  readonly profileId: number;
  readonly type: string;
  readonly at: Date;
  readonly properties: Readonly<Record<string, string | number>>;
  /** Of the enrollment that caused it. Default 0. */
  readonly hop?: number;
  /** False: it follows from history, so it starts nothing. Default true. */
  readonly trigger?: boolean;
}

/** The source of these facts. */
export const ownSource = 'parcours';

/** The inbox classes of live facts and of history. */
const liveClass = 1;
const importClass = 4;

/** Recorded whoever listens: they can't be recovered later. */
const alwaysKept: ReadonlySet<string> = new Set([
  'message_delivered',
  'message_seen',
  'message_clicked',
  'message_acted',
  'message_replied',
  'message_bounced',
  'message_complained',
  'message_scanned',
]);

/** Appends the events that somebody listens to, one hop further than what caused them. */
export function tellOwnEvents(batch: Batch, events: readonly OwnEvent[]): void {
  batch.writes.later(appendOwnEvents(batch, events));
}

/** The same for who awaits it himself. */
export async function appendOwnEvents(batch: Batch, events: readonly OwnEvent[]): Promise<void> {
  const wanted = events.filter(({ type }) => alwaysKept.has(type) || batch.program.listensTo.has(type));
  if (wanted.length === 0) return;
  const received = batch.t.getTime();
  const rows = wanted.map(({ lane, profileId, type, at, properties, hop: caused = 0, trigger = true }) => {
    const fact: Fact = {
      at: Math.min(at.getTime(), received),
      received,
      source: ownSource,
      trigger,
      event: { type, value: null, unit: null, properties },
    };
    const hop = hopAfter(batch, { profileId, hop: caused });
    return {
      lane,
      class: trigger ? liveClass : importClass,
      visibleAt: batch.t,
      profileId,
      kind: 'fact',
      hop,
      body: fact,
    };
  });
  await appendInbox(batch.session, rows);
}

/** The hop of a fact that something of ours causes: one more than what caused it, be it a fact of this transaction or an enrollment. */
export function hopAfter(batch: Batch, cause: { readonly profileId: number; readonly hop: number }): number {
  return Math.max(batch.people.all.get(cause.profileId)?.hop ?? 0, cause.hop) + 1;
}

/** What became of a message, as an event. */
export function messageEvent(
  type: string,
  message: {
    readonly lane: number;
    readonly profileId: number;
    readonly messageId: number;
    readonly journey: string;
    readonly step: string;
    readonly channel: string | null;
    readonly template: string;
  },
  at: Date,
): OwnEvent {
  const { lane, profileId, messageId, journey, step, channel, template } = message;
  const properties = { message: String(messageId), journey, step, channel: channel ?? '', template };
  return { lane, profileId, type, at, properties };
}

/** Who entered and who left a journey in this transaction; none where nobody listens. */
export function journeyEvents(batch: Batch, enrollments: Iterable<Enrollment>): readonly OwnEvent[] {
  const events: OwnEvent[] = [];
  if (!['journey_entered', 'journey_exited'].some((type) => batch.program.listensTo.has(type))) return events;
  for (const { lane, profileId, hop, journey, isNew, enteredAt, exitedAt, exitAs } of enrollments) {
    const person = { lane, profileId, hop };
    if (isNew) events.push({ ...person, type: 'journey_entered', at: enteredAt, properties: { journey: journey.id } });
    if (exitAs === null || exitedAt?.getTime() !== batch.t.getTime()) continue;
    events.push({ ...person, type: 'journey_exited', at: exitedAt, properties: { journey: journey.id, as: exitAs } });
  }
  return events;
}
