/**
 * Steps that tell facts of our own and start journeys: `update`, `consent`, `start`. What they set is read by the next step at once; whoever
 * else reads it is told by the same fact, in the next transaction, one hop further. The fact says the same twice, so nothing is doubled.
 */
import type { StepAction, Value, ValueRef } from '../../compiler/ir.ts';
import type { Step } from '../../compiler/linked-journey.ts';
import { forEnrollments } from '../../compiler/program-sql.ts';
import type { Fact } from '../../profiles/fact.ts';
import type { Batch } from '../batch.ts';
import { hopAfter, ownSource } from '../facts/own-events.ts';
import { setOwnFacts } from '../facts/record.ts';
import { appendInbox } from '../lanes/queries.ts';
import { startJourneys } from './commands.ts';
import { type Enrollment, type Onward, passed } from './enrollment.ts';
import { arraysOf } from './evaluate.ts';

type Act<K extends StepAction['kind']> = Extract<StepAction, { readonly kind: K }>;

/** The inbox class of live facts. */
const liveClass = 1;

/** Sets traits; `null` empties one, and what is copied from nothing stays as it is. */
export async function update(
  batch: Batch,
  step: Step,
  { set }: Act<'update'>,
  passing: readonly Enrollment[],
): Promise<readonly Onward[]> {
  const copies = Object.entries(set).filter((entry): entry is [string, ValueRef] => isRef(entry[1]));
  const fixed = Object.fromEntries(Object.entries(set).filter(([, value]) => !isRef(value))) as Readonly<
    Record<string, Value | null>
  >;
  const copied = await valuesOf(batch, step, copies, passing);
  const facts = passing.map((one, i) => ({ one, more: { traits: { ...fixed, ...copied[i] } } }));
  tell(
    batch,
    facts.filter(({ more }) => Object.keys(more.traits).length > 0),
  );
  return done(batch, step, passing, 'set');
}

function isRef(value: Value | ValueRef | null): value is ValueRef {
  return typeof value === 'object' && value !== null && 'root' in value;
}

async function valuesOf(
  batch: Batch,
  step: Step,
  copies: readonly (readonly [string, ValueRef])[],
  ones: readonly Enrollment[],
): Promise<readonly Readonly<Record<string, Value>>[]> {
  if (copies.length === 0) return ones.map(() => ({}));
  const refs = copies.map(([, ref]) => ref);
  const statement = batch.statements.valuesOf(`${ones[0]?.journey.version} ${step.id}`, refs);
  const { text, values } = forEnrollments(statement, batch.t, arraysOf(ones));
  const rows = await batch.session.query<Record<string, unknown> & { readonly i: number }>(text, values);
  const byPlace = new Map(rows.map((row) => [row.i - 1, row]));
  return ones.map((_, i) => {
    const row = byPlace.get(i);
    const found = copies.map(([trait], c) => [trait, row?.[`v${c}`] ?? null] as const);
    return Object.fromEntries(found.filter(([, value]) => value !== null)) as Record<string, Value>;
  });
}

/** Writes a consent as if the person had said it, with why. */
export function changeConsent(
  batch: Batch,
  step: Step,
  { purpose, channel, set, proof }: Act<'consent'>,
  passing: readonly Enrollment[],
): readonly Onward[] {
  const consents = [{ purpose, channel: channel ?? '*', state: set, proof }];
  tell(
    batch,
    passing.map((one) => ({ one, more: { consents } })),
  );
  return done(batch, step, passing, set);
}

/** Lets people apply to another journey; this one goes on at once (LANGUAGE b3). */
export function start(
  batch: Batch,
  step: Step,
  { journey, with: handed }: Act<'start'>,
  passing: readonly Enrollment[],
): readonly Onward[] {
  const per = batch.program.journeys.get(journey)?.body.per;
  startJourneys(
    batch,
    passing.map((one) => ({
      lane: one.lane,
      profileId: one.profileId,
      journey,
      key: per === undefined ? null : one.key,
      entry: handed,
      because: `started by journey/${one.journey.id}`,
      hop: hopAfter(batch, one),
    })),
  );
  return done(batch, step, passing, 'started');
}

/** Facts about the people of enrollments, true from now on. */
function tell(
  batch: Batch,
  facts: readonly { readonly one: Enrollment; readonly more: Pick<Fact, 'traits' | 'consents'> }[],
): void {
  const at = batch.t.getTime();
  const rows = facts.map(({ one, more }) => {
    const fact: Fact = { at, received: at, source: ownSource, trigger: true, ...more };
    const { lane, profileId } = one;
    return {
      lane,
      class: liveClass,
      visibleAt: batch.t,
      profileId,
      kind: 'fact',
      hop: hopAfter(batch, one),
      body: fact,
    };
  });
  // One of the traits may be the zone.
  batch.zones.forget();
  setOwnFacts(
    batch,
    rows.map(({ lane, profileId, hop, body }) => ({ lane, profileId, seq: 0, hop, fact: body })),
  );
  batch.writes.later(appendInbox(batch.session, rows));
}

function done(batch: Batch, step: Step, passing: readonly Enrollment[], outcome: string): readonly Onward[] {
  for (const one of passing) passed(one, step.index, outcome, batch.t);
  return passing.map((enrollment) => ({ enrollment, to: step.then }));
}
