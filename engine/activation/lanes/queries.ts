/** Statements over lanes and their inboxes: which are due, claim them, take their rows, say when they are due again. */
import { byKey } from '../../store/by-key.ts';
import { rowInsert } from '../../store/column-statement.ts';
import { type PauseSeen, pausesSeen } from '../../store/pauses.ts';
import type { Session } from '../../store/session.ts';
import { writeTogether } from '../../store/together.ts';

export interface FreshLane {
  readonly lane: number;
  readonly first: number;
  readonly last: number;
}

/** Rows above the mark that one look counts beside those in hand: with a backlog of millions it sees the oldest, and the rest as they go. */
export const lookRowsMax = 3_000;

/** Above which row a look is, and at how many rows at most. */
export interface LookAt {
  readonly low: number;
  readonly t: Date;
  readonly most: number;
}

/** What a worker sees before it claims anything. */
export interface Look {
  /** The live revision; 0 when nothing was applied. */
  readonly live: number;
  /** Lanes whose own time has come. */
  readonly due: readonly number[];
  /** Lanes that are behind the live revision. */
  readonly behind: readonly number[];
  /** Aligned: the revisions under which these run. */
  readonly behind_at: readonly number[];
  /** False: lanes weren't looked at. */
  readonly is_whole: boolean;
  /** What operators stopped; null: nothing. */
  readonly pauses: readonly PauseSeen[] | null;
  /** Aligned: lanes with rows above the mark, and the lowest and highest number of these rows. */
  readonly lanes: readonly number[];
  readonly firsts: readonly number[];
  readonly lasts: readonly number[];
  /** How many such rows the lane has. */
  readonly counts: readonly number[];
}

/**
 * One statement that tells whether there is anything to do: rows above the low-water mark of at least that class (4: imports only),
 * and lanes that are due or behind, unless the live revision is the `settled` one. A probe of the emptied queue below the mark would read
 * every dead row that an old snapshot keeps.
 */
export async function look(
  session: Session,
  at: LookAt & { readonly minClass: number; readonly settled: number | null },
): Promise<Look> {
  const rows = await session.query<Look>(
    `select r.live, r.live is distinct from $5::bigint as is_whole, (${pausesSeen}) as pauses,
       coalesce(l.due, '{}') as due, coalesce(l.behind, '{}') as behind, coalesce(l.behind_at, '{}') as behind_at,
       coalesce(array_agg(f.lane) filter (where f.lane is not null), '{}') as lanes,
       coalesce(array_agg(f.first) filter (where f.lane is not null), '{}') as firsts,
       coalesce(array_agg(f.last) filter (where f.lane is not null), '{}') as lasts,
       coalesce(array_agg(f.n) filter (where f.lane is not null), '{}') as counts
     from (select coalesce(max(number), 0) as live from parcours.revision) r
     left join lateral (
       select array_agg(l.lane) filter (where l.wake_at <= $3) as due, array_agg(l.lane) filter (where l.revision < r.live) as behind,
         array_agg(l.revision) filter (where l.revision < r.live) as behind_at
       from parcours.lane l where r.live is distinct from $5 and (l.wake_at <= $3 or l.revision < r.live)) l on true
     left join (select i.lane, min(i.seq) as first, max(i.seq) as last, count(*) as n from (
         select lane, seq from parcours.inbox where seq > $1 and class >= $2 order by seq limit $4) i
       group by i.lane) f on true
     group by r.live, l.due, l.behind, l.behind_at`,
    [at.low, at.minClass, at.t, at.most, at.settled],
  );
  const nothing = { lanes: [], firsts: [], lasts: [], counts: [] };
  return rows[0] ?? { live: 0, due: [], behind: [], behind_at: [], is_whole: true, pauses: null, ...nothing };
}

/** A sweep: lanes with rows that are visible by now, below the mark too, where one that committed late would stand. */
export function visibleLanes(session: Session, t: Date, minClass: number): Promise<FreshLane[]> {
  return session.query<FreshLane>(
    `select i.lane, min(i.seq) as first, max(i.seq) as last from parcours.lane l join parcours.inbox i on i.lane = l.lane
     where i.visible_at <= $1 and i.class >= $2 group by i.lane`,
    [t, minClass],
  );
}

