/** Statements of a scrape: small whatever waits in the queues, so that who watches a store in trouble doesn't add to it. */
import type { Session } from '../store/session.ts';

/** Rows of a queue that a scrape counts; a longer queue is told as this long. */
export const countedMax = 200_000;

/** Rows in the inboxes by class, up to `countedMax` in all. */
export function selectInboxDepth(session: Session): Promise<{ readonly class: number; readonly rows: number }[]> {
  return session.query(
    `select i.class, count(*) as rows from (select class from parcours.inbox limit $1) i group by i.class order by i.class`,
    [countedMax],
  );
}

export interface OutboxRow {
  readonly channel: string;
  /** Up to `countedMax` a channel. */
  readonly messages: number;
  /** When the one was due that is due longest. */
  readonly oldest: Date;
}

/** Messages that wait to be handed over, by channel. It hops from channel to channel in the index `outbox_due`. */
export function selectOutboxByChannel(session: Session): Promise<OutboxRow[]> {
  return session.query<OutboxRow>(
    `with recursive hop (channel) as (
       (select channel from parcours.outbox where state = 'ready' order by channel limit 1)
       union all
       select (select o.channel from parcours.outbox o
               where o.state = 'ready' and o.channel > hop.channel order by o.channel limit 1)
       from hop where hop.channel is not null)
     select hop.channel,
       (select count(*) from (select from parcours.outbox o where o.channel = hop.channel and o.state = 'ready' limit $1) n) as messages,
       least((select o.due_at from parcours.outbox o where o.channel = hop.channel and o.class = 0 and o.state = 'ready' order by o.due_at limit 1),
         (select o.due_at from parcours.outbox o where o.channel = hop.channel and o.class = 1 and o.state = 'ready' order by o.due_at limit 1)) as oldest
     from hop where hop.channel is not null order by hop.channel`,
    [countedMax],
  );
}

/** What was set apart and not retried, up to `countedMax`. */
export async function countDeadLetters(session: Session): Promise<number> {
  const rows = await session.query<{ n: number }>(
    'select count(*) as n from (select from parcours.dead_letter limit $1) d',
    [countedMax],
  );
  return rows[0]?.n ?? 0;
}
