/** Statements about what is placed: on sites, in letters, on lists of platforms. */
import type { Session } from '../../store/session.ts';

export interface NewPlacement {
  readonly lane: number;
  readonly profileId: number;
  readonly messageId: number;
  readonly channel: string;
  readonly until: Date;
  readonly content: unknown;
  readonly household: string | null;
}

/** A message that is handed over again stands where it stood. */
export async function insertPlacements(session: Session, rows: readonly NewPlacement[], at: Date): Promise<void> {
  await session.query(
    `insert into parcours.placement (lane, profile_id, message_id, channel, placed_at, until, content, household)
     select u.lane, u.profile_id, u.message_id, u.channel, $7, u.until, u.content, u.household
     from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::jsonb[], $8::text[])
       u(lane, profile_id, message_id, channel, until, content, household)
     on conflict do nothing`,
    [
      rows.map((row) => row.lane),
      rows.map((row) => row.profileId),
      rows.map((row) => row.messageId),
      rows.map((row) => row.channel),
      rows.map((row) => row.until),
      rows.map((row) => JSON.stringify(row.content)),
      at,
      rows.map((row) => row.household),
    ],
  );
}

/** Traits of people, in the order asked; null: he is gone. */
export async function traitsOf(
  session: Session,
  lanes: readonly number[],
  profiles: readonly number[],
): Promise<readonly (Readonly<Record<string, unknown>> | null)[]> {
  const rows = await session.query<{ traits: Readonly<Record<string, unknown>> | null }>(
    `select p.traits from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, profile_id, i)
     left join lateral (
       select d.traits from parcours.profile d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.merged_into is null offset 0) p on true
     order by u.i`,
    [lanes, profiles],
  );
  return rows.map(({ traits }) => traits);
}

/**
 * Whether the batch is to be written: it is new, or another process left it half done; `no`: it was written. The lock goes with the
 * transaction, so a process that died holds nobody up.
 */
export async function openBatch(session: Session, channel: string, at: Date): Promise<'new' | 'again' | 'no'> {
  await session.query('select pg_advisory_xact_lock(hashtext($1), 902)', [`placement ${channel}`]);
  const made = await session.query(
    'insert into parcours.placement_batch (channel, batch_at) values ($1, $2) on conflict do nothing returning 1',
    [channel, at],
  );
  if (made.length > 0) return 'new';
  const [row] = await session.query<{ state: string }>(
    'select state from parcours.placement_batch where channel = $1 and batch_at = $2',
    [channel, at],
  );
  return row?.state === 'open' ? 'again' : 'no';
}

/** The last batch of each channel, and whether it was written whole. */
export function lastBatches(
  session: Session,
): Promise<{ readonly channel: string; readonly batch_at: Date; readonly state: string }[]> {
  return session.query(
    'select distinct on (channel) channel, batch_at, state from parcours.placement_batch order by channel, batch_at desc',
  );
}

export async function closeBatch(session: Session, channel: string, at: Date, summary: object): Promise<void> {
  await session.query(
    `update parcours.placement_batch set state = 'written', summary = $3 where channel = $1 and batch_at = $2`,
    [channel, at, JSON.stringify(summary)],
  );
}

/**
 * Takes the letters of a batch: those that no batch took, whose time isn't over and whose way wasn't cut short (exits of `$3`, journey and
 * way out). Of a household the first of a template. Returns nothing: they are read by page, since a batch that was begun is written again whole.
 */
export async function takeLetters(
  session: Session,
  channel: string,
  at: Date,
  cut: readonly (readonly [string, string])[],
): Promise<void> {
  await session.query(
    `update parcours.placement p set batch_at = $2
     where p.channel = $1 and p.batch_at is null and p.until > $2
       and not exists (${cutShort('p', '$3')})`,
    [channel, at, JSON.stringify(cut)],
  );
}

/** Whether the enrollment of a placement ended by the goal, an exit, or by hand (LANGUAGE b21). */
const cutShort = (alias: string, cut: string): string => `
  select 1 from parcours.message m
  join parcours.enrollment e on e.lane = m.lane and e.profile_id = m.profile_id and e.journey = m.journey and e.key = m.key and e.n = m.n
  where m.lane = ${alias}.lane and m.message_id = ${alias}.message_id and e.exit_as is not null
    and (e.exit_as in ('goal', 'removed', 'left-entity') or ${cut}::jsonb @> jsonb_build_array(jsonb_build_array(e.journey, e.exit_as)))`;

