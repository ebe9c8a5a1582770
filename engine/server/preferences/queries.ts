/** What the preference centre reads of a person. It writes nothing but facts, by way of ingestion's own statement. */
import type { Fact } from '../../profiles/fact.ts';
import type { Session } from '../../store/session.ts';

export interface PersonRow {
  /** 0: erased; another profile: merged into it. */
  readonly merged_into: number | null;
  readonly traits: Readonly<Record<string, unknown>>;
  /** His own, or his country's. */
  readonly locale: string | null;
  readonly zone: string | null;
  readonly consents: readonly ConsentRow[];
  /** Facts that his lane hasn't read yet, in their order. */
  readonly waiting: readonly Fact[];
}

export interface ConsentRow {
  readonly purpose: string;
  readonly channel: string;
  readonly state: 'granted' | 'denied';
  readonly is_confirmed: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Null: there is no such profile. */
export async function readPersonRow(session: Session, lane: number, profileId: number): Promise<PersonRow | null> {
  const [row] = await session.query<PersonRow>(
    `select p.merged_into, p.traits, p.locale, p.zone,
       coalesce((
         select jsonb_agg(jsonb_build_object('purpose', c.purpose, 'channel', c.channel, 'state', c.state,
           'since', floor(extract(epoch from c.since) * 1000),
           'is_confirmed', c.state = 'granted' and coalesce(c.confirmed_at > coalesce(c.denied_at, '-infinity'), false)))
         from parcours.consent c where c.lane = p.lane and c.profile_id = p.profile_id), '[]') as consents,
       coalesce((
         select jsonb_agg(i.body order by i.seq)
         from parcours.inbox i where i.lane = p.lane and i.class = 1 and i.profile_id = p.profile_id and i.kind = 'fact'), '[]') as waiting
     from parcours.profile p where p.lane = $1 and p.profile_id = $2`,
    [lane, profileId],
  );
  return row ?? null;
}
