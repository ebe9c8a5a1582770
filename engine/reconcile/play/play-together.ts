/**
 * Plays the tests of one store: one engine, one clock that goes from line to line of all of them, one batch for what happens at the same
 * time. What lines tell and expect is `told.ts` and `expectations.ts`; this file decides in which order.
 */
import type { Driver } from '../../activation/engine.ts';
import { createEngine } from '../../activation/engine.ts';
import type { StartCommand } from '../../activation/journeys/entries/start-command.ts';
import { segmentOf } from '../../activation/lanes/adopt.ts';
import { appendInbox } from '../../activation/lanes/queries.ts';
import { type JumpingClock, jumpingClock } from '../../clock/clock.ts';
import type { JourneyBody } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import { ingestFacts } from '../../profiles/ingest.ts';
import type { ScratchStore } from '../../store/scratch.ts';
import type { OwnSession } from '../../store/session.ts';
import { applyPlan } from '../apply-plan.ts';
import { planChanges } from '../plan-changes.ts';
import { readState } from '../state.ts';
import { type Actor, drawProfile, makeActor } from './actor.ts';
import { type Miss, missesOf } from './expectations.ts';
import { look } from './look.ts';
import type { PlayedTogether, TestResource } from './played-bundle.ts';
import { setNextProfile, takeOverEmptyLanes } from './queries.ts';
import { instantOf, type Line, timeOfLine } from './timeline.ts';
import { givenFacts, lineFacts } from './told.ts';
import { readWhy, type Why } from './why.ts';
import { zonesOf } from './zones.ts';

/** The first line of a test that isn't as expected; those after it aren't played. */
export interface TestFailure {
  /** Its place in `play`, from 0; -1: the test can't be played at all. */
  readonly line: number;
  readonly misses: readonly Miss[];
  /** Why nothing could be expected: a sentence. Null: expectations weren't met. */
  readonly problem: string | null;
  readonly at: Date;
  readonly zone: string;
  /** What the engine knows of the person; null: he was never there. */
  readonly why: Why | null;
}

export interface TestOutcome {
  readonly test: string;
  readonly journey: string;
  /** Null: it passed. */
  readonly failure: TestFailure | null;
}

interface Playing {
  readonly program: Program;
  readonly driver: Driver;
  readonly session: OwnSession;
  readonly clock: JumpingClock;
  readonly outcomes: Map<string, TestOutcome>;
}

export interface PlayOptions {
  readonly store: ScratchStore;
  /** A folder of the run's own: what messages would have said is written there. */
  readonly folder: string;
}

/** Plays them all. The store is the run's own. Errors: those of the store. */
export async function playTogether(
  { tests, bundle }: PlayedTogether,
  { store, folder }: PlayOptions,
): Promise<readonly TestOutcome[]> {
  const first = Math.min(...tests.map(({ body }) => instantOf(body.start, 'UTC')));
  // A day before: the zones that people have are known only when the program runs.
  const clock = jumpingClock(new Date(first - 86_400_000));
  const plan = planChanges(bundle, await store.withSession(readState), {});
  const origin = { commit: null, isDirty: false, author: 'parcours test' };
  const { revision } = await applyPlan({ store, clock, bundle, plan, origin, engineVersion: 'test' });
  await store.withSession((inner) => takeOverEmptyLanes(inner, revision ?? 0));
  const engine = createEngine({ store, clock, root: folder, env: {} });
  return engine.drive(async (driver) => {
    const session = await store.session();
    try {
      const running = await driver.running();
      if (running === null) throw new Error('assertion failed: what was applied runs');
      await driver.settle();
      const playing = { program: running.program, driver, session, clock, outcomes: new Map<string, TestOutcome>() };
      await playAll(playing, await castOf(playing, tests, (people, at) => zonesOf(session, running, people, at)));
      return tests.map((test) => playing.outcomes.get(test.id) ?? passed(test));
    } finally {
      await session.close();
    }
  });
}

