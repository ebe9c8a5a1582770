/**
 * The statements of dispatch. Lanes' rows are only read here: what became of a message is appended to its lane's inbox. The
 * outbox itself is a queue between the lanes and dispatch; both delete from it, and rows are told apart by state and attempt.
 */
import type { ChannelBody } from '../../compiler/ir.ts';
import { byKey } from '../../store/by-key.ts';
import { type PauseSeen, pausesSeen } from '../../store/pauses.ts';
import type { Session } from '../../store/session.ts';
import { type AttemptRow, type ClaimedColumns, type ClaimedMessage, claimedMessages } from './claimed-message.ts';
import { type Pass, passBehind } from './pass.ts';
import { devicesOfPerson } from './providers/queries.ts';

/**
 * Settings of a dispatcher's connection: its statements read by key, whatever the statistics of a queue say at the moment
 * (with ordinary planning a batch's delete was seen to take 300 ms instead of 3).
 */
export const dispatchSettings: Readonly<Record<string, string>> = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  enable_memoize: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/**
 * Channels with something due at $1, in order, from a due time on ($2; null: the first). It hops from channel to channel in the index
 * `outbox_due`, so that an idle look costs one probe a channel and not a scan.
 */
export const dueChannels = `with recursive hop (channel) as (
     (select channel from parcours.outbox
      where state = 'ready' and due_at >= coalesce($2, '-infinity'::timestamptz) order by channel limit 1)
     union all
     select (select o.channel from parcours.outbox o
             where o.state = 'ready' and o.channel > hop.channel and o.due_at >= coalesce($2, '-infinity'::timestamptz)
             order by o.channel limit 1)
     from hop where hop.channel is not null
   )
   select channel from hop
   where channel is not null and exists (
     select from parcours.outbox o
     where o.channel = hop.channel and o.state = 'ready' and o.class in (0, 1) and o.due_at <= $1
       and o.due_at >= coalesce($2, '-infinity'::timestamptz))
   order by channel`;

export async function findDueChannels(session: Session, t: Date, from: Date | null): Promise<readonly string[]> {
  const rows = await session.query<{ channel: string }>(dueChannels, [t, from]);
  return rows.map((row) => row.channel);
}

export interface Grant {
  /** How many may leave now. */
  readonly granted: number;
  /** The channel's clock after them, in microseconds since the epoch. */
  readonly clock: number;
}

/**
 * Lets up to so many messages leave now by the pace of a channel, and moves its clock on. One statement, which commits by itself: processes
 * ask one after the other, under the lock of the row, for as long as the statement takes. Null: the channel has no clock yet.
 */
export async function takeRate(
  session: Session,
  { channel, nowUs, limit, eachUs, aheadUs }: RateAsked,
): Promise<Grant | null> {
  const count = `(case when greatest(r.clock, $2::bigint) > $2::bigint + $5::bigint then 0
    else least($3::bigint, ($2::bigint + $5::bigint - greatest(r.clock, $2::bigint)) / $4::bigint + 1) end)`;
  const rows = await session.query<Grant>(
    `update parcours.channel_rate r set clock = greatest(r.clock, $2::bigint) + $4::bigint * ${count}, granted = ${count}
     where r.channel = $1 returning r.granted, r.clock`,
    [channel, nowUs, limit, eachUs, aheadUs],
  );
  return rows[0] ?? null;
}

export interface RateAsked {
  readonly channel: string;
  readonly nowUs: number;
  readonly limit: number;
  readonly eachUs: number;
  readonly aheadUs: number;
}

/** Gives a channel its clock, at the first message that leaves by a rate. */
export async function startRate(session: Session, channel: string): Promise<void> {
  await session.query(
    'insert into parcours.channel_rate (channel, clock, granted) values ($1, 0, 0) on conflict (channel) do nothing',
    [channel],
  );
}

/** Takes the channel's clock back by what was granted and not used. */
export async function returnRate(session: Session, channel: string, us: number): Promise<void> {
  await session.query('update parcours.channel_rate set clock = clock - $2::bigint where channel = $1', [channel, us]);
}

export interface Claim {
  readonly channel: string;
  readonly t: Date;
  readonly dispatcher: string;
  readonly limit: number;
  /** Behind which messages it looks. */
  readonly pass: Pass;
}

/** Due messages of a class behind a due time and an id. */
const dueOf = (messageClass: number, [dueAt, id]: readonly [string, string], limit: string) =>
  `select lane, message_id from parcours.outbox
       where channel = $1 and state = 'ready' and class = ${messageClass} and due_at <= $2
         and (due_at, message_id) > (coalesce(${dueAt}, '-infinity'::timestamptz), ${id}::bigint)
       order by due_at, message_id
       limit ${limit}
       for update skip locked`;

