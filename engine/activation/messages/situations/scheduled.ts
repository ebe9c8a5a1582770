/**
 * The messages of people that are already scheduled, for caps that look ahead: those that wait to be decided, sends to which somebody's
 * timer leads for certain, and first sends of journeys that he will enter by a date or a schedule. What a condition has still to decide
 * isn't scheduled. A few statements for everybody, and none where no cap looks ahead.
 */
import { endOfJourney, type LinkedJourney, type Step } from '../../../compiler/linked-journey.ts';
import type { Batch } from '../../batch.ts';
import { type Enrollment, formerPlaceOf } from '../../journeys/enrollment.ts';
import { addExactly } from '../../journeys/moments.ts';
import { arraysOf } from '../../people.ts';
import { nextFire } from '../../schedules/schedules.ts';
import type { Scheduled } from '../situation.ts';
import { membersAmong, readDeferred, readTimersAhead, readWakesAhead } from './queries.ts';

interface Person {
  readonly lane: number;
  readonly profileId: number;
}

/** What the transaction knows better than the store. */
export interface InHand {
  /** Messages that are being decided. */
  readonly messages: ReadonlySet<number>;
  /** Enrollments whose sends are being decided. */
  readonly deciding: ReadonlySet<Enrollment>;
  /** All that are in memory. */
  readonly enrollments: readonly Enrollment[];
}

type ByPerson = Map<number, Scheduled[]>;

/** By person, what is scheduled for him as far as the caps look. `known` is asked only where one does. */
export async function scheduledOf(
  batch: Batch,
  people: readonly Person[],
  known: () => InHand,
): Promise<ReadonlyMap<number, readonly Scheduled[]>> {
  const found: ByPerson = new Map();
  const horizon = horizonOf(batch);
  if (horizon === null) return found;
  const inHand = known();
  await Promise.all([
    addDeferred(batch, people, { found, horizon, inHand }),
    addTimers(batch, people, { found, horizon, inHand }),
    addWakes(batch, people, { found, horizon }),
    addFires(batch, people, { found, horizon }),
  ]);
  return found;
}

/** As far as any cap looks; null: none does. */
function horizonOf({ rules, t }: Batch): Date | null {
  const ends = rules.caps.flatMap(({ cap }) => (cap.lookAhead === undefined ? [] : [addExactly(t, cap.lookAhead)]));
  return ends.length === 0 ? null : new Date(Math.max(...ends.map((end) => end.getTime())));
}

interface Gathering {
  readonly found: ByPerson;
  readonly horizon: Date;
}

type Beside = Gathering & { readonly inHand: InHand };

function add(found: ByPerson, profileId: number, one: Scheduled | null): void {
  if (one === null) return;
  const list = found.get(profileId);
  if (list === undefined) found.set(profileId, [one]);
  else list.push(one);
}

async function addDeferred(batch: Batch, people: readonly Person[], { found, horizon, inHand }: Beside): Promise<void> {
  for (const row of await readDeferred(batch.session, arraysOf(people), horizon)) {
    if (inHand.messages.has(row.message_id)) continue;
    const { journey, objective, purpose, priority, at, channel } = row;
    add(found, row.profile_id, {
      journey,
      objective,
      purpose,
      priority,
      at,
      channels: [channel],
      choose: null,
      to: row.address_trait,
    });
  }
}

/** Timers of enrollments: of those in memory as they stand there, of the others as they are stored. */
async function addTimers(batch: Batch, people: readonly Person[], { found, horizon, inHand }: Beside): Promise<void> {
  const rows = await readTimersAhead(batch.session, arraysOf(people), horizon);
  await batch.versions.load(batch.session, rows);
  const known = new Set(inHand.enrollments.map(formerPlaceOf));
  for (const row of rows) {
    const journey = batch.versions.get(row.journey, row.version);
    if (known.has(formerPlaceOf({ profileId: row.profile_id, journey, key: row.key, n: row.n }))) continue;
    const step = journey.steps[journey.stepIndex.get(row.step) ?? endOfJourney];
    add(
      found,
      row.profile_id,
      step === undefined ? null : timed(batch, journey, { step, posture: row.posture, at: row.due_at }),
    );
  }
  const ids = new Set(people.map(({ profileId }) => profileId));
  for (const one of inHand.enrollments) {
    const { state, step: index, posture, dueAt, journey, profileId, holdout } = one;
    if (state !== 'active' || index === null || dueAt === null || holdout !== null || posture === null) continue;
    if (dueAt <= batch.t || dueAt > horizon || !ids.has(profileId) || inHand.deciding.has(one)) continue;
    const step = journey.steps[index];
    add(found, profileId, step === undefined ? null : timed(batch, journey, { step, posture, at: dueAt }));
  }
}