function passed({ id, body }: TestResource): TestOutcome {
  return { test: id, journey: body.journey, failure: null };
}

function fail({ outcomes }: Playing, { id, body }: TestResource, failure: TestFailure): void {
  outcomes.set(id, { test: id, journey: body.journey, failure });
}

/** The people of the tests. A test that nobody can play has failed. */
async function castOf(
  playing: Playing,
  tests: readonly TestResource[],
  zones: (
    people: readonly { readonly test: TestResource; readonly profileId: number }[],
    at: Date,
  ) => Promise<readonly string[]>,
): Promise<readonly Actor[]> {
  const { program, clock } = playing;
  const taken = new Set<number>();
  const people = tests.flatMap((test) => {
    const journey = program.journeys.get(test.body.journey);
    const profileId = journey === undefined ? null : drawProfile(program, journey, { test, taken });
    if (journey !== undefined && profileId !== null) {
      taken.add(profileId);
      return [{ test, journey, profileId }];
    }
    const problem =
      journey === undefined
        ? `This version of Parcours doesn't run the journey \`${test.body.journey}\`, or what it needs: \`parcours plan\` says what is held back.`
        : 'Nobody is held out and draws arms as this test asks: an arm has no weight, or a holdout takes everybody.';
    fail(playing, test, { line: -1, misses: [], problem, at: clock.now(), zone: 'UTC', why: null });
    return [];
  });
  const known = await zones(people, clock.now());
  return people.map(({ test, journey, profileId }, i) =>
    makeActor(test, journey, { profileId, zone: known[i] ?? 'UTC' }),
  );
}

/** Goes from the next line of anybody to the next, until all are through. */
async function playAll(playing: Playing, cast: readonly Actor[]): Promise<void> {
  const { driver, clock } = playing;
  for (let open = [...cast]; open.length > 0; ) {
    const at = Math.min(...open.map((one) => one.at));
    const isAnybodyThere = open.some(({ line }) => line >= 0);
    // While nobody plays, nobody needs to be waited for: what is due of those who are through is made up for at once.
    if (!isAnybodyThere) clock.jumpTo(new Date(at));
    else if (at > clock.now().getTime()) await driver.runUntil(new Date(at));
    const now = open.filter((one) => one.at === at);
    const going = new Set(await playLines(playing, now));
    open = open.filter((one) => one.at !== at || going.has(one));
  }
}

/** Plays one line of each, all at one time; returns those who go on. */
async function playLines(playing: Playing, actors: readonly Actor[]): Promise<readonly Actor[]> {
  const { driver } = playing;
  const starting = actors.filter(({ line }) => line < 0);
  for (const actor of starting) await begin(playing, actor);
  const told = actors.filter(({ line }) => line >= 0);
  const able: Actor[] = [];
  for (const actor of told) if (await tell(playing, actor)) able.push(actor);
  await driver.settle();
  if (starting.length > 0 && (await takeIn(playing, starting))) await driver.settle();
  const present = [...starting, ...able];
  const seen = await look(playing.session, playing.program, present);
  const going: Actor[] = [];
  for (const [i, actor] of present.entries()) {
    const now = seen[i] ?? actor.seen;
    const line = lineOf(actor);
    const misses = line?.expect === undefined ? [] : missesOf(line.expect as Line, actor.seen, now);
    if (misses.length > 0) await failLine(playing, actor, { misses, problem: null });
    else if (goOn(actor, now)) going.push(actor);
  }
  return going;
}

function lineOf({ test, line }: Actor): Line | undefined {
  return test.body.play[line];
}

function goOn(actor: Actor, seen: Actor['seen']): boolean {
  if (actor.line >= 0) actor.seen = seen;
  actor.latest = seen;
  const line = lineOf(actor) ?? null;
  actor.line += 1;
  const next = lineOf(actor);
  if (next === undefined) return false;
  actor.at = timeOfLine(next, { line, at: actor.at }, actor.zone);
  return true;
}

