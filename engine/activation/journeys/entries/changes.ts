/**
 * Applicants by values that change: a trait, sourced or computed, or a field of the row that a journey is per. What changes there
 * and back between two looks didn't change, and a value that is gone is no other value.
 */
import { canonicalJson } from '../../../compiler/canonical.ts';
import type { Trigger, Value } from '../../../compiler/ir.ts';
import type { LinkedJourney } from '../../../compiler/linked-journey.ts';
import type { Program } from '../../../compiler/program.ts';
import type { Fact } from '../../../profiles/fact.ts';
import type { Batch } from '../../batch.ts';
import { ownSource } from '../../facts/own-events.ts';
import type { InboxRow } from '../../lanes/queries.ts';
import { arraysOf, type Person } from '../../people.ts';
import { readTraits } from '../../segments/queries.ts';
import type { Applicant } from './applicant.ts';
import { type PastTrait, traitsThen } from './queries.ts';
import { refuse } from './refusals.ts';

type Changes = Extract<Trigger, { readonly kind: 'changes' }>;

interface ChangeTrigger {
  readonly journey: LinkedJourney;
  readonly trigger: Changes;
}

/** A value of one person or of one of his rows that is another now. */
export interface Change {
  readonly lane: number;
  readonly profileId: number;
  /** Of the row, where it is one's. */
  readonly key?: string;
  readonly roles?: readonly string[];
  /** The row as it is now. */
  readonly fields?: Readonly<Record<string, Value | null>>;
  readonly before: unknown;
  readonly now: unknown;
  readonly at: Date;
}

/** By place of change, as `placeOfTrait` or `placeOfField` name it. */
export type ChangesByPlace = ReadonlyMap<string, readonly Change[]>;

const placeOfTrait = (trait: string) => `trait ${trait}`;
const placeOfField = (entity: string, field: string) => `field ${entity} ${field}`;

const triggersOf = new WeakMap<Program, readonly ChangeTrigger[]>();

function changeTriggers(program: Program): readonly ChangeTrigger[] {
  let known = triggersOf.get(program);
  if (known === undefined) {
    known = [...program.journeys.values()]
      .filter(({ body }) => body.status === 'live')
      .flatMap((journey) =>
        journey.body.entry.triggers.flatMap((trigger) => (trigger.kind === 'changes' ? [{ journey, trigger }] : [])),
      );
    triggersOf.set(program, known);
  }
  return known;
}

function traitsWatched(program: Program): ReadonlySet<string> {
  const rules = [...program.programmes.values()].flatMap((programme) => programme.rules);
  const read = [
    ...changeTriggers(program).map(({ trigger }) => trigger.of),
    ...rules.flatMap(({ occasion }) => (occasion?.kind === 'changes' ? [occasion.of] : [])),
  ];
  return new Set(read.flatMap((of) => (of.root === 'trait' ? [of.trait] : [])));
}

/** What sourced traits were before the facts of a batch were recorded, by person and trait, and when the facts happened. */
export type TraitsBefore = ReadonlyMap<string, { readonly value: unknown; readonly at: number }>;

/** Reads what the facts may change. To be sent before they are recorded; without a journey that asks for it nothing is read. */
export async function traitsBefore(batch: Batch, inbox: readonly InboxRow[]): Promise<TraitsBefore> {
  const watched = traitsWatched(batch.program);
  const told = new Map<string, { lane: number; profileId: number; trait: string; at: number; isOwn: boolean }>();
  for (const row of watched.size === 0 ? [] : inbox) {
    if (row.kind !== 'fact' || row.profile_id === null) continue;
    const { traits, at, trigger, source } = row.body as Fact;
    for (const trait of Object.keys(traits ?? {})) {
      if (!trigger || !watched.has(trait)) continue;
      const place = `${row.profile_id} ${trait}`;
      const latest = Math.max(at, told.get(place)?.at ?? at);
      const isOwn = source === ownSource || told.get(place)?.isOwn === true;
      told.set(place, { lane: row.lane, profileId: row.profile_id, trait, at: latest, isOwn });
    }
  }
  if (told.size === 0) return new Map();
  const people = [...new Map([...told.values()].map((one) => [one.profileId, one])).values()];
  const traits = [...new Set([...told.values()].map(({ trait }) => trait))];
  // What a step sets is set at once, and told afterwards: what was before is in the history.
  const own = [...told.values()].filter(({ isOwn }) => isOwn);
  const past = own.map((one): PastTrait => ({ ...one, before: new Date(one.at), source: null }));
  const [stored, then] = await Promise.all([valuesOf(batch, people, traits), valuesThen(batch, past)]);
  return new Map(
    [...told].map(([place, { at, isOwn }]) => [place, { at, value: (isOwn ? then : stored).get(place) ?? null }]),
  );
}

/** By person and trait. */
async function valuesThen(batch: Batch, past: readonly PastTrait[]): Promise<ReadonlyMap<string, unknown>> {
  const rows = past.length === 0 ? [] : await traitsThen(batch.session, past);
  return new Map(rows.map(({ i, value }) => [`${past[i - 1]?.profileId} ${past[i - 1]?.trait}`, value]));
}

async function valuesOf(
  batch: Batch,
  people: readonly { readonly lane: number; readonly profileId: number }[],
  traits: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const rows = await readTraits(batch.session, arraysOf(people), traits);
  return new Map(
    rows.flatMap(({ i, values }) =>
      traits.map((trait, column) => [`${people[i - 1]?.profileId} ${trait}`, values[column] ?? null] as const),
    ),
  );
}