/** The send to which a timer leads, if it does for certain. */
function timed(
  batch: Batch,
  journey: LinkedJourney,
  { step, posture, at }: { readonly step: Step; readonly posture: string; readonly at: Date },
): Scheduled | null {
  if (posture === 'due') return step.do.kind === 'send' && step.if === null ? sendOf(batch, journey, step, at) : null;
  if (posture !== 'waiting' || (step.do.kind !== 'wait' && step.do.kind !== 'wait_until')) return null;
  return reached(batch, journey, step.then, at);
}

/** The send that stands at an index, of whoever comes there at that time. */
function reached(batch: Batch, journey: LinkedJourney, index: number, at: Date): Scheduled | null {
  const step = journey.steps[index];
  const isAtOnce = step?.after === null && step.at === null && step.days === null && step.if === null;
  if (step === undefined || !isAtOnce) return null;
  if (step.do.kind === 'goto') return reached(batch, journey, step.do.to, at);
  return sendOf(batch, journey, step, at);
}

function sendOf(batch: Batch, journey: LinkedJourney, { do: action }: Step, at: Date): Scheduled | null {
  if (action.kind !== 'send') return null;
  const { objective, purpose, channels, choose, to } = action;
  const { priority } = batch.program.journeys.get(journey.id)?.body ?? journey.body;
  return { at, journey: journey.id, objective, purpose, priority, channels, choose: choose ?? null, to: to ?? null };
}

/** The first message of a journey that lets everybody in who comes. */
function firstSend(batch: Batch, id: string, at: Date): Scheduled | null {
  const journey = batch.program.journeys.get(id);
  if (journey === undefined || journey.body.status !== 'live' || journey.body.entry.if !== null) return null;
  return reached(batch, journey, 0, at);
}

/** Dates and anniversaries of people and of their rows. */
async function addWakes(batch: Batch, people: readonly Person[], { found, horizon }: Gathering): Promise<void> {
  const dates = batch.program.triggers.filter(({ trigger: { kind } }) => kind === 'date' || kind === 'anniversary');
  const byName = new Map(dates.map((one) => [one.name, one.journey]));
  if (byName.size === 0) return;
  const rows = await readWakesAhead(batch.session, arraysOf(people), {
    names: [...byName.keys()],
    t: batch.t,
    horizon,
  });
  for (const { profile_id, trigger, at } of rows)
    add(found, profile_id, firstSend(batch, byName.get(trigger) ?? '', at));
}

/** Schedules that fire for members of a segment. */
async function addFires(batch: Batch, people: readonly Person[], { found, horizon }: Gathering): Promise<void> {
  const fires = [...batch.program.journeys.values()].flatMap(({ id, body }) =>
    body.entry.triggers.flatMap((trigger) => {
      if (trigger.kind !== 'schedule') return [];
      const at = nextFire(trigger, batch.t);
      const send = at === null || at > horizon ? null : firstSend(batch, id, at);
      return send === null ? [] : [{ segment: trigger.members, send }];
    }),
  );
  if (fires.length === 0) return;
  const segments = [...new Set(fires.map(({ segment }) => segment))];
  const rows = await membersAmong(batch.session, arraysOf(people), segments);
  for (const { profile_id, segment } of rows) {
    for (const fire of fires) if (fire.segment === segment) add(found, profile_id, fire.send);
  }
}