export interface LetterRow {
  readonly message_id: number;
  readonly lane: number;
  readonly content: unknown;
  /** People of the household whom the letter is for. */
  readonly people: number;
}

/** A page of a batch's letters behind a number: the first of each household and template. */
export function selectLetters(
  session: Session,
  channel: string,
  at: Date,
  page: { readonly after: number; readonly limit: number },
): Promise<LetterRow[]> {
  return session.query(
    `select l.message_id, l.lane, l.content, l.people from (
       select distinct on (p.household, p.content->>'template') p.message_id, p.lane, p.content,
         count(*) over (partition by p.household, p.content->>'template')::integer as people
       from parcours.placement p where p.channel = $1 and p.batch_at = $2
       order by p.household, p.content->>'template', p.message_id) l
     where l.message_id > $3 order by l.message_id limit $4`,
    [channel, at, page.after, page.limit],
  );
}

export async function countLetters(session: Session, channel: string, at: Date): Promise<number> {
  const [row] = await session.query<{ n: number }>(
    'select count(*)::integer as n from parcours.placement where channel = $1 and batch_at = $2',
    [channel, at],
  );
  return row?.n ?? 0;
}

export interface ListedRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly email: string | null;
  readonly phone: string | null;
}

/** A page of who stands on a list at $2, each once. */
export function selectListed(
  session: Session,
  channel: string,
  at: Date,
  page: {
    readonly after: number;
    readonly limit: number;
    readonly cut: readonly (readonly [string, string])[];
  },
): Promise<ListedRow[]> {
  return session.query(
    `select distinct on (p.profile_id) p.lane, p.profile_id, d.traits->>'email' as email, d.traits->>'phone' as phone
     from parcours.placement p
     join parcours.profile d on d.lane = p.lane and d.profile_id = p.profile_id and d.merged_into is null and d.restricted_at is null
     where p.channel = $1 and p.batch_at is null and p.until > $2 and p.profile_id > $3
       and not exists (${cutShort('p', '$5')})
     order by p.profile_id limit $4`,
    [channel, at, page.after, page.limit, JSON.stringify(page.cut)],
  );
}

export function selectAdList(
  session: Session,
  channel: string,
): Promise<{ readonly kind: 'email' | 'phone'; readonly hash: string }[]> {
  return session.query('select kind, hash from parcours.ad_list where channel = $1', [channel]);
}

export interface Hashes {
  readonly kinds: readonly string[];
  readonly hashes: readonly string[];
}

export async function changeAdList(session: Session, channel: string, adds: Hashes, removes: Hashes): Promise<void> {
  await session.query(
    `insert into parcours.ad_list (channel, kind, hash)
     select $1, u.kind, u.hash from unnest($2::text[], $3::text[]) u(kind, hash) on conflict do nothing`,
    [channel, adds.kinds, adds.hashes],
  );
  await session.query(
    `delete from parcours.ad_list a using unnest($2::text[], $3::text[]) u(kind, hash)
     where a.channel = $1 and a.kind = u.kind and a.hash = u.hash`,
    [channel, removes.kinds, removes.hashes],
  );
}

export interface Decidable {
  readonly lane: number;
  readonly profile_id: number;
  /** Until when he wants no messages but service; milliseconds since the epoch. */
  readonly paused_until: number | null;
  readonly consents: readonly {
    readonly purpose: string;
    readonly channel: string;
    readonly state: string;
    readonly confirmed: boolean;
  }[];
  /** What may be shown, best first. */
  readonly offers: readonly Offer[];
  /** Journeys that would have something to show and hold him out: id and number of the enrollment. */
  readonly held: readonly {
    readonly journey: string;
    readonly n: number;
    readonly key: string;
    readonly group: string;
  }[];
}

export interface Offer {
  readonly message_id: number;
  readonly channel: string;
  readonly content: unknown;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly journey: string;
  readonly step: string;
  readonly template: string;
  readonly purpose: string;
  readonly objective: string;
  readonly exit_as: string | null;
}

/**
 * What a person may be shown now on channels of a slot, with all that says whether he may, in one statement: probes of indexes of one person.
 * Nothing: nobody is known by the identifier, or he is restricted. Of equal priority what was placed last is shown.
 */