export interface ClaimedLane {
  readonly lane: number;
  readonly revision: number;
  readonly last_t: Date | null;
  /** When the first of what waits for its time there is due; what came since isn't in it. */
  readonly wake_at: Date | null;
}

/**
 * Claims those of the named lanes that are due at t or `fresh`, and run under the revision or have moved on since; those first that were handled
 * longest ago, so that none starves. `skip locked`: a lane in another worker's hands is his; the lock lasts until the transaction ends, however it ends. Named,
 * because a lane is found by its key then, whatever of `lane` an old snapshot keeps.
 */
export function claimReady(
  session: Session,
  {
    t,
    lanes,
    fresh,
    revision,
    limit,
  }: {
    readonly t: Date;
    readonly lanes: readonly number[];
    readonly fresh: ReadonlySet<number>;
    readonly revision: number;
    readonly limit: number;
  },
): Promise<ClaimedLane[]> {
  return session.query<ClaimedLane>(
    `select l.lane, l.revision, l.last_t, l.wake_at from unnest($1::smallint[], $3::boolean[]) u(lane, is_fresh)
     join parcours.lane l on ${byKey('l', 'u', 'lane')}
     where (u.is_fresh or l.wake_at <= $2) and l.revision >= $4
     order by l.last_t nulls first, l.lane limit $5 for update of l skip locked`,
    [lanes, t, lanes.map((lane) => fresh.has(lane)), revision, limit],
  );
}

/** Claims those of the named lanes that are behind the revision: the urgent ones first, else in the order of their last time. */
export function claimBehind(
  session: Session,
  options: {
    readonly lanes: readonly number[];
    readonly urgent: readonly number[];
    readonly revision: number;
    readonly limit: number;
  },
): Promise<ClaimedLane[]> {
  return session.query<ClaimedLane>(
    `select l.lane, l.revision, l.last_t, l.wake_at from parcours.lane l
     where l.lane = any($1::smallint[]) and l.revision < $3
     order by l.lane = any($2::smallint[]) desc, l.last_t nulls first, l.lane limit $4 for update skip locked`,
    [options.lanes, options.urgent, options.revision, options.limit],
  );
}

/** A look that claimed what it found. */
export interface ClaimingLook extends Look {
  readonly claimed: readonly ClaimedLane[];
}

interface ClaimingRow extends Omit<Look, 'due' | 'behind' | 'behind_at' | 'is_whole'> {
  /** Aligned: the lanes that were claimed; times in milliseconds. */
  readonly held: readonly number[];
  readonly revisions: readonly number[];
  readonly times: readonly (number | null)[];
  readonly wakes: readonly (number | null)[];
}

/**
 * `look`, and with it claims all lanes that are due at t, behind the live revision, or that hold rows above the mark. For those who work
 * alone, since nobody else gets a lane meanwhile; of lanes in other hands it sees neither that they are due nor behind.
 */
export async function lookAndClaim(session: Session, { low, t, most }: LookAt): Promise<ClaimingLook> {
  const rows = await session.query<ClaimingRow>(
    `with r as materialized (select coalesce(max(number), 0) as live from parcours.revision),
     f as materialized (
       select i.lane, min(i.seq) as first, max(i.seq) as last, count(*) as n from (
         select lane, seq from parcours.inbox where seq > $1 order by seq limit $3) i
       group by i.lane),
     c as (
       select l.lane, l.revision, l.last_t, l.wake_at from parcours.lane l
       where l.wake_at <= $2 or l.revision < (select r.live from r) or l.lane in (select f.lane from f)
       order by l.last_t nulls first, l.lane for update skip locked)
     select r.live, (${pausesSeen}) as pauses, f.*, c.* from r
     cross join (
       select coalesce(array_agg(f.lane), '{}') as lanes, coalesce(array_agg(f.first), '{}') as firsts,
         coalesce(array_agg(f.last), '{}') as lasts, coalesce(array_agg(f.n), '{}') as counts from f) f
     cross join (
       select coalesce(array_agg(c.lane), '{}') as held, coalesce(array_agg(c.revision), '{}') as revisions,
         coalesce(array_agg((extract(epoch from c.last_t) * 1000)::bigint), '{}') as times,
         coalesce(array_agg((extract(epoch from c.wake_at) * 1000)::bigint), '{}') as wakes from c) c`,
    [low, t, most],
  );
  const { held, revisions, times, wakes, ...look } = rows[0] as ClaimingRow;
  const claimed = held.map((lane, i) => ({
    ...{ lane, revision: revisions[i] ?? 0 },
    ...{ last_t: dateOf(times[i]), wake_at: dateOf(wakes[i]) },
  }));
  const due = claimed.filter(({ wake_at: at }) => at !== null && at <= t).map(({ lane }) => lane);
  const behind = claimed.filter(({ revision }) => revision < look.live);
  return {
    ...{ ...look, is_whole: true, due, claimed },
    behind: behind.map(({ lane }) => lane),
    behind_at: behind.map(({ revision }) => revision),
  };
}

