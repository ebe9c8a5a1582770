/**
 * People taken to another version of their journey: the engine's lanes taking over a revision with `in_flight: migrate`, beside the one
 * `update` that somebody would write by hand. Twenty enrollments for each resource of the benchmark's size, so 100,000 by default.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elapsedMs } from '../engine/clock/clock.ts';
import type { Store } from '../engine/store/store.ts';
import { applyWorkspace, benchStore } from './bench-store.ts';
import { type BenchOptions, inTurn, type Row, ratioLimitRow } from './harness.ts';
import { runOurs } from './lanes-ours.ts';

const t = new Date('2026-03-02T10:00:00Z');
const enrollmentsPerResource = 20;

const house = 'kind: workspace\nid: moving\nzone: UTC\ncurrency: EUR\nlocale: en\n';
const schema =
  'kind: schema\nid: shop\nevents:\n  signed_up: { plan: text }\n  order_placed: { total: money }\nmeasures: { order_placed: total }\n';

function journey(days: number): string {
  return `kind: journey
id: moving
objective: engagement
entry: { when: { event: signed_up }, reentry: never }
goal: { event: order_placed, within: 60d, exit: true }
steps:
  - id: rest
    wait: ${days}d
  - id: later
    wait: 30d
in_flight: { policy: migrate }
`;
}

export async function migrationRow({
  size,
  pairs,
  note,
  target,
}: BenchOptions & { readonly target: number }): Promise<Row> {
  const count = size * enrollmentsPerResource;
  const folder = mkdtempSync(join(tmpdir(), 'parcours-bench-'));
  for (const [name, text] of [
    ['parcours.yaml', house],
    ['schema.yaml', schema],
    ['journey.yaml', journey(20)],
  ] as const) {
    writeFileSync(join(folder, name), text);
  }
  const bench = await benchStore({}, folder);
  try {
    await fill(bench.store, count);
    cpSync(folder, bench.root, { recursive: true });
    writeFileSync(join(bench.root, 'journey.yaml'), journey(40));
    note(`${count} people stand in a journey`);
    const ours = async (): Promise<number> => {
      const copy = await bench.clone();
      await applyWorkspace(copy, bench.root);
      const began = elapsedMs();
      await runOurs(copy, { workers: 1, t, spent: null });
      const took = (elapsedMs() - began) / 1000;
      await check(copy, count);
      await copy.drop();
      return took;
    };
    const floor = async (): Promise<number> => {
      const copy = await bench.clone();
      await applyWorkspace(copy, bench.root);
      const took = await copy.withSession(async (session) => {
        const began = elapsedMs();
        await session.query(
          `update parcours.enrollment e
           set version = (select resources->'journey/moving'->>'digest' from parcours.revision order by number desc limit 1),
             goal_until = e.entered_at + interval '60 days'
           where e.state = 'active' and e.journey = 'moving'`,
        );
        return (elapsedMs() - began) / 1000;
      });
      await copy.drop();
      return took;
    };
    const measured = await inTurn(pairs, ours, floor);
    return ratioLimitRow(`${count} enrollments to a new version / one update by hand`, 's', measured, target);
  } finally {
    await bench.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** People over all lanes, each in the first step of the live version; the lanes are at the live revision. */
async function fill(store: Store, count: number): Promise<void> {
  await runOurs(store, { workers: 1, t: new Date(t.getTime() - 3_600_000), spent: null });
  await store.withSession(async (session) => {
    await session.query(
      `insert into parcours.profile (lane, profile_id, created_at)
       select n % 1024, n, $2 from generate_series(1, $1::integer) n`,
      [count, t],
    );
    await session.query(
      `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, step, posture, entered_at, step_since, due_at, goal_until)
       select p.lane, p.profile_id, 'moving', 1, r.resources->'journey/moving'->>'digest', 'active', 'rest', 'waiting', $1::timestamptz, $1,
         $1::timestamptz + interval '20 days', $1::timestamptz + interval '60 days'
       from parcours.profile p cross join (select resources from parcours.revision order by number desc limit 1) r`,
      [t],
    );
    await session.script('vacuum analyze');
  });
}

/** Nobody is lost or doubled, and all are at the new version. */
async function check(store: Store, count: number): Promise<void> {
  const rows = await store.withSession((session) =>
    session.query<{ moved: number; people: number }>(
      `select count(*)::integer as moved, count(distinct e.profile_id)::integer as people from parcours.enrollment e
       where e.state = 'active' and e.step = 'rest'
         and e.version = (select resources->'journey/moving'->>'digest' from parcours.revision order by number desc limit 1)`,
    ),
  );
  const { moved, people } = rows[0] ?? { moved: 0, people: 0 };
  if (moved !== count || people !== count)
    throw new Error(`${moved} of ${count} enrollments of ${people} people were moved`);
}
