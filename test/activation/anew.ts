/**
 * What the facts alone say, worked out anew from all of them, beside what the engine keeps: what proofs compare after each step. The
 * statements are made once for a bundle, planned once for a file and sent together; only the instant changes.
 */
import { asOfMembers, definitionsOf } from '../../engine/compiler/as-of.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { lateralJoins } from '../../engine/compiler/pair.ts';
import { asOfScope } from '../../engine/compiler/scopes.ts';
import { param, render, type Statement, sql } from '../../engine/compiler/sql.ts';
import type { Scenario } from './scenario.ts';

/** A statement that is asked again at other instants. */
interface Timed {
  readonly name: string;
  readonly text: string;
  at(instant: Date): readonly unknown[];
}

const membersOf = new WeakMap<Bundle, readonly Timed[]>();
const traitsOf = new WeakMap<Bundle, readonly Timed[]>();

/** By segment, those whom the engine keeps and those whom the facts make members, where they differ. */
export async function strayMembers(s: Scenario): Promise<readonly string[]> {
  const made = membersOf.get(s.bundle()) ?? membersAt(s.bundle());
  membersOf.set(s.bundle(), made);
  return s.reading(async (session) => {
    const [kept, ...found] = await Promise.all([
      session.query<{ segment: string; people: string }>(
        `select segment, string_agg(profile_id::text, ' ' order by lane, profile_id) as people
         from parcours.membership where is_member group by segment`,
      ),
      ...made.map((one) => session.query<{ profile_id: number }>(one.text, one.at(s.clock.now()))),
    ]);
    const keptOf = new Map(kept.map((row) => [row.segment, row.people]));
    return made.flatMap(({ name }, i) => {
      const right = (found[i] ?? []).map((row) => row.profile_id).join(' ');
      const stored = keptOf.get(name) ?? '';
      return stored === right ? [] : [`${name}: kept ${stored} · right ${right}`];
    });
  });
}

/** By computed trait, the values that profiles hold and those that the facts give, where they differ. */
export async function strayValues(s: Scenario, traits: readonly string[]): Promise<readonly string[]> {
  const made = traitsOf.get(s.bundle()) ?? traits.map((name) => valueAt(s.bundle(), name));
  traitsOf.set(s.bundle(), made);
  return s.reading(async (session) => {
    const all = await Promise.all(
      made.map((one) =>
        session.query<{ profile_id: number; kept: unknown; found: unknown }>(one.text, one.at(s.clock.now())),
      ),
    );
    return made.flatMap(({ name }, i) =>
      (all[i] ?? []).flatMap(({ profile_id, kept, found }) => {
        if (JSON.stringify(kept ?? null) === JSON.stringify(found ?? null)) return [];
        return [`${name} of ${profile_id}: kept ${JSON.stringify(kept)}, found ${JSON.stringify(found)}`];
      }),
    );
  });
}

function membersAt({ resources }: Bundle): readonly Timed[] {
  return resources.flatMap((resource) =>
    resource.kind === 'segment' ? [timed(resource.id, (at) => asOfMembers(resources, resource.body.where, at))] : [],
  );
}

function valueAt({ resources }: Bundle, name: string): Timed {
  return timed(name, (at) => {
    const joins = lateralJoins();
    const value = asOfScope(sql`${param(at)}::timestamptz`, definitionsOf(resources), joins).trait(name);
    return render(
      sql`select p.profile_id, p.traits -> ${param(name)}::text as kept, ${value} as found from parcours.profile p ${joins.all()} order by 1`,
    );
  });
}

/** Makes the statement for two instants, to see where the instant stands in it, and that nothing else hangs on it. */
function timed(name: string, make: (at: Date) => Statement): Timed {
  const [one, other] = [new Date(1), new Date(2)];
  const { text, values } = make(one);
  const again = make(other);
  const isSame = values.every((value, i) =>
    value === one ? again.values[i] === other : equal(value, again.values[i]),
  );
  if (text !== again.text || !isSame)
    throw new Error(`assertion failed: the statement of ${name} is the same at any time`);
  return { name, text, at: (instant) => values.map((value) => (value === one ? instant : value)) };
}

function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
