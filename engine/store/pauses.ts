/**
 * What operators stopped: written by `pause` and `resume`, read by lanes and dispatch with each look, shown by `plan` and `status`.
 * What is over stays in the table as its history.
 */
import type { Session } from './session.ts';

/** `skip_late`: what a pause held is dropped when it ends · `spread`: it leaves then, spread over an hour. */
export type OnResume = 'skip_late' | 'spread';

export interface PauseRow {
  /** `journey/x`, `channel/x`, `destination/x`, or `workspace`. */
  readonly resource: string;
  readonly since: Date;
  /** Null: until it is resumed. */
  readonly until: Date | null;
  readonly on_resume: OnResume;
  readonly why: string;
  readonly author: string;
}

/** As read with a lane's look or a dispatch; times in milliseconds since the epoch. */
export interface PauseSeen {
  readonly resource: string;
  readonly until: number | null;
  readonly on_resume: OnResume;
}

/** A scalar subquery: what isn't ended as a JSON array of `PauseSeen`, or null. Whoever reads it looks at `until`. */
export const pausesSeen = `select jsonb_agg(jsonb_build_object('resource', resource,
    'until', (extract(epoch from until) * 1000)::bigint, 'on_resume', on_resume)) from parcours.pause where ended_at is null`;

/** The pauses in force at t, by resource. */
export function readPauses(session: Session, t: Date): Promise<PauseRow[]> {
  return session.query<PauseRow>(
    `select resource, since, until, on_resume, why, author from parcours.pause
     where ended_at is null and (until is null or until > $1) order by resource`,
    [t],
  );
}

/** Begins a pause, within the caller's transaction; one of the same resource that isn't over gives way to it. */
export async function beginPause(session: Session, pause: PauseRow): Promise<void> {
  await endPause(session, pause.resource, { at: pause.since, by: pause.author });
  await session.query(
    `insert into parcours.pause (resource, since, until, on_resume, why, author) values ($1, $2, $3, $4, $5, $6)
     on conflict (resource, since) do update set until = excluded.until, on_resume = excluded.on_resume,
       why = excluded.why, author = excluded.author, ended_at = null, ended_by = null`,
    [pause.resource, pause.since, pause.until, pause.on_resume, pause.why, pause.author],
  );
}

/**
 * Ends a pause and tells every lane, which looks at what it held, within the caller's transaction. False: nothing was paused by that name.
 */
export async function endPause(
  session: Session,
  resource: string,
  { at, by }: { readonly at: Date; readonly by: string },
): Promise<boolean> {
  const rows = await session.query<{ was_in_force: boolean }>(
    `update parcours.pause set ended_at = least($2, coalesce(until, $2)), ended_by = $3
     where resource = $1 and ended_at is null returning until is null or until > $2 as was_in_force`,
    [resource, at, by],
  );
  if (!rows.some((row) => row.was_in_force)) return false;
  // Requests sleep in the outbox, where no lane looks after them: they are due within the next hour, each at an instant of its own.
  await session.query(
    `update parcours.outbox o set due_at = least(o.due_at,
       $1::timestamptz + interval '1 hour' * ((o.message_id % 1000003 * 2654435769 % 4294967296) / 4294967296.0))
     where o.channel like 'destination/%' and o.state = 'ready' and o.due_at > $1`,
    [at],
  );
  await session.query(
    `insert into parcours.inbox (lane, class, visible_at, kind, body)
     select lane, 0, $1, 'resumed', jsonb_build_object('rule', $2::text) from parcours.lane`,
    [at, `paused ${resource}`],
  );
  return true;
}