/** $1 channel, $2 the time, $3 at most so many, $4 the dispatcher, $5 and $6 the place among service messages, $7 and $8 among the rest. */
const claimed = `service as (${dueOf(0, ['$5', '$6'], '$3')}),
     rest as (${dueOf(1, ['$7', '$8'], '$3 - (select count(*) from service)')}),
     due as (select lane, message_id from service union all select lane, message_id from rest),
     claimed as (
       update parcours.outbox o
       set state = 'attempting', attempt = o.attempt + 1, dispatcher = $4, attempted_at = $2
       from due where ${byKey('o', 'due', 'lane', 'message_id')}
       returning o.lane, o.message_id, o.profile_id, o.channel, o.class, o.due_at, o.decided_until, o.attempt, o.dispatcher)`;

/**
 * Marks the next due rows of a channel as attempted by this dispatcher and returns them in the order in which they leave. It
 * commits by itself: a mark must outlive whatever happens to the call. `skip locked`, since several dispatchers serve a channel.
 */
export async function claimDue(session: Session, claim: Claim): Promise<ClaimedRows<AttemptRow>> {
  const rows = await session.query<AttemptRow & { readonly due_at: Date }>(
    `with ${claimed} select lane, message_id, profile_id, channel, class, decided_until, attempt, dispatcher, due_at from claimed
     order by class, due_at, message_id`,
    claimValues(claim),
  );
  const dueOfLast = (isService: boolean) => rows.findLast((row) => (row.class === 0) === isService)?.due_at ?? null;
  return { rows, pass: passBehind(claim.pass, rows, { service: dueOfLast(true), rest: dueOfLast(false) }) };
}

export interface ClaimedRows<Row> {
  readonly rows: readonly Row[];
  /** Behind them. */
  readonly pass: Pass;
}

function claimValues({ channel, t, limit, dispatcher, pass: { service, rest } }: Claim): readonly unknown[] {
  return [channel, t, limit, dispatcher, service.dueAt, service.messageId, rest.dueAt, rest.messageId];
}

/**
 * As `claimDue`, with all that the messages need to be checked and rendered, in one statement. It has no `lane = any(…)` beside the join: a
 * batch touches about as many lanes as it has rows, and the list was two thirds of the statement's time. It answers with one row, a JSON array
 * a column: read row by row, a batch took three times as much of Node's time. Aggregates read what is sorted below them in its order.
 */
export async function claimMessages(
  session: Session,
  claim: Claim,
  { type, via, address }: Pick<ChannelBody, 'type' | 'via' | 'address'>,
): Promise<ClaimedRows<ClaimedMessage>> {
  const trait = via.kind === 'firebase' ? address : null;
  const [columns] = await session.query<ClaimedColumns>(
    `with ${claimed}
     select json_agg(lane) as lane, json_agg(message_id) as message_id, json_agg(profile_id) as profile_id, json_agg(class) as class,
       json_agg(decided_until) as decided_until, json_agg(attempt) as attempt, json_agg(journey) as journey, json_agg(step) as step,
       json_agg(template) as template, json_agg(purpose) as purpose, json_agg(with_values) as with_values,
       json_agg(valid_until) as valid_until, json_agg(accepted_at) as accepted_at, json_agg(address_trait) as address_trait,
       json_agg(traits) as traits, json_agg(zone) as zone, json_agg(locale) as locale, json_agg(entry) as entry, json_agg(rows) as rows,
       json_agg(granted) as granted, json_agg(denied) as denied, json_agg(confirmed) as confirmed, json_agg(devices) as devices,
       max(due_at) filter (where class = 0) as service_due_at, max(due_at) filter (where class <> 0) as rest_due_at,
       exists (select from parcours.suppression) as is_listed, (${pausesSeen}) as pauses
     from (
       select k.lane, k.message_id, k.profile_id, k.class, k.due_at, k.decided_until, k.attempt, m.journey, m.step, m.template, m.purpose,
         m.with_values, m.valid_until, m.accepted_at, m.address_trait, p.traits, p.zone, p.locale, e.entry,
         case when m.key <> '' then (
           select jsonb_object_agg(r.entity, r.fields) from parcours.entity_row r
           where r.lane = m.lane and r.profile_id = m.profile_id and r.key = m.key) end as rows, c.granted, c.denied, c.confirmed,
         ${trait === null ? 'null::json' : devicesOfPerson('k', '$10')} as devices
       from claimed k
       left join parcours.message m on ${byKey('m', 'k', 'lane', 'message_id')}
       left join parcours.profile p on ${byKey('p', 'm', 'lane', 'profile_id')}
       left join parcours.enrollment e on ${byKey('e', 'm', 'lane', 'profile_id', 'journey', 'key', 'n')}
       left join lateral (
         select coalesce(bool_or(c.state = 'granted'), false) as granted, coalesce(bool_or(c.state = 'denied'), false) as denied,
           coalesce(bool_or(c.state = 'granted' and c.confirmed_at > coalesce(c.denied_at, '-infinity')), false) as confirmed
         from parcours.consent c
         where c.lane = m.lane and c.profile_id = m.profile_id and c.purpose = m.purpose and c.channel in ('*', $9)
       ) c on true
       order by k.class, k.due_at, k.message_id) k`,
    [...claimValues(claim), type, ...(trait === null ? [] : [trait])],
  );
  if (columns === undefined) return { rows: [], pass: claim.pass };
  const rows = claimedMessages(columns, claim);
  return {
    rows,
    pass: passBehind(claim.pass, rows, { service: columns.service_due_at, rest: columns.rest_due_at }),
  };
}

