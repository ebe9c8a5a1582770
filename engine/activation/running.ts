/** Programs as they run: a revision's bundle linked, with its compiled statements and caches. Kept by revision. */
import { link, type Program } from '../compiler/program.ts';
import { type RevisionRow, readResources, readRevision } from '../store/revisions.ts';
import type { Session } from '../store/session.ts';
import { type JourneyVersions, journeyVersions } from './journeys/versions.ts';
import { type Calendars, calendars } from './messages/calendar.ts';
import { chosenPressure } from './messages/chosen-pressure.ts';
import { type Rules, rulesOf } from './messages/rules.ts';
import { type Statements, statementsOf } from './statements.ts';

export interface Running {
  readonly revision: RevisionRow;
  readonly program: Program;
  readonly statements: Statements;
  readonly versions: JourneyVersions;
  readonly calendars: Calendars;
  readonly rules: Rules;
}

/** While the live revision fills, lanes are handled under so many older ones at most. */
export const olderMax = 2;
/** Programs kept in memory: the live one, those older ones, and one to spare. Whichever wasn't asked for longest goes. */
const keptMax = olderMax + 2;

export interface RunningPrograms {
  /** The program of a revision, or null for revision 0 (nothing applied). */
  get(session: Session, revision: number): Promise<Running | null>;
}

export function runningPrograms(): RunningPrograms {
  const kept = new Map<number, Running>();
  return {
    async get(session, number) {
      const known = kept.get(number);
      if (known !== undefined) {
        kept.delete(number);
        kept.set(number, known);
        return known;
      }
      const revision = await readRevision(session, number);
      if (revision === null) return null;
      const program = link(number, await readResources(session, revision), revision.origins);
      const desks = [...program.channels].map(([id, { desk }]) => ({ id, hours: desk?.hours ?? [] }));
      const pressures = [...program.pressures, ...chosenPressure(program.workspace)];
      const rules = rulesOf(pressures, program.countries, [...program.channels.keys()], desks);
      const running: Running = {
        revision,
        program,
        rules,
        statements: statementsOf(program),
        versions: journeyVersions(program),
        calendars: calendars(rules.clocks, program.workspace.weekStarts),
      };
      kept.set(number, running);
      const oldest = kept.keys().next().value;
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
      return running;
    },
  };
}

/** The program of a revision under which lanes run: there is one. */
export async function runningUnder(programs: RunningPrograms, session: Session, revision: number): Promise<Running> {
  const running = await programs.get(session, revision);
  if (running === null) throw new Error(`assertion failed: lanes run under revision ${revision}, which is none`);
  return running;
}
