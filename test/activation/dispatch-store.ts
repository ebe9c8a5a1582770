/** People and queued messages, put into a store by hand, and a dispatcher over them. */
import type { DispatchCatalogue } from '../../engine/activation/dispatch/catalogue.ts';
import { createDispatcher, type Dispatcher } from '../../engine/activation/dispatch/dispatch.ts';
import type { DispatchLimits } from '../../engine/activation/dispatch/limits.ts';
import type { OutcomeFact } from '../../engine/activation/dispatch/settle.ts';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from '../../engine/channels/adapter.ts';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { ChannelBody, TemplateBody } from '../../engine/compiler/ir.ts';
import type { Session } from '../../engine/store/session.ts';
import type { Store } from '../../engine/store/store.ts';

export const start = new Date('2026-03-01T10:00:00.000Z');

export function later(ms: number): Date {
  return new Date(start.getTime() + ms);
}

export interface QueuedMessage {
  readonly id: number;
  readonly lane?: number;
  readonly channel?: string;
  readonly template?: string;
  readonly purpose?: string;
  /** 0 service, 1 the rest. */
  readonly class?: number;
  readonly dueAt?: Date;
  readonly decidedUntil?: Date;
  readonly validUntil?: Date;
  readonly traits?: Readonly<Record<string, unknown>>;
  readonly locale?: string;
  readonly consent?: 'granted' | 'denied' | 'none';
}

/** Each message has its own person and enrollment, with the message's number. */
export async function queue(session: Session, messages: readonly QueuedMessage[]): Promise<void> {
  for (const message of messages) {
    const { id, lane = id % 1024, consent = 'granted', purpose = 'marketing' } = message;
    const traits = { email: `p${id}@shop.example`, first_name: `P${id}`, ...message.traits };
    await session.query(
      `insert into parcours.profile (lane, profile_id, traits, zone, locale, created_at) values ($1, $2, $3, 'UTC', $4, $5)`,
      [lane, id, JSON.stringify(traits), message.locale ?? null, start],
    );
    await session.query(
      `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, entered_at, step_since, entry)
       values ($1, $2, 'welcome', 1, 'v', 'active', $3, $3, '{"total": {"amount": 990, "currency": "EUR"}}')`,
      [lane, id, start],
    );
    if (consent !== 'none') {
      await session.query(`insert into parcours.consent values ($1, $2, $3, '*', $4, $5)`, [
        lane,
        id,
        purpose,
        consent,
        start,
      ]);
    }
    await session.query(
      `insert into parcours.message (lane, message_id, profile_id, journey, key, n, step, channel, template, objective,
         purpose, priority, state, rank, created_at, valid_until, with_values, decision, revision)
       values ($1, $2, $2, 'welcome', '', 1, 'hello', $3, $4, 'engagement', $5, 50, 'queued', 1, $6, $7, '{"code": "X1"}', '{}', 1)`,
      [
        lane,
        id,
        message.channel ?? 'mail',
        message.template ?? 'hello',
        purpose,
        start,
        message.validUntil ?? later(7 * 86_400_000),
      ],
    );
    await session.query(
      `insert into parcours.outbox (lane, message_id, profile_id, channel, class, due_at, decided_until)
       values ($1, $2, $2, $3, $4, $5, $6)`,
      [
        lane,
        id,
        message.channel ?? 'mail',
        message.class ?? 1,
        message.dueAt ?? start,
        message.decidedUntil ?? later(86_400_000),
      ],
    );
  }
}

export async function beat(session: Session, dispatcher: string, at: Date): Promise<void> {
  await session.query(
    `insert into parcours.worker (worker_id, kind, started_at, beat_at, host, pid) values ($1, 'run', $2, $2, 'test', 1)
     on conflict (worker_id) do update set beat_at = $2`,
    [dispatcher, at],
  );
}

/** What the lanes were told, oldest first. */
export async function outcomes(session: Session): Promise<OutcomeFact[]> {
  const rows = await session.query<{ body: OutcomeFact }>(
    `select body from parcours.inbox where kind = 'outcome' and class = 3 order by seq`,
  );
  return rows.map((row) => row.body);
}