export async function selectDecidable(
  session: Session,
  asked: {
    readonly type: string;
    readonly value: string;
    readonly channels: readonly string[];
    readonly journeys: readonly string[];
    readonly t: Date;
    readonly limit: number;
  },
): Promise<Decidable | null> {
  const [row] = await session.query<Decidable>(
    `select i.lane, i.profile_id,
       case when jsonb_typeof(p.traits->'messages_paused_until') = 'number' then (p.traits->>'messages_paused_until')::double precision end as paused_until,
       coalesce((
         select jsonb_agg(jsonb_build_object('purpose', c.purpose, 'channel', c.channel, 'state', c.state,
           'confirmed', c.state = 'granted' and coalesce(c.confirmed_at > coalesce(c.denied_at, '-infinity'), false)))
         from parcours.consent c where c.lane = i.lane and c.profile_id = i.profile_id), '[]') as consents,
       coalesce((
         select jsonb_agg(o.offer order by o.priority desc, o.placed_at desc, o.message_id desc) from (
           select m.priority, l.placed_at, l.message_id, jsonb_build_object('message_id', l.message_id, 'channel', l.channel, 'content', l.content,
             'until', floor(extract(epoch from l.until) * 1000), 'journey', m.journey, 'step', m.step, 'template', m.template,
             'purpose', m.purpose, 'objective', m.objective, 'exit_as', e.exit_as) as offer
           from parcours.placement l
           join parcours.message m on m.lane = l.lane and m.message_id = l.message_id
           left join parcours.enrollment e on e.lane = m.lane and e.profile_id = m.profile_id and e.journey = m.journey and e.key = m.key and e.n = m.n
           left join parcours.exposure x on x.lane = l.lane and x.profile_id = l.profile_id and x.what = l.message_id::text
           where l.lane = i.lane and l.profile_id = i.profile_id and l.channel = any($3::text[]) and l.until > $4
             and m.rank < 5 and x.dismissed_at is null
           order by m.priority desc, l.placed_at desc, l.message_id desc limit $6) o), '[]') as offers,
       coalesce((
         select jsonb_agg(jsonb_build_object('journey', e.journey, 'n', e.n, 'key', e.key, 'group', e.holdout))
         from parcours.enrollment e
         where e.lane = i.lane and e.profile_id = i.profile_id and e.journey = any($5::text[]) and e.state = 'active' and e.holdout is not null),
         '[]') as held
     from parcours.identifier i
     join parcours.profile p on p.lane = i.lane and p.profile_id = i.profile_id and p.merged_into is null and p.restricted_at is null
     where i.type = $1 and i.value = $2`,
    [asked.type, asked.value, asked.channels, asked.t, asked.journeys, asked.limit],
  );
  return row ?? null;
}

export interface Exposed {
  readonly lane: number;
  readonly profileId: number;
  readonly what: string;
  readonly slot: string;
  readonly times: number;
  readonly lastAt: Date;
}

/** Counts what was shown; returns what was shown for the first time. Each once, in the order of the key, so that two don't wait for each other in a circle. */
export function noteExposures(
  session: Session,
  rows: readonly Exposed[],
): Promise<
  {
    readonly lane: number;
    readonly profile_id: number;
    readonly what: string;
    readonly slot: string;
    readonly first_at: Date;
  }[]
> {
  return session.query(
    `with told as (
       insert into parcours.exposure as x (lane, profile_id, what, slot, first_at, last_at, times)
       select u.lane, u.profile_id, u.what, u.slot, u.at, u.at, u.times
       from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[]) u(lane, profile_id, what, slot, at, times)
       order by u.lane, u.profile_id, u.what
       on conflict (lane, profile_id, what) do update set times = x.times + excluded.times, last_at = greatest(x.last_at, excluded.last_at)
       returning lane, profile_id, what, slot, first_at, xmax = 0 as is_new)
     select lane, profile_id, what, slot, first_at from told where is_new`,
    [
      rows.map((row) => row.lane),
      rows.map((row) => row.profileId),
      rows.map((row) => row.what),
      rows.map((row) => row.slot),
      rows.map((row) => row.lastAt),
      rows.map((row) => row.times),
    ],
  );
}

/** The person closed it: it is shown no more. */
export async function noteDismissed(
  session: Session,
  {
    lane,
    profileId,
    messageId,
    slot,
    at,
  }: {
    readonly lane: number;
    readonly profileId: number;
    readonly messageId: number;
    readonly slot: string;
    readonly at: Date;
  },
): Promise<void> {
  await session.query(
    `insert into parcours.exposure (lane, profile_id, what, slot, first_at, last_at, times, dismissed_at)
     values ($1, $2, $3, $4, $5, $5, 0, $5)
     on conflict (lane, profile_id, what) do update set dismissed_at = coalesce(exposure.dismissed_at, excluded.dismissed_at)`,
    [lane, profileId, String(messageId), slot, at],
  );
}