function dateOf(ms: number | null | undefined): Date | null {
  return ms === null || ms === undefined ? null : new Date(ms);
}

/** Claims only the lanes that are named: for imports, which take nothing but their own rows. */
export function claimNamedLanes(session: Session, lanes: readonly number[], limit: number): Promise<ClaimedLane[]> {
  return session.query<ClaimedLane>(
    `select l.lane, l.revision, l.last_t, l.wake_at from parcours.lane l where l.lane = any($1::smallint[])
     order by l.lane limit $2 for update skip locked`,
    [lanes, limit],
  );
}

export interface InboxRow {
  readonly lane: number;
  readonly seq: number;
  readonly class: number;
  readonly profile_id: number | null;
  readonly kind: string;
  readonly visible_at: Date;
  /** How many facts of ours stand between it and what came from outside. */
  readonly hop: number;
  readonly body: unknown;
  /** Of rows that were taken: who the profile was merged into meanwhile. */
  readonly merged_into?: number | null;
}

/** Rows of a lane by class and then in order, for lanes in which much is visible: those that wait for their time are read and left. */
const inOrder = `select i.ctid as place, i.class, i.seq from parcours.inbox i
         where i.lane = l.lane and i.class >= $4 and i.seq >= l.first and i.visible_at <= $2`;

/** The same for lanes in which little is visible, however much waits there: what is visible is found first, and then put in order. */
const visibleFirst = `select i.place, i.class, i.seq from (
           select i.ctid as place, i.class, i.seq from parcours.inbox i where i.lane = l.lane and i.visible_at <= $2 offset 0) i
         where i.class >= $4 and i.seq >= l.first`;

/**
 * Takes visible rows of the lanes into memory, by class and then in order; of each lane from its first number on. Never deleted by range: a
 * row that commits late with a lower number would be lost. `isLittle`: not much is visible in a lane, as far as is known, and no old snapshot
 * keeps what was handled; it makes no difference but of speed. Rows are deleted where they were found, without a second look-up: whoever else
 * moves rows of a lane's inbox holds the lane.
 */
export function takeInbox(
  session: Session,
  options: {
    readonly lanes: readonly number[];
    /** Aligned with the lanes: numbers below which nothing is looked for. */
    readonly firsts: readonly number[];
    readonly t: Date;
    readonly perLane: number;
    readonly minClass: number;
    readonly isLittle?: boolean;
  },
): Promise<InboxRow[]> {
  return session.query<InboxRow>(
    `delete from parcours.inbox d using (
       select i.place from unnest($1::smallint[], $5::bigint[]) l(lane, first) cross join lateral (
         ${options.isLittle ? visibleFirst : inOrder}
         order by i.class, i.seq limit $3) i) x
     where d.ctid = x.place
     returning d.lane, d.seq, d.class, d.profile_id, d.kind, d.visible_at, d.hop, d.body,
       (select p.merged_into from parcours.profile p
        where p.lane = d.lane and p.profile_id = d.profile_id and p.merged_into is not null) as merged_into`,
    [options.lanes, options.t, options.perLane, options.minClass, options.firsts],
  );
}

