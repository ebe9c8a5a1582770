/** Versions of journeys by digest: the live ones from the program, pinned older ones from the store when people still stand there. */
import type { JourneyBody } from '../../compiler/ir.ts';
import { type Follows, type LinkedJourney, linkJourney } from '../../compiler/linked-journey.ts';
import type { Program } from '../../compiler/program.ts';
import { readBodies } from '../../store/revisions.ts';
import type { Session } from '../../store/session.ts';

export interface JourneyVersions {
  /** Loads the versions that are not known yet. */
  load(session: Session, wanted: readonly { readonly journey: string; readonly version: string }[]): Promise<void>;
  /** A loaded version. Journeys with the same text share a digest, and are two all the same. */
  get(journey: string, version: string): LinkedJourney;
  /** All loaded versions. */
  all(): Iterable<LinkedJourney>;
  /** By which traits and entities times of the loaded versions may move. */
  follows(): Follows;
}

export function journeyVersions(program: Program): JourneyVersions {
  // By version, then by journey: both are long texts to join for each enrollment.
  const known = new Map<string, Map<string, LinkedJourney>>();
  const note = (one: LinkedJourney) => {
    const sameText = known.get(one.version) ?? new Map<string, LinkedJourney>();
    known.set(one.version, sameText.set(one.id, one));
  };
  const find = (journey: string, version: string) => known.get(version)?.get(journey);
  const all = () => [...known.values()].flatMap((journeys) => [...journeys.values()]);
  for (const journey of program.journeys.values()) note(journey);
  let follows = followsOf(all());
  return {
    async load(session, wanted) {
      const missing = wanted.filter(({ journey, version }) => find(journey, version) === undefined);
      if (missing.length === 0) return;
      const bodies = await readBodies(
        session,
        missing.map(({ version }) => version),
      );
      for (const { journey, version } of missing) {
        const body = bodies.get(version);
        if (body === undefined)
          throw new Error(`assertion failed: the store lost version ${version} of journey/${journey}`);
        note(linkJourney(journey, version, body as JourneyBody));
      }
      follows = followsOf(all());
    },
    get(journey, version) {
      const linked = find(journey, version);
      if (linked === undefined) throw new Error(`assertion failed: version ${version} of ${journey} is not loaded`);
      return linked;
    },
    all,
    follows: () => follows,
  };
}

function followsOf(journeys: readonly LinkedJourney[]): Follows {
  const steps = journeys.flatMap((journey) => journey.steps);
  return {
    traits: new Set(steps.flatMap((step) => [...step.follows.traits])),
    entities: new Set(steps.flatMap((step) => [...step.follows.entities])),
  };
}
