/**
 * Stepping in the benchmark `lanes`: enrollments whose wait is over, through a decision to their next wait, by one of the engine's workers
 * and by the hand-written statements of `lanes-steps-floor.ts`, each on a clone of the same database, in turn.
 */
import { strict as assert } from 'node:assert';
import { fileURLToPath } from 'node:url';
import { elapsedMs } from '../engine/clock/clock.ts';
import { laneOf } from '../engine/profiles/lane-of.ts';
import { appendFacts } from '../engine/profiles/queries.ts';
import type { OwnSession, Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { benchStore } from './bench-store.ts';
import { type BenchOptions, inTurn, type Row, ratioRow } from './harness.ts';
import { insertPeople } from './lanes-data.ts';
import { runOurs } from './lanes-ours.ts';
import { stepByHand } from './lanes-steps-floor.ts';
import { lanesTime } from './lanes-time.ts';

const t = lanesTime;
const dayMs = 86_400_000;
/** Everybody has been due for at most so long. */
const lateMs = 600_000;
const folder = fileURLToPath(new URL('steps-workspace/', import.meta.url));

/** One row: due enrollments stepped in a second. */
export async function stepping(due: number, target: number, { pairs, note }: BenchOptions): Promise<Row> {
  const bench = await benchStore({}, folder);
  try {
    note(`filling a store with ${due} due enrollments`);
    await fill(bench.store, due);
    let expected: Stepped | null = null;
    const measure = async (who: string, work: (store: Store) => Promise<void>) => {
      const store = await bench.clone();
      try {
        const began = elapsedMs();
        await work(store);
        const rate = (due * 1000) / (elapsedMs() - began);
        const stepped = await store.withSession(readStepped);
        assert.equal(stepped.moved, due, 'everybody has moved');
        expected ??= stepped;
        assert.deepEqual(stepped, expected, 'ours and the floor write the same rows');
        note(`stepping, ${who}: ${rate.toFixed(0)} enrollments a second`);
        return rate;
      } finally {
        await store.drop();
      }
    };
    const ours = () => measure('ours', (store) => runOurs(store, { workers: 1, t, spent: null }));
    const floor = () => measure('floor', (store) => stepByHand(store, { due, t }));
    // Both sides have their machine code before anything is measured.
    await ours();
    await floor();
    return ratioRow('stepping due enrollments', 'a second', await inTurn(pairs, ours, floor), target);
  } finally {
    await bench.remove();
  }
}

/** The engine enrolls the first person; the others stand as he does, up to ten minutes longer. */
async function fill(store: Store, due: number): Promise<void> {
  const entered = new Date(t.getTime() - dayMs - lateMs);
  await store.withSession(async (session) => {
    await insertPeople(session, due, entered);
    await signUp(session, 1, entered);
  });
  await runOurs(store, { workers: 1, t: entered, spent: null });
  await store.withSession(async (session) => {
    await session.query(
      `insert into parcours.enrollment (lane, profile_id, journey, key, n, version, state, step, posture, entered_at, step_since, due_at)
       select i % 1024, i, e.journey, e.key, e.n, e.version, e.state, e.step, e.posture, e.entered_at + late, e.step_since + late, e.due_at + late
       from parcours.enrollment e
       cross join generate_series(2, $1::integer) i
       cross join lateral (select make_interval(secs => i % 600) as late) l`,
      [due],
    );
    await session.query(
      `update parcours.lane l set wake_at = (select min(e.wake_at) from parcours.enrollment e where e.lane = l.lane)`,
    );
    await session.script('vacuum analyze');
  });
}

async function signUp(session: OwnSession, profileId: number, at: Date): Promise<void> {
  const time = at.getTime();
  const event = { type: 'signed_up', value: null, unit: null, properties: {} };
  await appendFacts(session, {
    places: [{ lane: laneOf(profileId), profileId }],
    classes: [1],
    visibleAt: [time],
    bodies: [JSON.stringify({ at: time, received: time, source: 'shop', trigger: true, event })],
  });
}

interface Stepped {
  readonly moved: number;
  readonly [what: string]: number | string;
}

/** Whoever stepped them: as many have moved, and every row says the same. */
async function readStepped(session: Session): Promise<Stepped> {
  const [row] = await session.query<Stepped>(
    `select (select count(*) from parcours.enrollment where step in ('soon', 'later')) as moved,
       (select md5(string_agg(md5(e::text), '' order by lane, profile_id)) from parcours.enrollment e) as enrollments,
       (select md5(string_agg(md5(s::text), '' order by lane, profile_id, seq)) from parcours.step_log s) as steps,
       (select md5(string_agg(md5(l::text), '' order by lane)) from parcours.lane l) as lanes`,
  );
  assert(row !== undefined, 'an aggregate has a row');
  return row;
}
