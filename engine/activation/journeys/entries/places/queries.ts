/** Statements over places in journeys that let in so many people at most: asked for by lanes, counted over all of them. */
import type { Session } from '../../../../store/session.ts';
import type { StartCommand } from '../start-command.ts';

/** A place that is asked for, or (null) one that wasn't needed. */
export interface PlaceRequest {
  readonly lane: number;
  readonly profile_id: number;
  readonly body: (StartCommand & { readonly hop: number }) | null;
}

/** Asks for places, or gives them back. */
export async function requestPlaces(
  session: Session,
  rows: readonly (Omit<PlaceRequest, 'profile_id'> & { readonly profileId: number; readonly journey: string })[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `insert into parcours.entry_request (journey, lane, profile_id, body)
     select * from unnest($1::text[], $2::smallint[], $3::bigint[], $4::jsonb[])`,
    [
      rows.map((r) => r.journey),
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => (r.body === null ? null : JSON.stringify(r.body))),
    ],
  );
}

/** Journeys in which places are asked for. */
export async function journeysAsked(session: Session): Promise<readonly string[]> {
  const rows = await session.query<{ journey: string }>(
    'select distinct r.journey from parcours.entry_request r order by 1',
  );
  return rows.map(({ journey }) => journey);
}

/**
 * How many places of the journey are taken; locked until the transaction ends, so that two processes give one after the other. The first
 * time all its enrollments are counted.
 */
export async function lockPlaces(session: Session, journey: string): Promise<number> {
  const select = 'select q.taken from parcours.entry_quota q where q.journey = $1 for update';
  const [known] = await session.query<{ taken: number }>(select, [journey]);
  if (known !== undefined) return known.taken;
  await session.query(
    `insert into parcours.entry_quota (journey, taken)
     select $1, count(*) from parcours.enrollment e where e.journey = $1 on conflict do nothing`,
    [journey],
  );
  const [counted] = await session.query<{ taken: number }>(select, [journey]);
  return counted?.taken ?? 0;
}

/** Takes requests in the order of asking. */
export async function takeRequests(session: Session, journey: string, limit: number): Promise<PlaceRequest[]> {
  const rows = await session.query<PlaceRequest & { readonly seq: number }>(
    `delete from parcours.entry_request r using (
       select x.journey, x.seq from parcours.entry_request x where x.journey = $1 order by x.seq limit $2) d
     where r.journey = d.journey and r.seq = d.seq returning r.seq, r.lane, r.profile_id, r.body`,
    [journey, limit],
  );
  return rows.sort((a, b) => a.seq - b.seq);
}

export async function savePlaces(session: Session, journey: string, taken: number): Promise<void> {
  await session.query('update parcours.entry_quota set taken = $2 where journey = $1', [journey, taken]);
}
