/**
 * Statements that record what was told of people: events, observed values of traits, and the projection of these into the profile, which
 * stands here alone. Only the holder of the people's lanes sends them: a lane's transaction, an import of history, a merge.
 */
import { columnStatement } from '../../store/column-statement.ts';
import { copyRows } from '../../store/copy-in.ts';
import type { BulkSession, Session } from '../../store/session.ts';
import type { Cleaned } from '../cleaning/clean.ts';

export interface EventColumns {
  readonly lanes: readonly number[];
  readonly types: readonly string[];
  readonly profiles: readonly number[];
  readonly occurredAt: readonly Date[];
  readonly eventIds: readonly number[];
  readonly receivedAt: readonly Date[];
  readonly values: readonly (number | null)[];
  readonly units: readonly (string | null)[];
  /** JSON texts. They travel as one: as an array of texts every quote would be escaped. */
  readonly properties: readonly string[];
  readonly sources: readonly string[];
}

const eventsTold = columnStatement(
  `insert into parcours.event (lane, type, profile_id, occurred_at, event_id, received_at, value, unit, source, properties)
   select {lane}, {type}, {profile_id}, {occurred_at}, {event_id}, {received_at}, {value}, {unit}, {source}, u.properties
   from rows from (unnest({arrays}), jsonb_array_elements({1}::jsonb)) u({names}, properties)
   order by 1, 2, 3, 4`,
  [
    { name: 'lane', type: 'smallint', isKey: true },
    { name: 'type', type: 'text' },
    { name: 'profile_id', type: 'bigint', isKey: true },
    { name: 'occurred_at', type: 'timestamptz' },
    { name: 'event_id', type: 'bigint', isKey: true },
    { name: 'received_at', type: 'timestamptz' },
    { name: 'value', type: 'bigint' },
    { name: 'unit', type: 'text' },
    { name: 'source', type: 'text' },
  ],
);

/** In the order of the key, so that neighbours meet the same pages of the index. */
export async function insertEvents(session: Session, c: EventColumns): Promise<void> {
  const columns = [c.lanes, c.types, c.profiles, c.occurredAt, c.eventIds, c.receivedAt, c.values, c.units, c.sources];
  const { text, values } = eventsTold(columns, `[${c.properties.join(',')}]`);
  await session.query(text, values);
}

/** An event, its times in milliseconds since the epoch. */
export interface NewEvent {
  readonly lane: number;
  readonly type: string;
  readonly profileId: number;
  readonly occurredAt: number;
  readonly eventId: number;
  readonly receivedAt: number;
  readonly value: number | null;
  readonly unit: string | null;
  readonly source: string;
  /** JSON text. */
  readonly properties: string;
}

/** As `insertEvents`, of many at once, in the order given. */
export async function copyEvents(session: BulkSession, events: readonly NewEvent[]): Promise<void> {
  const rows = copyRows(10);
  for (const one of events) {
    rows.row();
    rows.short(one.lane);
    rows.text(one.type);
    rows.long(one.profileId);
    rows.instant(one.occurredAt);
    rows.long(one.eventId);
    rows.instant(one.receivedAt);
    rows.long(one.value);
    rows.text(one.unit);
    rows.text(one.source);
    rows.json(one.properties);
  }
  await session.copy(
    `copy parcours.event (lane, type, profile_id, occurred_at, event_id, received_at, value, unit, source, properties)
     from stdin (format binary)`,
    rows.end(),
  );
}

/** Draws numbers of events: those of the inbox, in which events usually arrive. They may have gaps. */
export async function drawEventIds(session: Session, count: number): Promise<readonly number[]> {
  if (count === 0) return [];
  const rows = await session.query<{ ids: readonly number[] }>(
    `select array_agg(nextval(s.name)) as ids
     from (select pg_get_serial_sequence('parcours.inbox', 'seq')::regclass as name offset 0) s, generate_series(1, $1::integer)`,
    [count],
  );
  return rows[0]?.ids ?? [];
}

export interface TraitColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  readonly traits: readonly string[];
  readonly observedAt: readonly Date[];
  readonly receivedAt: readonly Date[];
  readonly sources: readonly string[];
  /** JSON texts. */
  readonly values: readonly string[];
  /** As it was written, and the rule that changed it; null: nothing was changed. */
  readonly raws: readonly (string | null)[];
  readonly cleanedBy: readonly (string | null)[];
}

const toldColumns = `rows from (
       unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[]),
       jsonb_array_elements($9::jsonb)) u(lane, profile_id, trait, observed_at, received_at, source, raw, cleaned_by, value)`;

function toldValues(c: TraitColumns): readonly unknown[] {
  const { lanes, profiles, traits, observedAt, receivedAt, sources, raws, cleanedBy, values } = c;
  return [lanes, profiles, traits, observedAt, receivedAt, sources, raws, cleanedBy, `[${values.join(',')}]`];
}

/** Which of a trait's values is the newest, where nothing else chooses: the same wherever it is asked. */
const newestFirst = (of: string) => `${of}.observed_at desc, ${of}.received_at desc, ${of}.source`;

/**
 * Writes values `n.traits` (an object) of people into their profiles, and takes away those named in `n.gone`. A null (JSON's) was
 * forgotten. Zones that the server doesn't know are left out. `n`: a query of (lane, profile_id, traits, gone).
 */
