/** The statement that chooses among the values that were told of a trait. */
import type { Session } from '../../../store/session.ts';

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
 * Projects the chosen value of each given (person, trait) into `profile.traits`; a trait of which nothing is left goes. A value that was
 * forgotten (null) stands only where it is the newest and nothing else chooses. Zones that the server doesn't know are left out.
 */
export async function projectSurvivors(session: Session, c: ChosenColumns): Promise<void> {
  await session.query(
    `update parcours.profile p set
       traits = (p.traits - n.gone) || n.traits,
       zone = case when n.traits ? 'zone' then (select z.name from parcours.zone z where z.name = n.traits ->> 'zone') else p.zone end,
       locale = case when n.traits ? 'locale' then n.traits ->> 'locale' else p.locale end
     from (
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
           t.observed_at desc, t.received_at desc, t.source
         limit 1) v on true
       group by x.lane, x.profile_id) n
     where p.lane = n.lane and p.profile_id = n.profile_id`,
    [c.lanes, c.profiles, c.traits, c.kinds, c.sources],
  );
}