export interface WebhookRow {
  readonly message_id: number;
  readonly journey: string;
  readonly step: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly valid_until: Date;
  /** What operators stopped; null: nothing. */
  readonly pauses: readonly PauseSeen[] | null;
  /** Who it is about, by type; null: the person is no longer there. */
  readonly identifiers: Readonly<Record<string, string>> | null;
}

/** What requests say, and about whom: of several identifiers of a type the first. */
export function loadWebhooks(session: Session, rows: readonly AttemptRow[]): Promise<readonly WebhookRow[]> {
  return session.query<WebhookRow>(
    `select w.message_id, w.journey, w.step, w.body, w.created_at, w.valid_until, (${pausesSeen}) as pauses,
       case when p.profile_id is not null then coalesce(i.identifiers, '{}') end as identifiers
     from unnest($1::smallint[], $2::bigint[]) k (lane, message_id)
     join parcours.webhook w on w.lane = k.lane and w.message_id = k.message_id
     left join parcours.profile p on p.lane = w.lane and p.profile_id = w.profile_id
     left join lateral (
       select jsonb_object_agg(d.type, d.value order by d.value desc) as identifiers from parcours.identifier d
       where d.lane = w.lane and d.profile_id = w.profile_id) i on true`,
    [rows.map((row) => row.lane), rows.map((row) => row.message_id)],
  );
}

/** Who of the people granted the purpose on the type of channel, and denied it nowhere. */
export async function whoGranted(
  session: Session,
  who: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  purpose: string,
  channelType: string,
): Promise<readonly number[]> {
  const rows = await session.query<{ profile_id: number }>(
    `select k.profile_id from unnest($1::smallint[], $2::bigint[]) k (lane, profile_id)
     cross join lateral (
       select bool_or(c.state = 'granted') and not bool_or(c.state = 'denied') as is_granted from parcours.consent c
       where c.lane = k.lane and c.profile_id = k.profile_id and c.purpose = $3 and c.channel in ('*', $4) offset 0) c
     where c.is_granted`,
    [who.lanes, who.profiles, purpose, channelType],
  );
  return rows.map((row) => row.profile_id);
}

