/**
 * People on their way through a journey that is edited at random, several times, by every policy: nobody is lost, nobody is doubled, and
 * everybody stands where a step is or has left. And a journey of two years that is edited ten times.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { proofSize } from '../support/proof.ts';
import { type Scenario, scenario } from './scenario.ts';
import { note, way } from './steps-yaml.ts';

const people = ['ana', 'ben', 'cat', 'dan'];

interface Edit {
  readonly policy: 'pin' | 'migrate' | 'exit' | 'drain' | 'recompute';
  /** Days of the waits, by step; null: the step is gone. */
  readonly waits: readonly (number | null)[];
  readonly skipsLanes: boolean;
  readonly days: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  policy: fc.constantFrom('pin', 'migrate', 'exit', 'drain', 'recompute'),
  waits: fc.array(fc.option(fc.integer({ min: 1, max: 9 }), { nil: null, freq: 4 }), { minLength: 3, maxLength: 3 }),
  skipsLanes: fc.boolean(),
  days: fc.integer({ min: 0, max: 4 }),
});

function journeyOf({ policy, waits }: Pick<Edit, 'policy' | 'waits'>): string {
  const steps = waits.flatMap((days, n) => (days === null ? [] : [`  - id: rest-${n}\n    wait: ${days}d`]));
  const said = policy === 'recompute' ? '{ policy: migrate, waits: recompute }' : `{ policy: ${policy} }`;
  return way(`${steps.join('\n')}\n${note('hello')}`, `in_flight: ${said}`);
}

interface Row {
  readonly profile_id: number;
  readonly n: number;
  readonly state: string;
  readonly step: string | null;
  readonly version: string;
}

function inside(s: Scenario): Promise<Row[]> {
  return s.rows<Row>('select profile_id, n, state, step, version from parcours.enrollment order by profile_id, n');
}

/** Each enrollment that is active stands in a step of the version by which it goes. */
async function lost(s: Scenario): Promise<number> {
  const rows = await s.rows<{ lost: number }>(
    `select count(*)::integer as lost from parcours.enrollment e
     left join parcours.resource_version v on v.digest = e.version
     where e.state = 'active' and (v.body is null or (e.step is not null
       and not jsonb_path_exists(v.body, '$.steps[*] ? (@.id == $id)', jsonb_build_object('id', e.step))))`,
  );
  return rows[0]?.lost ?? -1;
}

it('nobody is lost or doubled by any policy, whatever is edited and whenever lanes come by', async () => {
  const s = await scenario(journeyOf({ policy: 'pin', waits: [3, 3, 3] }));
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      for (const who of people) await s.event(who, 'signed_up', { plan: 'free' });
      const keys = (rows: readonly Row[]) => rows.map(({ profile_id, n }) => `${profile_id} ${n}`);
      const before = await inside(s);
      for (const one of edits) {
        await s.reapply(journeyOf(one), { allowDestructive: ['journey/way'], settles: !one.skipsLanes });
        if (one.days > 0) await s.advance(`${one.days}d`);
      }
      await s.settle();
      const after = await inside(s);
      expect(keys(after)).toEqual(keys(before));
      expect(await lost(s)).toBe(0);
      expect(await s.deadLetters()).toEqual([]);
      // Who was out stays out, and nobody gets the message of one enrollment twice.
      const twice = await s.rows('select 1 from parcours.message group by profile_id, n having count(*) > 1');
      expect(twice).toEqual([]);
    }),
    { seed: 5, numRuns: proofSize(60) },
  );
});

it('a journey of two years that is edited ten times keeps its people and the ends of their waits', async () => {
  const years = (n: number) =>
    way(`  - id: rest\n    wait: ${730 + n}d\n${note('hello')}`, `priority: ${40 + n}\nin_flight: { policy: migrate }`);
  const s = await scenario(years(0));
  await s.event('ana', 'signed_up', { plan: 'free' });
  const [first] = await s.enrollments();
  for (let n = 1; n <= 10; n += 1) {
    await s.reapply(years(n), { settles: n % 3 === 0 });
    await s.advance('30d');
  }
  const [last] = await s.enrollments();
  expect({ step: last?.step, due: last?.due, n: last?.n }).toEqual({ step: 'rest', due: first?.due, n: 1 });
  expect(last?.version).not.toBe(first?.version);
  await s.advance('431d');
  expect(await s.sent()).toEqual([`ana hello ${first?.due}`]);
});
