/** The statements of `status`: how far the lanes are, what waits, who works. Cheap enough to be asked every few seconds. */
import type { Session } from '../../store/session.ts';

export interface LaneRow {
  readonly lanes: number;
  /** Lanes that last ran under an older revision. */
  readonly behind: number;
  readonly last_t: Date | null;
  readonly next_wake: Date | null;
}

export async function selectLanes(session: Session, revision: number): Promise<LaneRow> {
  const rows = await session.query<LaneRow>(
    `select count(*) as lanes, count(*) filter (where revision < $1) as behind, max(last_t) as last_t,
       min(wake_at) as next_wake from parcours.lane`,
    [revision],
  );
  return rows[0]!;
}

/** A lane that is due for longer than this is late. */
export const lateAfterMs = 60_000;

export interface DueLanesRow {
  /** The live revision; 0: none. */
  readonly live: number;
  readonly lanes: number;
  /** Lanes that last ran under an older revision. */
  readonly behind: number;
  /** Lanes whose time has come, or whose inbox holds what may be taken. */
  readonly due: number;
  /** … since more than a minute. */
  readonly late: number;
  /** Since when the one is due that waits longest; null: none is due. */
  readonly oldest: Date | null;
}

/** How the lanes keep up, whoever works. A probe of an index a lane, whatever waits in the inboxes: a few milliseconds. */
export async function selectDueLanes(session: Session, at: Date): Promise<DueLanesRow> {
  const rows = await session.query<DueLanesRow>(
    `select r.live, count(*) as lanes, count(*) filter (where l.revision < r.live) as behind,
       count(*) filter (where d.due_at <= $1) as due, count(*) filter (where d.due_at <= $2) as late,
       min(d.due_at) filter (where d.due_at <= $1) as oldest
     from (select coalesce(max(number), 0) as live from parcours.revision) r
     cross join parcours.lane l
     cross join lateral (select least(l.wake_at, (
       select i.visible_at from parcours.inbox i where i.lane = l.lane order by i.visible_at limit 1)) as due_at offset 0) d
     group by r.live`,
    [at, new Date(at.getTime() - lateAfterMs)],
  );
  return rows[0] ?? { live: 0, lanes: 0, behind: 0, due: 0, late: 0, oldest: null };
}

/** All lanes, and those that last ran under an older revision than the live one. */
export async function countLanesBehind(session: Session): Promise<{ readonly lanes: number; readonly behind: number }> {
  const rows = await session.query<{ lanes: number; behind: number }>(
    `select count(*) as lanes, count(*) filter (where l.revision < r.live) as behind
     from parcours.lane l cross join (select coalesce(max(number), 0) as live from parcours.revision) r`,
  );
  return rows[0] ?? { lanes: 0, behind: 0 };
}

export interface InboxRow {
  readonly class: number;
  readonly facts: number;
  /** Facts that may be taken now. */
  readonly visible: number;
  readonly oldest: Date | null;
}

/** Facts that wait, by class. */
export function selectInbox(session: Session, at: Date): Promise<InboxRow[]> {
  return session.query<InboxRow>(
    `select class, count(*) as facts, count(*) filter (where visible_at <= $1) as visible,
       min(visible_at) filter (where visible_at <= $1) as oldest
     from parcours.inbox group by class order by class`,
    [at],
  );
}

export interface ScaleRow {
  readonly trait: string;
  readonly computed_at: Date;
  /** Of whom it was worked out. */
  readonly people: number;
  /** Why no model could be fitted to them; null where there is one, or none is needed. */
  readonly refused: string | null;
  /** Parameters of the model of orders, times in days; null where there is none. */
  readonly model: Readonly<Record<'r' | 'alpha' | 'a' | 'b', number>> | null;
}

/** When what traits read of everybody (bounds of ranks, priors, models) was worked out last. */
export function selectScales(session: Session): Promise<ScaleRow[]> {
  return session.query<ScaleRow>(
    `select trait, computed_at, people, bounds ->> 'refused' as refused, bounds -> 'bgNbd' as model
     from parcours.trait_scale order by trait`,
  );
}

export interface StateCountRow {
  readonly state: string;
  readonly messages: number;
}

export function selectMessageStates(session: Session): Promise<StateCountRow[]> {
  return session.query<StateCountRow>(
    'select state, count(*) as messages from parcours.message group by state order by state',
  );
}

export interface OutboxRow {
  readonly channel: string;
  readonly messages: number;
  readonly oldest: Date;
}

/** Messages that wait to be handed over, by channel. */
export function selectOutbox(session: Session): Promise<OutboxRow[]> {
  return session.query<OutboxRow>(
    'select channel, count(*) as messages, min(due_at) as oldest from parcours.outbox group by channel order by channel',
  );
}

export interface WorkerRow {
  readonly worker_id: string;
  readonly kind: string;
  readonly host: string;
  readonly pid: number;
  readonly started_at: Date;
  readonly beat_at: Date;
}

export function selectWorkers(session: Session): Promise<WorkerRow[]> {
  return session.query<WorkerRow>(
    'select worker_id, kind, host, pid, started_at, beat_at from parcours.worker order by started_at, worker_id',
  );
}

export interface TotalsRow {
  readonly profiles: number;
  readonly active_enrollments: number;
  readonly dead_letters: number;
}

export async function selectTotals(session: Session): Promise<TotalsRow> {
  const rows = await session.query<TotalsRow>(
    `select (select count(*) from parcours.profile where merged_into is null) as profiles,
       (select count(*) from parcours.enrollment where state = 'active') as active_enrollments,
       (select count(*) from parcours.dead_letter) as dead_letters`,
  );
  return rows[0]!;
}

export interface WorkspaceRow {
  readonly workspace: string | null;
}

export async function selectWorkspace(session: Session): Promise<string | null> {
  const rows = await session.query<WorkspaceRow>('select workspace from parcours.store');
  return rows[0]?.workspace ?? null;
}