async function failLine(
  playing: Playing,
  actor: Actor,
  { misses, problem }: Pick<TestFailure, 'misses' | 'problem'>,
): Promise<void> {
  const { test, line, zone } = actor;
  const at = playing.clock.now();
  const segments = misses.flatMap(({ key, expected }) => (key.endsWith('in_segment') ? [expected] : []));
  const why = await readWhy(playing.session, actor, { segments, at });
  fail(playing, test, { line, misses, problem, at, zone, why });
}

/** What is given of a person is told as history; he has the number that was drawn for him. */
async function begin({ program, session, clock }: Playing, actor: Actor): Promise<void> {
  await setNextProfile(session, actor.profileId);
  await ingestFacts(session, givenFacts(program, actor), { now: clock.now(), identity: program.identity });
}

/** Tells what happens in the line; false: it can't, and the test has failed. */
async function tell(playing: Playing, actor: Actor): Promise<boolean> {
  const { program, session, clock } = playing;
  const line = lineOf(actor) ?? {};
  const facts = lineFacts(program, actor, line);
  if (facts.length > 0) await ingestFacts(session, facts, { now: clock.now(), identity: program.identity });
  if (line.message === undefined) return true;
  const { step, status } = line.message as { readonly step: string; readonly status: string };
  const message = actor.latest.messages.findLast((one) => one.step === step && one.hasLeft);
  if (message === undefined) {
    const problem = `No message of step \`${step}\` has left by now, so nobody can have ${said[status] ?? status} it.`;
    await failLine(playing, actor, { misses: [], problem });
    return false;
  }
  const body = { message_id: message.id, attempt: 1, state: status, at: clock.now().getTime() };
  await appendInbox(session, [
    {
      lane: actor.lane,
      class: outcomeClass,
      visibleAt: clock.now(),
      profileId: actor.profileId,
      kind: 'outcome',
      body,
    },
  ]);
  return true;
}

/** The inbox class of what became of messages. */
const outcomeClass = 3;
/** … and of commands. */
const commandClass = 0;

const said: Readonly<Record<string, string>> = {
  delivered: 'got',
  replied: 'replied to',
  acted: 'acted on',
  bounced: 'bounced',
};

/**
 * A test begins with the files being applied to a store that holds its person: journeys that say `current_members: enter` take him in if
 * he is a member, and a journey that is only ever started is started for him.
 */
async function takeIn({ program, session, clock }: Playing, actors: readonly Actor[]): Promise<boolean> {
  const at = clock.now();
  const segments = new Map(
    (await look(session, program, actors, { isWithTriggers: true })).map(({ segments: ids }, i) => [
      actors[i],
      new Set(ids),
    ]),
  );
  const rows = actors.flatMap((actor) => {
    const started = startsOf(program, actor, segments.get(actor) ?? new Set());
    return started.map(({ journey, because }) => {
      const body: StartCommand = { journey, key: null, entry: {}, at: at.getTime(), because };
      return { lane: actor.lane, class: commandClass, visibleAt: at, profileId: actor.profileId, kind: 'start', body };
    });
  });
  if (rows.length > 0) await appendInbox(session, rows);
  return rows.length > 0;
}

function startsOf(program: Program, { journey }: Actor, segments: ReadonlySet<string>) {
  const present = [...program.journeys.values()].flatMap(({ id, body }) => {
    const segment = segmentsTaken(id, body).find((one) => segments.has(one));
    return segment === undefined ? [] : [{ journey: id, because: `a member of ${segment} already` }];
  });
  const isOnlyStarted = journey.body.entry.triggers.every(({ kind }) => kind === 'started');
  return isOnlyStarted ? [...present, { journey: journey.id, because: 'by hand' }] : present;
}

/** The segments whose members the journey takes when it begins. */
function segmentsTaken(id: string, body: JourneyBody): readonly string[] {
  if (body.status !== 'live' || body.entry.currentMembers !== 'enter') return [];
  return body.entry.triggers.flatMap((trigger) => segmentOf(id, body, trigger) ?? []);
}