export interface OutboxState {
  readonly message_id: number;
  readonly state: string;
  readonly attempt: number;
  readonly dispatcher: string | null;
  readonly due_at: Date;
}

export function outbox(session: Session): Promise<OutboxState[]> {
  return session.query<OutboxState>(
    'select message_id, state, attempt, dispatcher, due_at from parcours.outbox order by message_id',
  );
}

export async function empty(session: Session): Promise<void> {
  await session.query(
    'truncate parcours.outbox, parcours.message, parcours.profile, parcours.enrollment, parcours.consent, parcours.inbox, parcours.worker, parcours.suppression, parcours.channel_rate',
  );
}

function mailOf(name: string): ChannelBody {
  return { type: 'email', address: 'email', via: { kind: 'log', path: `${name}.jsonl` } };
}

const channels: Readonly<Record<string, ChannelBody>> = {
  mail: { type: 'email', address: 'email', via: { kind: 'log', path: 'mail.jsonl' } },
  quick: { ...mailOf('quick'), rate: { max: 40, per: 'second' } },
  slow: { ...mailOf('slow'), rate: { max: 2, per: 'minute' } },
  narrow: { ...mailOf('narrow'), concurrency: 3 },
  wall: { type: 'log', address: null, via: { kind: 'log', path: 'wall.jsonl' } },
};
const templates: Readonly<Record<string, TemplateBody>> = {
  hello: {
    forms: {
      any: {
        en: { subject: 'Hello {{first_name}}', text: '{{entry.total}} {{with.code}}' },
        es: { subject: 'Hola {{first_name}}', text: '{{entry.total}} {{with.code}}' },
      },
    },
  },
  broken: { forms: { any: { en: { text: '{{nobody_declared_it}}' } } } },
};

export const catalogue: DispatchCatalogue = {
  laws: null,
  zone: 'UTC',
  locale: 'en',
  isAllowed: (address) => !address.endsWith('.forbidden'),
  isPaused: () => false,
  fieldType: () => undefined,
  links: { kind: 'none' },
  channel: (id) => channels[id],
  template: (id) => templates[id] && { digest: `dispatch test ${id}`, body: templates[id] },
  consent: (purpose) =>
    ({
      marketing: { channels: ['email'], basis: 'consent' } as const,
      news: { channels: ['email'], basis: 'legitimate-interest' } as const,
      papers: { channels: ['sms'], basis: 'contract' } as const,
      service: { channels: ['email'], basis: 'contract' } as const,
    })[purpose],
  traitType: (name) => (name === 'first_name' || name === 'email' ? 'text' : undefined),
  entryPropertyType: (_journey, property) => (property === 'total' ? 'money' : undefined),
};

/** Answers as it is told and remembers what it was given. It stands for a provider, not for a part of ours. */
export function provider(answer: (message: OutgoingMessage) => SendOutcome | Promise<SendOutcome>) {
  const sent: OutgoingMessage[] = [];
  const adapter: ChannelAdapter = {
    send(messages) {
      sent.push(...messages);
      return Promise.all(messages.map(answer));
    },
    async close() {},
  };
  return { adapter, sent };
}

export const accepting = () => provider(() => ({ kind: 'accepted' }));

export interface TestDispatcher extends Dispatcher {
  at(instant: Date): ReturnType<Dispatcher['dispatchDue']>;
}

export function dispatcher(
  store: Store,
  adapter: ChannelAdapter,
  options: {
    readonly id?: string;
    readonly limits?: Partial<DispatchLimits>;
    readonly processes?: () => number;
  } = {},
): TestDispatcher {
  const clock = jumpingClock(start);
  const made = createDispatcher({
    openSession: (settings) => store.session(settings),
    catalogue: () => catalogue,
    adapter: () => adapter,
    clock,
    dispatcherId: options.id ?? 'd1',
    ...(options.limits ? { limits: options.limits } : {}),
    ...(options.processes ? { processes: options.processes } : {}),
  });
  return {
    ...made,
    at(instant) {
      clock.jumpTo(instant);
      return made.dispatchDue(instant);
    },
  };
}