/** Applicants by what changed in this transaction; called when traits are current. */
export async function applicantsByChange(
  batch: Batch,
  inbox: readonly InboxRow[],
  before: TraitsBefore,
): Promise<readonly Applicant[]> {
  const triggers = changeTriggers(batch.program);
  if (triggers.length === 0) return [];
  const changes = await changesIn(batch, inbox, before);
  const applicants = triggers.flatMap(({ journey, trigger }) =>
    changesFor(journey, trigger, changes).map(
      ({ lane, profileId, key, at }): Applicant => ({
        ...{ lane, profileId, journey, at, entry: {}, key },
        because: `changes ${nameOf(trigger)}`,
      }),
    ),
  );
  const isLive = ({ profileId }: Applicant) => batch.people.all.get(profileId)?.live === true;
  refuse(
    batch,
    applicants.filter((one) => !isLive(one)),
    'loop',
  );
  return applicants.filter(isLive);
}

/** What changed in this transaction, by place; called when traits are current. */
export async function changesIn(
  batch: Batch,
  inbox: readonly InboxRow[],
  before: TraitsBefore,
): Promise<ChangesByPlace> {
  return new Map([...fieldChanges(batch, inbox), ...(await traitChanges(batch, before))]);
}

/** Whoever is only told of by facts that went round too often is looked at, too: it is to be said that they open nothing. */
function isToldOf({ live, isLooped }: Person): boolean {
  return live || isLooped;
}

function nameOf({ of }: Changes): string {
  if (of.root === 'trait') return of.trait;
  return of.root === 'entity' ? `${of.entity}.${of.field}` : `entry.${of.property}`;
}

function changesFor(journey: LinkedJourney, trigger: Changes, changes: ChangesByPlace): readonly Change[] {
  const { per } = journey.body;
  return changesOf(trigger, changes).filter(
    ({ roles }) => roles === undefined || (per?.kind === 'entity' && roles.includes(per.role)),
  );
}

/** The changes of a value, from and to what is asked for. */
export function changesOf(
  { of, from, to }: Pick<Changes, 'of' | 'from' | 'to'>,
  changes: ChangesByPlace,
): readonly Change[] {
  const place =
    of.root === 'trait' ? placeOfTrait(of.trait) : of.root === 'entity' ? placeOfField(of.entity, of.field) : '';
  return (changes.get(place) ?? []).filter(
    ({ before, now }) =>
      now !== null &&
      !isSame(before, now) &&
      (from === null || isSame(before, from)) &&
      (to === null || isSame(now, to)),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

async function traitChanges(batch: Batch, before: TraitsBefore): Promise<ChangesByPlace> {
  const watched = [...traitsWatched(batch.program)];
  const isTouched = (person: Person) => isToldOf(person) && watched.some((trait) => person.traits.has(trait));
  const people = [...batch.people.all.values()].filter(isTouched);
  if (people.length === 0) return new Map();
  const computed = watched.filter((trait) => batch.program.computedTraits.some(({ name }) => name === trait));
  const past = people.flatMap(({ lane, profileId, traits }) =>
    computed
      .filter((trait) => traits.has(trait))
      .map((trait): PastTrait => ({ lane, profileId, trait, before: batch.t, source: 'computed' })),
  );
  const [now, stood] = await Promise.all([valuesOf(batch, people, watched), valuesThen(batch, past)]);
  const found = new Map<string, Change[]>();
  for (const trait of watched) {
    const isComputed = computed.includes(trait);
    for (const { lane, profileId, traits } of people) {
      const place = `${profileId} ${trait}`;
      const told = before.get(place);
      if (!traits.has(trait) || (!isComputed && told === undefined)) continue;
      const change = {
        ...{ lane, profileId, now: now.get(place) ?? null },
        before: (isComputed ? stood.get(place) : told?.value) ?? null,
        at: told === undefined ? batch.t : new Date(told.at),
      };
      found.set(placeOfTrait(trait), [...(found.get(placeOfTrait(trait)) ?? []), change]);
    }
  }
  return found;
}

/** Of several facts about a row, the first says what a field was and the last what it is. */
function fieldChanges(batch: Batch, inbox: readonly InboxRow[]): ChangesByPlace {
  const rows = inbox
    .filter((row) => row.kind === 'fact' && batch.people.all.get(row.profile_id ?? 0)?.live === true)
    .flatMap(({ lane, profile_id, body }) => {
      const { entities, at, trigger } = body as Fact;
      return trigger ? (entities ?? []).map((entity) => ({ lane, profileId: profile_id as number, at, entity })) : [];
    })
    .sort((a, b) => a.entity.version - b.entity.version);
  const found = new Map<string, Map<string, Change>>();
  for (const { lane, profileId, at, entity } of rows) {
    const { entity: name, key, roles, fields, before } = entity;
    for (const [field, old] of Object.entries(before)) {
      const place = placeOfField(name, field);
      const ofPlace = found.get(place) ?? new Map<string, Change>();
      const first = ofPlace.get(`${profileId} ${key}`);
      const now: Value | null = fields[field] ?? null;
      const change = { lane, profileId, key, roles, fields, before: first === undefined ? old : first.before, now };
      found.set(place, ofPlace.set(`${profileId} ${key}`, { ...change, at: new Date(at) }));
    }
  }
  return new Map([...found].map(([place, ofPlace]) => [place, [...ofPlace.values()]]));
}