export interface NewInboxRow {
  readonly lane: number;
  readonly class: number;
  readonly visibleAt: Date;
  readonly profileId: number | null;
  readonly kind: string;
  /** Default 0. */
  readonly hop?: number;
  readonly body: unknown;
}

const appended = rowInsert<NewInboxRow>('parcours.inbox', [
  { name: 'lane', type: 'smallint', isKey: true, of: (row) => row.lane },
  { name: 'class', type: 'smallint', of: (row) => row.class },
  { name: 'visible_at', type: 'timestamptz', of: (row) => row.visibleAt },
  { name: 'profile_id', type: 'bigint', of: (row) => row.profileId },
  { name: 'kind', type: 'text', of: (row) => row.kind },
  { name: 'body', type: 'jsonb', of: (row) => JSON.stringify(row.body) },
  { name: 'hop', type: 'smallint', of: (row) => row.hop ?? 0 },
]);

/** Puts rows into inboxes. `seq` is given by the table. */
export async function appendInbox(session: Session, rows: readonly NewInboxRow[]): Promise<void> {
  await writeTogether(session, [appended(rows)]);
}

/**
 * Writes the lanes' own time and when they are due again: the earliest of wake-ups, timers and inbox rows that wait for their hour.
 * A row that is visible now and was left for lack of room makes the lane due at once. Returns whether one of them is. With a `revision`
 * the lanes run under that one from now on.
 *
 * Of a lane that wasn't due, no row can be older than its last time but one that committed late, which is found by who looks for those: the
 * rows that were handled before are passed over, which an old snapshot may keep.
 */
export async function finishLanes(
  session: Session,
  lanes: readonly number[],
  t: Date,
  revision: number | null = null,
): Promise<boolean> {
  const rows = await session.query<{ is_due: boolean }>(
    `update parcours.lane l set last_t = greatest(l.last_t, $2), revision = coalesce($3, l.revision), wake_at = least(
       (select m.next_change from parcours.membership m where m.lane = l.lane and m.next_change is not null order by m.next_change limit 1),
       (select e.wake_at from parcours.enrollment e where e.lane = l.lane and e.wake_at is not null order by e.wake_at limit 1),
       (select w.next_change from parcours.trait_wake w where w.lane = l.lane order by w.next_change limit 1),
       (select w.next_change from parcours.entry_wake w where w.lane = l.lane and w.next_change is not null order by w.next_change limit 1),
       (select i.visible_at from parcours.inbox i
        where i.lane = l.lane and i.visible_at >= case when l.wake_at <= $2 then '-infinity' else coalesce(l.last_t, '-infinity') end
        order by i.visible_at limit 1))
     where l.lane = any($1::smallint[]) returning l.wake_at <= $2 as is_due`,
    [lanes, t, revision],
  );
  return rows.some((row) => row.is_due);
}

/** Takes back what tells lanes to read traits anew, where all these are among those that are filled now. */
export async function dropRefreshes(
  session: Session,
  lanes: readonly number[],
  traits: readonly string[],
): Promise<void> {
  await session.query(
    `delete from parcours.inbox i where i.lane = any($1::smallint[]) and i.class = 2 and i.kind = 'refresh'
       and i.body -> 'traits' <@ to_jsonb($2::text[])`,
    [lanes, traits],
  );
}

/** About how many people there are: as the server's statistics have it, and where they say nothing yet, by the size of their table. */
export async function knownPeople(session: Session): Promise<number> {
  const rows = await session.query<{ people: number }>(
    `select (case when c.reltuples > 0 then c.reltuples else pg_relation_size(c.oid) / 256 end)::bigint as people
     from pg_class c where c.oid = 'parcours.profile'::regclass`,
  );
  return rows[0]?.people ?? 0;
}

/** How many lanes run under each revision, newest first, with the live one. */
export function selectRevisionsOfLanes(
  session: Session,
): Promise<{ readonly revision: number; readonly lanes: number; readonly live: number }[]> {
  return session.query(
    `select l.revision, count(*) as lanes, (select coalesce(max(r.number), 0) from parcours.revision r) as live
     from parcours.lane l group by l.revision order by l.revision desc`,
  );
}
