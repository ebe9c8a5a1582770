/** What became of messages, told by the dispatcher (and later by providers) through the lane's inbox. */
import type { Batch } from '../batch.ts';
import type { InboxRow } from '../lanes/queries.ts';
import type { SendRequest } from './decide-sends.ts';
import { type DeferredRow, freeContacts, messagesToRedecide, recordOutcomes } from './queries.ts';

/** Body of an inbox row of kind `outcome`. */
export interface OutcomeBody {
  readonly message_id: number;
  readonly attempt: number;
  readonly state: OutcomeState;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason?: string;
}

/** `returned`: the decision to queue no longer held when it was to be dispatched. */
export type OutcomeState =
  | 'sent'
  | 'delivered'
  | 'seen'
  | 'acted'
  | 'failed'
  | 'suppressed'
  | 'expired'
  | 'uncertain'
  | 'returned';

const ranks: Readonly<Record<OutcomeState, number>> = {
  returned: 0,
  failed: 0,
  suppressed: 0,
  expired: 0,
  uncertain: 1,
  sent: 2,
  delivered: 3,
  seen: 4,
  acted: 5,
};

/** Records outcomes, gives unused room back to the caps, and returns what is to be decided anew. */
export async function applyOutcomes(batch: Batch, rows: readonly InboxRow[]): Promise<readonly SendRequest[]> {
  const outcomes = rows
    .filter((row) => row.kind === 'outcome')
    .map((row) => ({ lane: row.lane, seq: row.seq, body: row.body as OutcomeBody }))
    .sort((a, b) => a.seq - b.seq);
  // Of several about one message, the one that says most stands.
  const latest = new Map<number, (typeof outcomes)[number]>();
  for (const one of outcomes) {
    const known = latest.get(one.body.message_id);
    if (known === undefined || ranks[one.body.state] >= ranks[known.body.state]) latest.set(one.body.message_id, one);
  }
  const all = [...latest.values()];
  if (all.length > 0) await record(batch, all);
  return await redecide(batch, rows, all);
}

async function record(
  batch: Batch,
  all: readonly { readonly lane: number; readonly body: OutcomeBody }[],
): Promise<void> {
  const unused = all.filter(({ body }) => ranks[body.state] === 0);
  await freeContacts(
    batch.session,
    unused.map(({ lane }) => lane),
    unused.map(({ body }) => body.message_id),
  );
  const changed = await recordOutcomes(batch.session, {
    lanes: all.map(({ lane }) => lane),
    messages: all.map(({ body }) => body.message_id),
    states: all.map(({ body }) => (body.state === 'returned' ? 'deferred' : body.state)),
    ranks: all.map(({ body }) => ranks[body.state]),
    at: all.map(({ body }) => new Date(body.at)),
    reasons: all.map(({ body }) => body.reason ?? null),
  });
  for (const row of changed) {
    const person = batch.people.of(row.lane, row.profile_id);
    person.messages = true;
    person.live = true;
  }
}

/** Messages that came back, and those whose time to be looked at again has come. Their channel was chosen before. */
async function redecide(
  batch: Batch,
  rows: readonly InboxRow[],
  outcomes: readonly { readonly lane: number; readonly body: OutcomeBody }[],
): Promise<readonly SendRequest[]> {
  const returned = outcomes
    .filter(({ body }) => body.state === 'returned')
    .map(({ lane, body }) => ({ lane, id: body.message_id }));
  const again = rows
    .filter((row) => row.kind === 'redecide')
    .map((row) => ({ lane: row.lane, id: (row.body as { readonly message_id: number }).message_id }));
  const wanted = [...new Map([...returned, ...again].map((one) => [one.id, one])).values()];
  if (wanted.length === 0) return [];
  const messages = await messagesToRedecide(
    batch.session,
    wanted.map(({ lane }) => lane),
    wanted.map(({ id }) => id),
  );
  return messages.map(
    (message): SendRequest => ({ enrollment: null, step: null, action: sameAgain(message), message }),
  );
}

function sameAgain(message: DeferredRow): SendRequest['action'] {
  const { template, objective, purpose } = message;
  const channels = message.channel === null ? [] : [message.channel];
  return { kind: 'send', channels, template, with: {}, validFor: null, whenCapped: null, objective, purpose };
}
