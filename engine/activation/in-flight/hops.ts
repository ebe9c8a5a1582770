/**
 * The revisions that a lane passes when it takes the live one over, in order. Usually there is one; where lanes were behind for several,
 * people go through what each of them said, so that it makes no difference when a lane came by.
 */
import type { LinkedJourney } from '../../compiler/linked-journey.ts';
import { type RevisionMove, type RevisionRow, readRevision } from '../../store/revisions.ts';
import type { Session } from '../../store/session.ts';
import type { JourneyVersions } from '../journeys/versions.ts';
import type { Running } from '../running.ts';

/** By the id of a journey, by the id of a step the one that it had. */
export type MovedSteps = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What a revision that isn't live any more did to journeys, under their names of now. */
export interface PassedRevision {
  readonly gone: readonly string[];
  readonly changed: readonly LinkedJourney[];
  readonly movedSteps: MovedSteps;
}

export interface Hops {
  /** Names that changed on the way, `kind/id` by `kind/id`, one after the other. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
  /** Those before the live one. */
  readonly passed: readonly PassedRevision[];
  /** Of the live one. */
  readonly movedSteps: MovedSteps;
}

export const noHops: Hops = { renames: [], passed: [], movedSteps: new Map() };

/** What lies between two revisions. Errors: those of the store. */
export async function readHops(
  session: Session,
  versions: JourneyVersions,
  { before, after }: { readonly before: Running | null; readonly after: Running },
): Promise<Hops> {
  if (before === null) return noHops;
  const rows: RevisionRow[] = [];
  for (let number = before.revision.number + 1; number < after.revision.number; number++) {
    const row = await readRevision(session, number);
    // A simulation begins anew where there is no such revision; nothing was applied between then.
    if (row !== null) rows.push(row);
  }
  rows.push(after.revision);
  const renames = rows.flatMap(({ moves }) => renamesIn(moves));
  const passed: PassedRevision[] = [];
  for (const [i, row] of rows.slice(0, -1).entries()) {
    const previous = i === 0 ? before.revision : (rows[i - 1] as RevisionRow);
    const later = rows.slice(i + 1).flatMap(({ moves }) => renamesIn(moves));
    passed.push(await passedRevision(session, versions, { row, previous, later }));
  }
  return { renames, passed, movedSteps: movedStepsOf(after.revision.moves, []) };
}

type Renames = Hops['renames'];

function renamesIn(moves: readonly RevisionMove[]): Renames {
  return moves.flatMap((move) =>
    'from' in move ? [{ from: `${kindOf(move.resource)}/${move.from}`, to: move.resource }] : [],
  );
}

function kindOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

function idOf(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** The name after the renames. */
function nameAfter(name: string, renames: Renames): string {
  return renames.reduce((now, { from, to }) => (now === from ? to : now), name);
}

function movedStepsOf(moves: readonly RevisionMove[], later: Renames): MovedSteps {
  return new Map(
    moves.flatMap((move) => ('steps' in move ? [[idOf(nameAfter(move.resource, later)), move.steps] as const] : [])),
  );
}

interface Passing {
  readonly row: RevisionRow;
  readonly previous: RevisionRow;
  readonly later: Renames;
}

async function passedRevision(
  session: Session,
  versions: JourneyVersions,
  { row, previous, later }: Passing,
): Promise<PassedRevision> {
  const own = renamesIn(row.moves);
  const was = new Map(Object.entries(previous.resources).map(([name, entry]) => [nameAfter(name, own), entry.digest]));
  const journeys = Object.entries(row.resources).filter(([name]) => kindOf(name) === 'journey');
  const changed = journeys
    .filter(([name, { digest }]) => was.has(name) && was.get(name) !== digest)
    .map(([name, { digest }]) => ({ journey: idOf(nameAfter(name, later)), version: digest }));
  await versions.load(session, changed);
  const gone = [...was.keys()].filter((name) => kindOf(name) === 'journey' && row.resources[name] === undefined);
  return {
    gone: gone.map((name) => idOf(nameAfter(name, later))),
    changed: changed.map(({ journey, version }) => versions.get(journey, version)),
    movedSteps: movedStepsOf(row.moves, later),
  };
}
