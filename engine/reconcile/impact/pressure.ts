/** What new caps would have done to the messages of the last 30 days: by journey, and how many people lose or gain room. */
import { addExactly } from '../../activation/journeys/moments.ts';
import { type CapRule, type Rules, rulesOf } from '../../activation/messages/rules.ts';
import type { BundleResource, Weekday } from '../../compiler/ir.ts';
import { plannedMembers } from '../../compiler/planned-sql.ts';
import type { Session } from '../../store/session.ts';
import type { PressureImpact } from '../impact-form.ts';
import type { Measured } from './measured.ts';
import { selectCandidates, selectPeople } from './queries.ts';
import { replayCaps, type Wanted } from './replay-caps.ts';
import type { LaneTask, Tally } from './sample-lanes.ts';

const days = 30;
const dayMs = 86_400_000;
/** Calendar caps look back at most a quarter, and a day for zones. */
const quarterDays = 93;

/** Of each journey and of all (`*`): what left, and what the new caps change. */
const names = ['left', 'stopped', 'freed'] as const;

export interface CapsChange {
  readonly before: Rules;
  readonly after: Rules;
}

/** The rules of both sides; null where no cap changes. */
export function capsChange({ plan, state, resources }: Measured): CapsChange | null {
  const isTouched = plan.changes.some(
    ({ kind, class: how }) => (kind === 'pressure' || kind === 'country') && how !== 'metadata',
  );
  if (!isTouched) return null;
  const [before, after] = [rulesIn(state.resources), rulesIn(resources)];
  return JSON.stringify(before.caps) === JSON.stringify(after.caps) ? null : { before, after };
}

function rulesIn(resources: readonly BundleResource[]): Rules {
  const ofKind = <K extends BundleResource['kind']>(kind: K) =>
    resources.filter((one): one is Extract<BundleResource, { kind: K }> => one.kind === kind);
  return rulesOf(
    ofKind('pressure'),
    ofKind('country'),
    ofKind('channel').map(({ id }) => id),
  );
}

export function pressureTask(measured: Measured, change: CapsChange): LaneTask {
  const { state, resources, at } = measured;
  const journeys = [
    ...new Set([...state.resources, ...resources].filter(({ kind }) => kind === 'journey').map(({ id }) => id)),
  ];
  const after = new Date(at.getTime() - days * dayMs);
  const house = resources.find((one) => one.kind === 'workspace');
  const { zone, weekStarts } =
    house?.kind === 'workspace' ? house.body : ({ zone: 'UTC', weekStarts: 'mon' as Weekday } as const);
  return {
    names: ['candidates', 'lose', 'gain', ...['*', ...journeys].flatMap((id) => names.map((name) => `${id} ${name}`))],
    async read(session, lanes) {
      const rows = await selectCandidates(session, { lanes, after, lookBack: lookBack(after, change) });
      const about = await whoIsMeant(session, measured, { change, lanes });
      const byLane = new Map<number, Record<string, number>>();
      for (const person of byPerson(rows)) {
        const [first] = person;
        const numbers = byLane.get(first.lane) ?? {};
        byLane.set(first.lane, numbers);
        const isAbout = (side: 'before' | 'after') => (rule: CapRule) =>
          rule.about === null || about[side].get(rule.about)?.has(first.profile_id) === true;
        const isMeant = { before: isAbout('before'), after: isAbout('after') };
        const replayed = replayCaps(
          person.map((row): Wanted => ({ ...row, hasLeft: row.has_left, isHistory: row.is_history })),
          {
            before: change.before.caps.filter(isMeant.before),
            after: change.after.caps.filter(isMeant.after),
            isAbout: () => true,
            ...{ zone: first.zone ?? zone, weekStarts },
          },
        );
        addUp(numbers, replayed);
      }
      return [...byLane].map(([lane, numbers]) => ({ lane, numbers }));
    },
  };
}

type Row = Awaited<ReturnType<typeof selectCandidates>>[number];

/** Rows come in order of person and time. */
function* byPerson(rows: readonly Row[]): Generator<readonly [Row, ...Row[]]> {
  let from = 0;
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && rows[i]?.profile_id === rows[from]?.profile_id) continue;
    const [first, ...others] = rows.slice(from, i);
    if (first !== undefined) yield [first, ...others];
    from = i;
  }
}

function addUp(numbers: Record<string, number>, replayed: ReturnType<typeof replayCaps>): void {
  const add = (name: string, count = 1): void => {
    numbers[name] = (numbers[name] ?? 0) + count;
  };
  let balance = 0;
  for (const { wanted, change } of replayed) {
    add('candidates');
    for (const of of ['*', wanted.journey]) {
      if (wanted.hasLeft) add(`${of} left`);
      if (change !== 'none') add(`${of} ${change}`);
    }
    if (change !== 'none') balance += change === 'freed' ? 1 : -1;
  }
  if (balance !== 0) add(balance < 0 ? 'lose' : 'gain');
}

function lookBack(after: Date, { before, after: next }: CapsChange): Date {
  const longest = [...before.caps, ...next.caps].map(({ cap: { window } }) =>
    window.kind === 'calendar' ? quarterDays * dayMs : addExactly(after, window.duration).getTime() - after.getTime(),
  );
  // Months differ in length: a few days more than needed, and the replay counts exactly.
  return new Date(after.getTime() - Math.max(0, ...longest) - 4 * dayMs);
}

interface Meant {
  readonly before: ReadonlyMap<string, ReadonlySet<number>>;
  readonly after: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Whom caps are about that aren't about everybody, as they stand now. */
async function whoIsMeant(
  session: Session,
  { planned, standing, at }: Measured,
  { change, lanes }: { readonly change: CapsChange; readonly lanes: readonly number[] },
): Promise<Meant> {
  const sides = { before: new Map<string, ReadonlySet<number>>(), after: new Map<string, ReadonlySet<number>>() };
  for (const side of ['before', 'after'] as const) {
    const named = new Set(change[side].caps.flatMap(({ about }) => (about === null ? [] : [about])));
    for (const { name, where } of change[side].conditions) {
      if (!named.has(name)) continue;
      const people = plannedMembers(where, side === 'before' ? standing : planned, lanes, at);
      sides[side].set(name, new Set(await selectPeople(session, people)));
    }
  }
  return sides;
}

/** The journeys that lose or gain most first; those of which nothing changes are left out. */
export function pressureImpact({ state, resources }: Measured, tally: Tally): PressureImpact | null {
  const { measure } = tally;
  if (measure === null) return null;
  const count = (name: string) => tally.total(name) ?? 0;
  const of = (id: string) => {
    const [left, stopped, freed] = names.map((name) => count(`${id} ${name}`)) as [number, number, number];
    return { messages: { before: left, after: left - stopped + freed }, stopped, freed };
  };
  const ids = new Set([...state.resources, ...resources].filter(({ kind }) => kind === 'journey').map(({ id }) => id));
  const journeys = [...ids]
    .map((journey) => ({ journey, ...of(journey) }))
    .filter(({ stopped, freed }) => stopped + freed > 0)
    .sort((a, b) => b.stopped + b.freed - a.stopped - a.freed || (a.journey < b.journey ? -1 : 1));
  return {
    days,
    candidates: count('candidates'),
    ...of('*'),
    lose: count('lose'),
    gain: count('gain'),
    journeys,
    measure,
  };
}
