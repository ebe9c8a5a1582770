/** Statements over what providers tell of people's addresses: whom a message reached there, and which devices are theirs. */
import type { Session } from '../../../store/session.ts';

export interface AddresseeColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  /** In hexadecimal digits. */
  readonly hashes: readonly string[];
  readonly at: readonly Date[];
}

/** Notes whom messages reached where. Written again only a day later: who answers first is asked of days, not of seconds. */
export async function noteAddressees(session: Session, c: AddresseeColumns): Promise<void> {
  await session.query(
    `insert into parcours.addressee (lane, profile_id, hash, last_at)
     select u.lane, u.profile_id, decode(u.hash, 'hex'), max(u.at)
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[]) u(lane, profile_id, hash, at)
     group by u.lane, u.profile_id, u.hash
     on conflict (lane, profile_id, hash) do update set last_at = excluded.last_at
       where excluded.last_at > addressee.last_at + interval '1 day'`,
    [c.lanes, c.profiles, c.hashes, c.at],
  );
}

/** Whom messages reached at an address, the last first. */
export function findAddressees(
  session: Session,
  hash: Buffer,
): Promise<{ readonly lane: number; readonly profile_id: number }[]> {
  return session.query(
    'select lane, profile_id from parcours.addressee where hash = $1 order by last_at desc, profile_id limit 100',
    [hash],
  );
}

export interface DeviceColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  readonly traits: readonly string[];
  readonly tokens: readonly string[];
}

/** Notes devices that were seen. */
export async function noteDevices(session: Session, c: DeviceColumns, seenAt: readonly Date[]): Promise<void> {
  await session.query(
    `insert into parcours.device (lane, profile_id, trait, token, seen_at)
     select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
     on conflict (lane, profile_id, trait, token) do update set seen_at = greatest(device.seen_at, excluded.seen_at)`,
    [c.lanes, c.profiles, c.traits, c.tokens, seenAt],
  );
}

/** Forgets all devices of people that were seen no later than that. */
export async function forgetDevices(
  session: Session,
  c: Omit<DeviceColumns, 'tokens'>,
  until: readonly Date[],
): Promise<void> {
  await session.query(
    `delete from parcours.device d using unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[]) u(lane, profile_id, trait, until)
     where d.lane = u.lane and d.profile_id = u.profile_id and d.trait = u.trait and d.seen_at <= u.until`,
    [c.lanes, c.profiles, c.traits, until],
  );
}

export interface DroppedRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly trait: string;
  /** The newest that is left; null: none is. */
  readonly next: string | null;
}

/** Drops devices; tells of whose address trait says one of them which device he has beside. */
export function dropDevices(session: Session, c: DeviceColumns): Promise<DroppedRow[]> {
  return session.query<DroppedRow>(
    `with u as (
       select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) u(lane, profile_id, trait, token)),
     gone as (
       delete from parcours.device d using u
       where d.lane = u.lane and d.profile_id = u.profile_id and d.trait = u.trait and d.token = u.token)
     select u.lane, u.profile_id, u.trait, (
       select d.token from parcours.device d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.trait = u.trait
         and d.token <> all (select x.token from u x where x.lane = u.lane and x.profile_id = u.profile_id and x.trait = u.trait)
       order by d.seen_at desc, d.token limit 1) as next
     from u join parcours.profile p on p.lane = u.lane and p.profile_id = u.profile_id and p.traits->>u.trait = u.token`,
    [c.lanes, c.profiles, c.traits, c.tokens],
  );
}

/** Where messages are now: those of people who were merged since are looked for in all lanes, by key. */
export function locateMessages(
  session: Session,
  lanes: readonly number[],
  messages: readonly number[],
): Promise<
  { readonly i: number; readonly lane: number; readonly profile_id: number; readonly channel: string | null }[]
> {
  return session.query(
    `select u.i::integer as i, m.lane, m.profile_id, m.channel
     from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, message_id, i)
     cross join lateral (
       select h.lane, h.profile_id, h.channel from parcours.message h where h.lane = u.lane and h.message_id = u.message_id
       union all
       select o.lane, o.profile_id, o.channel from generate_series(0, 1023) l(lane)
       join parcours.message o on o.lane = l.lane and o.message_id = u.message_id
       where not exists (select from parcours.message h where h.lane = u.lane and h.message_id = u.message_id)
       limit 1) m`,
    [lanes, messages],
  );
}

/** The last message that left by a channel for somebody since then; null: none. */
export async function lastMessageTo(
  session: Session,
  person: { readonly lane: number; readonly profile_id: number },
  channel: string,
  since: Date,
): Promise<number | null> {
  const rows = await session.query<{ message_id: number }>(
    `select m.message_id from parcours.message m
     where m.lane = $1 and m.profile_id = $2 and m.created_at >= $4 and m.channel = $3 and m.rank >= 2
     order by m.created_at desc, m.message_id desc limit 1`,
    [person.lane, person.profile_id, channel, since],
  );
  return rows[0]?.message_id ?? null;
}

/** Purposes that people have denied on a channel's type, or on all. */
export function deniedPurposes(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  channelType: string,
): Promise<{ readonly i: number; readonly purpose: string }[]> {
  return session.query(
    `select distinct u.i::integer as i, c.purpose from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, profile_id, i)
     join parcours.consent c on c.lane = u.lane and c.profile_id = u.profile_id
     where c.channel = $3 and c.state = 'denied' order by i, c.purpose`,
    [people.lanes, people.profiles, channelType],
  );
}

/** Takes an address off the suppression list, when it stands there for that reason. */
export async function liftSuppression(session: Session, hash: Buffer, reason: string): Promise<void> {
  await session.query('delete from parcours.suppression where hash = $1 and reason = $2', [hash, reason]);
}

export interface ToldColumns {
  readonly lanes: readonly number[];
  readonly messages: readonly number[];
  readonly providerIds: readonly (string | null)[];
  readonly segments: readonly (number | null)[];
  readonly costMicros: readonly (number | null)[];
  readonly costCurrencies: readonly (string | null)[];
}

/** Notes what a message is called at its provider and what it costs, whatever became of it meanwhile. */
export async function noteTold(session: Session, c: ToldColumns): Promise<void> {
  await session.query(
    `update parcours.message m set provider_id = coalesce(u.provider_id, m.provider_id), segments = coalesce(u.segments, m.segments),
       cost_micros = coalesce(u.cost_micros, m.cost_micros), cost_currency = coalesce(u.cost_currency, m.cost_currency)
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::smallint[], $5::bigint[], $6::text[])
       u(lane, message_id, provider_id, segments, cost_micros, cost_currency)
     where m.lane = u.lane and m.message_id = u.message_id`,
    [c.lanes, c.messages, c.providerIds, c.segments, c.costMicros, c.costCurrencies],
  );
}
