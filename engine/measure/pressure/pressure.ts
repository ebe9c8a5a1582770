/** The load that messages put on people: how many each got, by which journeys, who got most, and what each rule of pressure did. */
import type { OwnSession } from '../../store/session.ts';
import {
  type BurdenedRow,
  countPeople,
  type LoadRow,
  type ShareRow,
  type StarvedRow,
  type StoppedRow,
  selectBurdened,
  selectLoads,
  selectShares,
  selectStarved,
  selectStopped,
} from './queries.ts';

export interface PressureRequest {
  /** Only members of this segment; null: everybody. */
  readonly segment: string | null;
  readonly at: Date;
  /** Those who got most, so many. */
  readonly top: number;
}

export interface Load {
  /** Of the last so many days. */
  readonly days: number;
  /** From none on, ascending. */
  readonly people: readonly LoadRow[];
  readonly messages: number;
  /** Of those who got any; null when nobody did. */
  readonly mean: number | null;
  readonly most: number;
}

export interface StoppedLine {
  readonly rule: string;
  readonly delayed: number;
  readonly waiting: number;
  readonly stopped: number;
  readonly byJourney: readonly Omit<StoppedRow, 'rule'>[];
}

export interface Pressure {
  readonly at: string;
  readonly segment: string | null;
  readonly people: number;
  readonly loads: readonly Load[];
  /** Of the longest period. */
  readonly shares: readonly ShareRow[];
  readonly burdened: readonly BurdenedRow[];
  readonly stopped: readonly StoppedLine[];
  /** Who was kept from every message of a journey, by journey: what has the lowest priority may never get its turn. */
  readonly starved: readonly StarvedRow[];
}

/** Shortest first. */
const periods = [7, 30] as const;
const dayMs = 86_400_000;

/** Reads it as of one snapshot. */
export function readPressure(session: OwnSession, { segment, at, top }: PressureRequest): Promise<Pressure> {
  const ago = (days: number) => new Date(at.getTime() - days * dayMs);
  return session.transaction(
    async (inner) => {
      const people = await countPeople(inner, segment);
      const loads: Load[] = [];
      for (const days of periods) loads.push(loadOf(days, people, await selectLoads(inner, segment, ago(days))));
      const after = ago(Math.max(...periods));
      return {
        ...{ at: at.toISOString(), segment, people, loads },
        shares: await selectShares(inner, segment, after),
        burdened: await selectBurdened(inner, segment, after, top),
        stopped: byRule(await selectStopped(inner, segment, after)),
        starved: await selectStarved(inner, segment, after),
      };
    },
    { readOnly: true },
  );
}

function loadOf(days: number, everybody: number, rows: readonly LoadRow[]): Load {
  const reached = rows.reduce((sum, row) => sum + row.people, 0);
  const messages = rows.reduce((sum, row) => sum + row.messages * row.people, 0);
  return {
    days,
    people: [{ messages: 0, people: Math.max(0, everybody - reached) }, ...rows],
    messages,
    mean: reached === 0 ? null : messages / reached,
    most: rows.at(-1)?.messages ?? 0,
  };
}

function byRule(rows: readonly StoppedRow[]): readonly StoppedLine[] {
  const rules = [...new Set(rows.map(({ rule }) => rule))];
  return rules.map((rule) => {
    const own = rows.filter((row) => row.rule === rule);
    const sum = (of: 'delayed' | 'waiting' | 'stopped') => own.reduce((total, row) => total + row[of], 0);
    const byJourney = own.map(({ rule: _, ...row }) => row);
    return { rule, delayed: sum('delayed'), waiting: sum('waiting'), stopped: sum('stopped'), byJourney };
  });
}
