/** What is shown of one profile. */
import type { Session } from '../../store/session.ts';
import type { Place } from '../queries.ts';

export interface ShownTrait {
  readonly trait: string;
  /** In its stored form. */
  readonly value: unknown;
  /** Who told the value that stands, and when; null: computed. */
  readonly source: string | null;
  readonly observed_at: string | null;
  /** How many values sources told, of all times. */
  readonly told: number;
}

export interface ConsentShown {
  readonly purpose: string;
  readonly channel: string;
  readonly state: string;
  readonly since: string;
}

export interface EventCount {
  readonly type: string;
  readonly events: number;
  readonly last_at: string;
}

interface Row {
  readonly created_at: Date;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly restricted_at: Date | null;
  readonly traits: readonly ShownTrait[] | null;
  readonly consents: readonly ConsentShown[] | null;
  readonly segments: readonly string[] | null;
  readonly events: readonly EventCount[] | null;
}

/** All of it in one statement, so that it is of one instant. */
export async function selectProfileShown(session: Session, { lane, profileId }: Place) {
  const rows = await session.query<Row>(
    `select p.created_at, p.zone, p.locale, p.restricted_at,
       (select jsonb_agg(jsonb_build_object('trait', t.key, 'value', t.value, 'source', v.source, 'observed_at', v.observed_at,
          'told', (select count(*) from parcours.trait_value w where w.lane = p.lane and w.profile_id = p.profile_id and w.trait = t.key))
          order by t.key)
        from jsonb_each(p.traits) t
        left join lateral (
          select w.source, w.observed_at from parcours.trait_value w
          where w.lane = p.lane and w.profile_id = p.profile_id and w.trait = t.key and w.value = t.value
          order by w.observed_at desc limit 1) v on true) as traits,
       (select jsonb_agg(jsonb_build_object('purpose', c.purpose, 'channel', c.channel, 'state', c.state, 'since', c.since)
          order by c.purpose, c.channel)
        from parcours.consent c where c.lane = p.lane and c.profile_id = p.profile_id) as consents,
       (select jsonb_agg(m.segment order by m.segment) from parcours.membership m
        where m.lane = p.lane and m.profile_id = p.profile_id and m.is_member and strpos(m.segment, '/') = 0) as segments,
       (select jsonb_agg(jsonb_build_object('type', e.type, 'events', e.events, 'last_at', e.last_at) order by e.type)
        from (select type, count(*) as events, max(occurred_at) as last_at from parcours.event
              where lane = p.lane and profile_id = p.profile_id group by type) e) as events
     from parcours.profile p where p.lane = $1 and p.profile_id = $2 and p.merged_into is null`,
    [lane, profileId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    createdAt: row.created_at,
    zone: row.zone,
    locale: row.locale,
    restrictedAt: row.restricted_at,
    traits: row.traits ?? [],
    consents: row.consents ?? [],
    segments: row.segments ?? [],
    events: row.events ?? [],
  };
}

/** A value that a rule made of what was written. */
export interface CleanedShown {
  readonly of: 'identifier' | 'trait';
  readonly name: string;
  readonly raw: string;
  /** In its stored form. */
  readonly value: unknown;
  readonly by: string;
  /** Who told it, and when; null: identifiers belong to no source. */
  readonly source: string | null;
  readonly observed_at: string | null;
}

/** The newest values are enough to see what became of what. */
const cleanedMax = 100;

/** What rules of cleaning changed, newest first. */
export function selectCleaned(session: Session, { lane, profileId }: Place): Promise<CleanedShown[]> {
  return session.query<CleanedShown>(
    `select 'identifier' as of, i.type as name, i.raw, to_jsonb(i.value) as value, i.cleaned_by as by, null as source, null as observed_at
     from parcours.identifier i where i.lane = $1 and i.profile_id = $2 and i.cleaned_by is not null
     union all
     (select 'trait', v.trait, v.raw, v.value, v.cleaned_by, v.source, to_json(v.observed_at) #>> '{}' from parcours.trait_value v
      where v.lane = $1 and v.profile_id = $2 and v.cleaned_by is not null order by v.observed_at desc, v.trait limit ${cleanedMax})`,
    [lane, profileId],
  );
}