/** Which of the hashes are on the suppression list; asks for none without a statement. */
export async function findSuppressed(session: Session, hashes: readonly Buffer[]): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set();
  const rows = await session.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from parcours.suppression where hash = any($1::bytea[])`,
    [hashes],
  );
  return new Set(rows.map((row) => row.hash));
}

/** An attempt that is over, and what its lane is told. */
export interface FinishedAttempt {
  readonly row: AttemptRow;
  /** An `OutcomeFact`. */
  readonly fact: object;
}

/**
 * Takes attempts out of the outbox and tells their lanes, in one statement, which is a transaction by itself. The attempt must still be this
 * dispatcher's and this one: a later one isn't overwritten, and its lane is told nothing. Returns the ids that matched.
 */
export async function finishAttempts(
  session: Session,
  finished: readonly FinishedAttempt[],
  visibleAt: Date,
): Promise<readonly number[]> {
  const [done] = await session.query<{ matched: readonly number[] | null }>(
    `with gone as (
       delete from parcours.outbox o
       using rows from (unnest($1::smallint[]), unnest($2::bigint[]), unnest($3::text[]), unnest($4::integer[]), jsonb_array_elements($5::jsonb))
         with ordinality k (lane, message_id, dispatcher, attempt, body, n)
       where ${byKey('o', 'k', 'lane', 'message_id')} and o.state = 'attempting'
         and o.dispatcher = k.dispatcher and o.attempt = k.attempt
       returning o.lane, o.message_id, o.profile_id, k.body, k.n),
     told as (
       insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
       select lane, 3, $6, profile_id, 'outcome', body from gone order by n)
     select array_agg(message_id) as matched from gone`,
    [...attemptArrays(finished.map(({ row }) => row)), JSON.stringify(finished.map(({ fact }) => fact)), visibleAt],
  );
  return done?.matched ?? [];
}

/** Back to the queue, due at the given instants (parallel to the rows); what was held was no attempt. Returns the ids that matched. */
export async function releaseAttempts(
  session: Session,
  rows: readonly AttemptRow[],
  again: readonly { readonly dueAt: Date; readonly isHeld: boolean }[],
): Promise<readonly number[]> {
  const released = await session.query<{ message_id: number }>(
    `update parcours.outbox o set state = 'ready', due_at = k.due_at, attempt = o.attempt - k.is_held::integer
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::integer[], $5::timestamptz[], $6::boolean[])
       k (lane, message_id, dispatcher, attempt, due_at, is_held)
     where ${byKey('o', 'k', 'lane', 'message_id')} and o.state = 'attempting'
       and o.dispatcher = k.dispatcher and o.attempt = k.attempt
     returning o.message_id`,
    [...attemptArrays(rows), again.map(({ dueAt }) => dueAt), again.map(({ isHeld }) => isHeld)],
  );
  return released.map((row) => row.message_id);
}

/** Which of the messages are still in the outbox, in whatever state. */
export async function findQueued(session: Session, rows: readonly AttemptRow[]): Promise<readonly number[]> {
  const found = await session.query<{ message_id: number }>(
    `select o.message_id from unnest($1::smallint[], $2::bigint[]) k (lane, message_id)
     join parcours.outbox o on ${byKey('o', 'k', 'lane', 'message_id')}`,
    attemptArrays(rows).slice(0, 2),
  );
  return found.map((row) => row.message_id);
}

export interface OutcomeRow {
  readonly lane: number;
  readonly profile_id: number;
  /** JSON text of an `OutcomeFact`. */
  readonly body: string;
}

/** Tells the lanes: class 3, kind `outcome`. */
export async function appendOutcomes(session: Session, rows: readonly OutcomeRow[], visibleAt: Date): Promise<void> {
  await session.query(
    `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
     select k.lane, 3, $4, k.profile_id, 'outcome', k.body::jsonb
     from unnest($1::smallint[], $2::bigint[], $3::text[]) with ordinality k (lane, profile_id, body, n)
     order by k.n`,
    [rows.map((row) => row.lane), rows.map((row) => row.profile_id), rows.map((row) => row.body), visibleAt],
  );
}

/** Puts addresses on the suppression list. Sorted, so that two dispatchers that insert the same ones don't deadlock. */
export async function insertSuppressions(
  session: Session,
  hashes: readonly Buffer[],
  reason: string,
  at: Date,
): Promise<void> {
  await session.query(
    `insert into parcours.suppression (hash, reason, at)
     select distinct hash, $2, $3::timestamptz from unnest($1::bytea[]) k (hash) order by hash
     on conflict (hash) do nothing`,
    [hashes, reason, at],
  );
}

/**
 * Locks attempts that nobody will finish: of dispatchers without a heartbeat since `beforeBeat`, and our own that we don't
 * have in hand (the answer to a claim was lost). `skip locked`, since every dispatcher looks for them.
 */
export function lockAbandoned(
  session: Session,
  look: {
    readonly dispatcher: string;
    readonly inHand: readonly number[];
    readonly beforeBeat: Date;
    readonly limit: number;
  },
): Promise<readonly AttemptRow[]> {
  return session.query<AttemptRow>(
    `select o.lane, o.message_id, o.profile_id, o.channel, o.class, o.decided_until, o.attempt, o.dispatcher
     from parcours.outbox o
     where o.state = 'attempting' and case
       when o.dispatcher = $1 then not exists (select from unnest($2::bigint[]) k (id) where k.id = o.message_id)
       else o.attempted_at < $3
         and not exists (select from parcours.worker w where w.worker_id = o.dispatcher and w.beat_at >= $3)
       end
     order by o.lane, o.message_id
     limit $4
     for update of o skip locked`,
    [look.dispatcher, look.inHand, look.beforeBeat, look.limit],
  );
}

function attemptArrays(rows: readonly AttemptRow[]): readonly unknown[] {
  return [
    rows.map((row) => row.lane),
    rows.map((row) => row.message_id),
    rows.map((row) => row.dispatcher),
    rows.map((row) => row.attempt),
  ];
}
