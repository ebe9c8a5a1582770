/**
 * Rates of the domains that mails go to: leave is asked of the store for each domain of a batch, and what gets none waits for a time of its own,
 * so that a long queue for one domain is looked at once and not again and again. Other domains are not held up.
 */
import type { ChannelRate } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import type { PreparedBatch, PreparedMessage } from './prepare.ts';
import { startRate, takeRate } from './queries.ts';
import { paceOf } from './rate.ts';
import { askLeave } from './rate-lease.ts';
import type { Settlement } from './settle.ts';

/** How far ahead a place in the queue may lie: by then a message is over anyway. */
const queueAheadUs = 30 * 86_400_000_000;

export interface DomainRates {
  readonly channel: string;
  readonly rates: Readonly<Record<string, ChannelRate>>;
  readonly t: Date;
}

/** The batch without what its domain doesn't take now; that goes back to the queue and counts as no attempt. */
export async function holdByDomain(
  session: Session,
  batch: PreparedBatch,
  options: DomainRates,
): Promise<PreparedBatch> {
  const byDomain = new Map<string, PreparedMessage[]>();
  for (const one of batch.ready) {
    const domain = domainOf(one.message.to ?? '');
    if (!Object.hasOwn(options.rates, domain)) continue;
    const of = byDomain.get(domain) ?? [];
    byDomain.set(domain, of);
    of.push(one);
  }
  const held = new Map<PreparedMessage, Settlement>();
  for (const [domain, messages] of byDomain) {
    for (const [message, dueAt] of await withoutLeave(session, domain, messages, options)) {
      held.set(message, holding(message, dueAt, domain));
    }
  }
  if (held.size === 0) return batch;
  return {
    ready: batch.ready.filter((one) => !held.has(one)),
    stopped: [...batch.stopped, ...held.values()],
  };
}

/** Those that may not leave now, with when they may. */
async function withoutLeave(
  session: Session,
  domain: string,
  messages: readonly PreparedMessage[],
  { channel, rates, t }: DomainRates,
): Promise<readonly (readonly [PreparedMessage, Date])[]> {
  const rate = rates[domain] as ChannelRate;
  const key = `${channel}@${domain}`;
  const leave = await askLeave(session, key, rate, { t, most: messages.length });
  const rest = messages.slice(leave.granted);
  if (rest.length === 0) return [];
  const { eachUs } = paceOf(rate);
  const queue = {
    ...{ channel: `${key} queue`, nowUs: leave.nextAt.getTime() * 1_000 },
    ...{ limit: rest.length, eachUs, aheadUs: queueAheadUs },
  };
  let places = await takeRate(session, queue);
  if (places === null) {
    await startRate(session, queue.channel);
    places = await takeRate(session, queue);
  }
  const last = places?.clock ?? queue.nowUs;
  return rest.map((one, i) => [one, new Date(Math.floor((last - (rest.length - i) * eachUs) / 1_000))] as const);
}

function holding({ row }: PreparedMessage, dueAt: Date, domain: string): Settlement {
  const until = Math.min(dueAt.getTime(), row.decided_until.getTime());
  return { row, kind: 'retry', dueAt: new Date(until), reason: `the rate of ${domain}`, isUnsent: true, isHeld: true };
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
