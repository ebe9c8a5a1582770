/** Schedules: when journeys fire by the clock, once each, whatever the number of processes. */
import { Cron } from 'croner';
import type { Duration } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import type { OwnSession } from '../../store/session.ts';
import { addExactly } from '../journeys/moments.ts';
import { type Observer, unobserved } from '../observer.ts';
import type { Running } from '../running.ts';
import { commandLanes, lastRuns, takeRun } from './queries.ts';

/** A run missed by more than this is skipped unless `late` says otherwise: a digest of Tuesday morning isn't sent on Wednesday. */
const lateMs = 3_600_000;
/** Who looks once a second is no earlier: what comes within this isn't late. */
const slackMs = 60_000;
/** Fires looked at between the last run and now. */
const firesMax = 1_000;

interface Schedule {
  readonly journey: string;
  readonly cron: string;
  readonly zone: string;
  readonly members: string;
  readonly late?: Duration;
}

function schedulesOf(program: Program): readonly Schedule[] {
  return [...program.journeys.values()].flatMap(({ id, body }) =>
    body.status !== 'live'
      ? []
      : body.entry.triggers.flatMap((trigger) => (trigger.kind === 'schedule' ? [{ journey: id, ...trigger }] : [])),
  );
}

const parsedMax = 2_000;
const parsedCrons = new Map<string, Cron>();

/** node-cron's reading: five or six fields, and a day must fit both its day fields. */
export function nextFire({ cron, zone }: Pick<Schedule, 'cron' | 'zone'>, after: Date): Date | null {
  const name = `${zone} ${cron}`;
  let parsed = parsedCrons.get(name);
  if (parsed === undefined) {
    if (parsedCrons.size >= parsedMax) parsedCrons.clear();
    parsed = new Cron(cron, { timezone: zone, paused: true, domAndDow: true });
    parsedCrons.set(name, parsed);
  }
  return parsed.nextRun(after);
}

/** Fires what came due since the last run of each journey, the newest only. Returns how many fired here. */
export async function fireSchedules(
  session: OwnSession,
  running: Running,
  now: Date,
  observe: Observer = unobserved,
): Promise<number> {
  const schedules = schedulesOf(running.program);
  if (schedules.length === 0) return 0;
  const last = await lastRuns(
    session,
    schedules.map((one) => one.journey),
  );
  const due = new Map<string, { readonly fireAt: Date; readonly schedules: Schedule[] }>();
  for (const schedule of schedules) {
    const floor = earliestFire(schedule, now);
    const applied = running.revision.applied_at;
    const since = [last.get(schedule.journey) ?? applied, floor].reduce((a, b) => (a > b ? a : b));
    const fireAt = newestFire(schedule, since, now);
    if (fireAt === null) continue;
    // Triggers of one journey that come at the same time are one run.
    const run = `${schedule.journey} ${fireAt.getTime()}`;
    due.set(run, { fireAt, schedules: [...(due.get(run)?.schedules ?? []), schedule] });
  }
  let fired = 0;
  for (const { fireAt, schedules: together } of due.values()) {
    if (!(await fire(session, together, fireAt, now))) continue;
    fired += 1;
    observe({ kind: 'fired', journey: (together[0] as Schedule).journey, fireAt });
  }
  return fired;
}

/** Fires up to this time were missed for good. */
function earliestFire({ late }: Schedule, now: Date): Date {
  const missed = late === undefined ? lateMs : addExactly(now, late).getTime() - now.getTime();
  return new Date(now.getTime() - Math.max(missed, slackMs));
}

/** The last time at which it fires after `since` and up to now, or null. */
export function newestFire(schedule: Pick<Schedule, 'cron' | 'zone'>, since: Date, now: Date): Date | null {
  let newest: Date | null = null;
  let next = nextFire(schedule, since);
  for (let i = 0; i < firesMax && next !== null && next <= now; i += 1) {
    newest = next;
    next = nextFire(schedule, next);
  }
  return newest;
}

/** Fires triggers of one journey, unless another process did. */
async function fire(session: OwnSession, schedules: readonly Schedule[], fireAt: Date, now: Date): Promise<boolean> {
  const { journey } = schedules[0] as Schedule;
  return await session.transaction(async (inside) => {
    if (!(await takeRun(inside, journey, fireAt))) return false;
    for (const { members } of schedules) {
      await commandLanes(inside, { journey, segment: members, since: null, after: 0 }, now);
    }
    return true;
  });
}

/** When the program's schedules fire next after t, or null when it has none. */
export function nextScheduled(program: Program, t: Date): Date | null {
  const fires = schedulesOf(program)
    .map((schedule) => nextFire(schedule, t))
    .filter((at): at is Date => at !== null);
  return fires.length === 0 ? null : new Date(Math.min(...fires.map((at) => at.getTime())));
}
