/**
 * Journeys and segments that are called otherwise from a revision on (`moved:`): all that lanes know of them goes to the new name, so that
 * places in journeys, holdouts, arms, what caps count and since when somebody is a member follow the person.
 */
import type { Trigger } from '../../compiler/ir.ts';
import type { LinkedTrigger } from '../../compiler/linked-trigger.ts';
import type { Program } from '../../compiler/program.ts';
import type { Session } from '../../store/session.ts';
import type { Running } from '../running.ts';
import type { Hops } from './hops.ts';
import { renameInInbox, renameInTable, renamePrefix, tablesWith } from './queries.ts';

type Renames = Hops['renames'];

/** Columns of lanes' tables that hold the name of a resource, by its kind. */
const columns = { journey: 'journey', segment: 'segment' } as const;

/**
 * Gives rows of the lanes the new names, one rename after the other. What another journey of the new name left behind long ago is set
 * aside under a name that no file can have (`path/before-7`, by the revision): it was another one, and its places would be in the way.
 */
export async function renameInLanes(
  session: Session,
  lanes: readonly number[],
  { renames, revision }: { readonly renames: Renames; readonly revision: number },
): Promise<void> {
  for (const { from, to } of renames) {
    const [kind, old] = split(from);
    const [, now] = split(to);
    if (kind !== 'journey' && kind !== 'segment') continue;
    const column = columns[kind];
    for (const table of await tablesWith(session, column)) {
      const rows = { table, column, lanes };
      if (kind === 'journey') await renameInTable(session, { ...rows, old: now, now: `${now}/before-${revision}` });
      await renameInTable(session, { ...rows, old, now });
    }
    if (kind === 'journey') {
      // Triggers are known by their journey and a digest: `birthday/3f2a91c07d54`.
      const prefix = { lanes, old: `${old}/`, now: `${now}/` };
      await renamePrefix(session, { ...prefix, table: 'membership', column: 'segment' });
      await renamePrefix(session, { ...prefix, table: 'entry_wake', column: 'trigger' });
      await renameInInbox(session, lanes, { old, now });
    }
  }
}

/** Triggers that name segments, by the names that these have now. */
export function triggersNow(triggers: readonly Trigger[], segmentNow: (id: string) => string): readonly Trigger[] {
  return triggers.map((trigger) => {
    if (trigger.kind === 'enters' || trigger.kind === 'leaves') {
      return { ...trigger, segment: segmentNow(trigger.segment) };
    }
    return trigger.kind === 'schedule' ? { ...trigger, members: segmentNow(trigger.members) } : trigger;
  });
}

function split(name: string): readonly [kind: string, id: string] {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}

/** What ran before, under the names of now: compared with what runs now, a rename alone is no difference. */
export function renamed(before: Running | null, renames: Renames): Running | null {
  if (before === null || renames.length === 0) return before;
  const nameNow = (name: string) => renames.reduce((now, { from, to }) => (now === from ? to : now), name);
  const idNow = (kind: string, id: string) => split(nameNow(`${kind}/${id}`))[1];
  /** Of a trigger or of the segment that is kept for it, both led by the journey; else of a declared segment. */
  const segmentNow = (id: string) => {
    const slash = id.indexOf('/');
    return slash < 0 ? idNow('segment', id) : `${idNow('journey', id.slice(0, slash))}${id.slice(slash)}`;
  };
  const { program, revision } = before;
  const resources = Object.fromEntries(
    Object.entries(revision.resources).map(([name, entry]) => [nameNow(name), entry]),
  );
  const renamedProgram: Program = {
    ...program,
    journeys: new Map(
      [...program.journeys].map(([id, one]) => {
        const entry = {
          ...one.body.entry,
          triggers: triggersNow(one.body.entry.triggers, (name) => idNow('segment', name)),
        };
        return [idNow('journey', id), { ...one, body: { ...one.body, entry } }];
      }),
    ),
    segments: new Map([...program.segments].map(([id, one]) => [segmentNow(id), one])),
    triggers: program.triggers.map(
      (one): LinkedTrigger => ({ ...one, name: segmentNow(one.name), journey: idNow('journey', one.journey) }),
    ),
  };
  return { ...before, program: renamedProgram, revision: { ...revision, resources } };
}