const projected = (n: string) => `update parcours.profile p set
       traits = (p.traits - n.gone) || n.traits,
       zone = case when n.traits ? 'zone' then (select z.name from parcours.zone z where z.name = n.traits ->> 'zone') else p.zone end,
       locale = case when n.traits ? 'locale' then n.traits ->> 'locale' else p.locale end
     from (${n}) n
     where p.lane = n.lane and p.profile_id = n.profile_id`;

/**
 * Keeps what each source said when (the same source at the same instant corrects itself), and projects the newest observed value of
 * each (person, trait). The statement doesn't see what it inserts, so the newest of what is told stands unless a stored value is newer.
 */
export async function writeTraits(session: Session, c: TraitColumns): Promise<void> {
  await session.query(
    `with told as materialized (select * from ${toldColumns}),
     kept as (
       insert into parcours.trait_value (lane, profile_id, trait, observed_at, received_at, source, raw, cleaned_by, value)
       select * from told
       on conflict (lane, profile_id, trait, observed_at, source) do update set
         value = excluded.value, received_at = excluded.received_at, raw = excluded.raw, cleaned_by = excluded.cleaned_by)
     ${projected(`
       select x.lane, x.profile_id, jsonb_object_agg(x.trait, coalesce(s.value, x.value)) as traits, '{}'::text[] as gone
       from (
         select distinct on (t.lane, t.profile_id, t.trait) t.* from told t
         order by t.lane, t.profile_id, t.trait, ${newestFirst('t')}) x
       left join lateral (
         select v.value from parcours.trait_value v
         where v.lane = x.lane and v.profile_id = x.profile_id and v.trait = x.trait and v.observed_at >= x.observed_at
           and (v.observed_at > x.observed_at or (v.source <> x.source
             and (v.received_at > x.received_at or (v.received_at = x.received_at and v.source < x.source))))
         order by ${newestFirst('v')} limit 1) s on true
       group by x.lane, x.profile_id`)}`,
    toldValues(c),
  );
}

/** A value of somebody, as it was told. */
export interface ToldValue {
  readonly trait: string;
  /** Milliseconds since the epoch, as the next. */
  readonly observedAt: number;
  readonly receivedAt: number;
  readonly source: string;
  readonly cleaned: Cleaned | undefined;
  /** JSON text. */
  readonly value: string;
}

/** Values of people of whom none is stored yet, each (person, trait, instant, source) once. Nothing is projected. */
export function firstValues(): {
  add(lane: number, profileId: number, told: ToldValue): void;
  /** Writes them, in the order in which they were added. */
  copy(session: BulkSession): Promise<void>;
} {
  const rows = copyRows(9);
  return {
    add(lane, profileId, { trait, observedAt, receivedAt, source, cleaned, value }) {
      rows.row();
      rows.short(lane);
      rows.long(profileId);
      rows.text(trait);
      rows.instant(observedAt);
      rows.instant(receivedAt);
      rows.text(source);
      rows.text(cleaned?.raw ?? null);
      rows.text(cleaned?.by ?? null);
      rows.json(value);
    },
    copy: (session) =>
      session.copy(
        `copy parcours.trait_value (lane, profile_id, trait, observed_at, received_at, source, raw, cleaned_by, value)
         from stdin (format binary)`,
        rows.end(),
      ),
  };
}

export interface ChosenColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  readonly traits: readonly string[];
  /** `latest`, `least`, `most_complete`, `most_frequent` or `sources`. */
  readonly kinds: readonly string[];
  /** JSON texts: ids of sources, the most trusted first. */
  readonly sources: readonly string[];
}

/**
 * Projects the chosen value of each given (person, trait), among all that are stored; a trait of which nothing is left goes. A value that
 * was forgotten stands only where it is the newest and nothing else chooses.
 */
export async function projectSurvivors(session: Session, c: ChosenColumns): Promise<void> {
  await session.query(
    projected(`
       select x.lane, x.profile_id,
         coalesce(jsonb_object_agg(x.trait, v.value) filter (where v.is_found), '{}') as traits,
         coalesce(array_agg(x.trait) filter (where v.is_found is null), '{}') as gone
       from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[]) x(lane, profile_id, trait, kind, sources)
       left join lateral (
         select t.value, true as is_found from (
           select w.value, w.observed_at, w.received_at, w.source,
             count(*) over (partition by w.value) as times
           from parcours.trait_value w
           where w.lane = x.lane and w.profile_id = x.profile_id and w.trait = x.trait) t
         order by
           case when x.kind <> 'latest' and t.value = 'null'::jsonb then 1 else 0 end,
           case when x.kind = 'sources' then coalesce(
             (select s.n from jsonb_array_elements_text(x.sources) with ordinality s(name, n) where s.name = t.source), 1000000) end,
           case when x.kind = 'most_complete' then -length(t.value #>> '{}') end,
           case when x.kind = 'most_frequent' then -t.times end,
           case when x.kind = 'least' then parcours.num(t.value) end,
           ${newestFirst('t')}
         limit 1) v on true
       group by x.lane, x.profile_id`),
    [c.lanes, c.profiles, c.traits, c.kinds, c.sources],
  );
}
