/** Who would enter a journey, trigger by trigger: now, or at the next fire of a schedule. */
import { strict as assert } from 'node:assert';
import { nextFire } from '../../activation/schedules/schedules.ts';
import type { Condition, JourneyBody, Trigger } from '../../compiler/ir.ts';
import { triggerName } from '../../compiler/linked-trigger.ts';
import { plannedMembers } from '../../compiler/planned-sql.ts';
import type { Program } from '../../compiler/program.ts';
import { peopleLate } from '../../compiler/trigger-sql.ts';
import type { Session } from '../../store/session.ts';
import type { JourneyEntryImpact } from '../impact-form.ts';
import type { JourneyTarget } from './journey-targets.ts';
import type { Measured } from './measured.ts';
import { countEntering, type PeopleQuery } from './queries.ts';
import type { LaneTask, Tally } from './sample-lanes.ts';

/** An entry whose people are counted, with what is said of it; without `people` there is nothing to count. */
export interface CountedEntry {
  readonly impact: (people: number | null) => JourneyEntryImpact;
  readonly people: ((lanes: readonly number[]) => PeopleQuery) | null;
  /** Members of this segment now don't count: only those whom the change brings in. */
  readonly notMembersOf: string | null;
  /** Whether they enter now, and not at a later time. */
  readonly isNow: boolean;
}

/** The entries of a journey that stays, in the order of its triggers. `program` links what will be live, when it is asked for. */
export function entriesOf(measured: Measured, target: JourneyTarget, program: () => Program): readonly CountedEntry[] {
  const { body } = target;
  if (body === null) return [];
  if (body.status !== 'live') return [nobody({ trigger: 'none', because: 'status', people: 0 })];
  return body.entry.triggers.map((trigger) => entryOf({ measured, target, body, program }, trigger));
}

function nobody(impact: JourneyEntryImpact): CountedEntry {
  return { impact: () => impact, people: null, notMembersOf: null, isNow: false };
}

interface Asked {
  readonly measured: Measured;
  readonly target: JourneyTarget;
  readonly body: JourneyBody;
  readonly program: () => Program;
}

function entryOf(asked: Asked, trigger: Trigger): CountedEntry {
  const { measured, target, body } = asked;
  switch (trigger.kind) {
    case 'event':
      return nobody({ trigger: 'event', events: trigger.types, people: 0 });
    case 'schedule': {
      const segment = trigger.members;
      const fire = nextFire(trigger, measured.at)?.toISOString() ?? null;
      return {
        impact: (people) => ({ trigger: 'schedule', segment, people, nextFire: fire }),
        ...{ people: whoFulfil(asked, { kind: 'segment', segment }), notMembersOf: null, isNow: false },
      };
    }
    // Known only as it happens.
    case 'leaves':
      return nobody({ trigger: 'none', because: 'skip', people: 0 });
    case 'changes':
    case 'started':
      return nobody({ trigger: 'none', because: 'later', people: 0 });
    case 'date':
    case 'anniversary':
      if (!target.isNewEntry) return nobody({ trigger: 'none', because: 'later', people: 0 });
      return {
        impact: (people) => ({ trigger: 'date', people }),
        people: whoAreLate(asked, trigger),
        notMembersOf: null,
        isNow: true,
      };
    case 'becomes': {
      const isOut = body.per?.kind === 'entity' || !target.isNewEntry || body.entry.currentMembers === 'skip';
      if (isOut) return nobody({ trigger: 'none', because: 'skip', people: 0 });
      const people = whoFulfil(asked, trigger.if);
      return { impact: (count) => ({ trigger: 'condition', people: count }), people, notMembersOf: null, isNow: true };
    }
    case 'enters':
      return enteringSegment(asked, trigger.segment);
  }
}

function enteringSegment(asked: Asked, segment: string): CountedEntry {
  const { measured, target, body } = asked;
  if (body.entry.currentMembers === 'skip') return nobody({ trigger: 'none', because: 'skip', people: 0 });
  if (!target.isNewEntry && !measured.planned.segments.has(segment)) {
    return nobody({ trigger: 'none', because: 'unchanged', people: 0 });
  }
  return {
    impact: (people) => ({ trigger: 'segment', segment, people }),
    people: whoFulfil(asked, { kind: 'segment', segment }),
    notMembersOf: target.isNewEntry ? null : segment,
    isNow: true,
  };
}

/** Whoever fulfils the condition and the entry's `if`. */
function whoFulfil({ measured: { planned, at }, body }: Asked, members: Condition): CountedEntry['people'] {
  const where = withEntryIf(members, body.entry.if);
  return (lanes) => plannedMembers(where, planned, lanes, at);
}

/** Whose date has passed by less than `late`. At most: the entry's `if` may read the row that a date is of, and isn't asked. */
function whoAreLate({ measured, target, body, program }: Asked, trigger: Trigger): CountedEntry['people'] {
  const linked = program().triggers.find(({ name }) => name === triggerName(target.id, body, trigger));
  assert(linked !== undefined, 'a live journey has its triggers');
  return (lanes) => peopleLate(program(), linked, lanes, measured.at);
}

/** Counts those whom neither an enrollment nor the re-entry rule keeps out. */
export function entryTask({ at }: Measured, { body, was }: JourneyTarget, entry: CountedEntry): LaneTask {
  const reentry = body?.entry.reentry ?? { kind: 'never' };
  const people = entry.people;
  assert(people !== null, 'only an entry with people is counted');
  return {
    names: ['people'],
    async read(session: Session, lanes) {
      const rows = await countEntering(session, people(lanes), {
        journey: was,
        isOnce: reentry.kind === 'never',
        after: reentry.kind === 'after' ? reentry.duration : null,
        ...{ at, notMembersOf: entry.notMembersOf },
      });
      return rows.map((row) => ({ lane: row.lane, numbers: { people: row.people } }));
    },
  };
}

/** How many enter now over all entries; null: one of them wasn't counted. */
export function enteringNow(entries: readonly CountedEntry[], tallies: readonly (Tally | null)[]): number | null {
  const counts = entries.map((entry, i) =>
    entry.people !== null && entry.isNow ? (tallies[i]?.total('people') ?? null) : 0,
  );
  return counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + Number(count), 0);
}

/** The members for whom the entry's `if` holds too. Parts that read the opening fact, which there is none of, are left out. */
function withEntryIf(members: Condition, entryIf: Condition | null): Condition {
  if (entryIf === null) return members;
  const parts = entryIf.kind === 'all' ? entryIf.of : [entryIf];
  return { kind: 'all', of: [members, ...parts.filter((part) => !readsEnrollment(part))] };
}

function readsEnrollment(condition: Condition): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.some(readsEnrollment);
    case 'not':
      return readsEnrollment(condition.of);
    case 'count':
    case 'sum':
    case 'aggregate':
    case 'first':
    case 'last':
      return condition.events.window.kind === 'since' || condition.events.match !== undefined;
    case 'messages':
      return condition.of.kind === 'last';
    default:
      return condition.kind === 'field' || condition.kind === 'entity_field' || condition.kind === 'message';
  }
}
