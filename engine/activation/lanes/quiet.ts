/**
 * Whether lanes may go on under the revision that they have until a later one is filled in them: what lies between may only add what nobody
 * reads. Pure, and in doubt no; which lanes are handled so is decided by `quiet-revisions.ts` and the worker.
 */
import { builtInEvents, builtInTraits } from '../../compiler/built-ins.ts';
import type { Program } from '../../compiler/program.ts';
import type { RevisionRow } from '../../store/revisions.ts';
import type { Running } from '../running.ts';

type Compared = Pick<Running, 'revision' | 'program'>;

/** No lane reads them: words are put in when messages leave, by the live revision, and tests are played elsewhere. */
const unreadKinds: ReadonlySet<string> = new Set(['template', 'test']);
/**
 * What does nothing by itself. A segment or trait says something of people, and everything that could make something of it names it, so it
 * would be another itself. Of any other kind what is new may do something to a fact at once: an event type gives it a measure, a persona
 * depends on what somebody was called before, pressure, countries, consents and journeys decide.
 */
const addedKinds: ReadonlySet<string> = new Set(['segment', 'trait']);

/**
 * Whether each fact, timer and command comes to the same under `before` as under `after`, but for what is filled when the lane is taken over.
 * `passed`: the revisions between the two, since people go through what each of them said.
 */
export function isQuiet(before: Compared, passed: readonly RevisionRow[], after: Compared): boolean {
  return (
    [...passed, after.revision].every((row) => onlyAdds(before.revision, row)) &&
    addsUnread(before.program, after.program)
  );
}

/** Whether all is there as it was, under the same names, and what came is of kinds that do nothing by themselves. */
function onlyAdds(before: RevisionRow, after: RevisionRow): boolean {
  if (after.moves.length > 0 || !isSame(before.origins, after.origins)) return false;
  const had = Object.entries(before.resources).filter(([name]) => !unreadKinds.has(kindOf(name)));
  const has = Object.keys(after.resources).filter((name) => !unreadKinds.has(kindOf(name)));
  return (
    had.every(([name, { digest, needs }]) => {
      const now = after.resources[name];
      // What it needs tells that it doesn't read by another way what is new.
      return now !== undefined && now.digest === digest && isSame(now.needs, needs);
    }) && has.every((name) => before.resources[name] !== undefined || addedKinds.has(kindOf(name)))
  );
}

/** The same of what is kept without being declared, and of what is made of several resources. */
function addsUnread(before: Program, after: Program): boolean {
  const had = new Set(before.computedTraits.map(({ name }) => name));
  const ofTrait = new Map(after.computedTraits.map(({ name, digest }) => [name, digest]));
  const added = after.computedTraits.filter(({ name }) => !had.has(name));
  const declared = [...after.traits].filter(([name]) => !before.traits.has(name));
  return (
    before.computedTraits.every(({ name, digest }) => ofTrait.get(name) === digest) &&
    [...before.segments].every(([id, { digest }]) => after.segments.get(id)?.digest === digest) &&
    // Those are worked out over everybody, and lanes are told of it by commands.
    added.every(({ definition }) => !('refresh' in definition)) &&
    // A trait that is there without being declared is read without being named; one that sources tell is written by facts.
    declared.every(([name, { origin }]) => origin === 'computed' && !builtInTraits.has(name)) &&
    isSame(countriesOf(before), countriesOf(after)) &&
    // Events of ours are told to nobody while nobody listens.
    [...after.listensTo].every((type) => before.listensTo.has(type) || !builtInEvents.has(type))
  );
}

/** How each is told depends on what is computed. */
function countriesOf({ countries }: Program): unknown {
  return countries.map(({ id, where, traits }) => [id, where, [...traits].sort()]);
}

function kindOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
