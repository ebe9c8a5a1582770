/**
 * Which place an applicant asks for: one per person, one for each value of a property of the opening fact, or one for each row of an
 * entity that he has in a role (LANGUAGE b18, b19). Whoever names no place isn't let in and leaves a decision.
 */
import type { Per, Value } from '../../../compiler/ir.ts';
import type { Batch } from '../../batch.ts';
import { type Enrollment, leave } from '../enrollment.ts';
import { groupBy } from '../evaluate.ts';
import type { Applicant, Placed } from './applicant.ts';
import { rowsInRole } from './queries.ts';
import { refuse } from './refusals.ts';

type PerEntity = Extract<Per, { readonly kind: 'entity' }>;

/** The applicants with their places, in order; one who applies for each of his rows several times. */
export async function placed(batch: Batch, applicants: readonly Applicant[]): Promise<readonly Placed[]> {
  if (applicants.every(({ journey }) => journey.body.per === undefined)) return applicants.map(theOnePlace);
  const groups = [...groupBy(applicants, ({ journey }) => journey).values()];
  return (await Promise.all(groups.map((group) => placedIn(batch, group)))).flat();
}

function theOnePlace(one: Applicant): Placed {
  return one.key === '' ? (one as Placed) : { ...one, key: '' };
}

async function placedIn(batch: Batch, applicants: readonly Applicant[]): Promise<readonly Placed[]> {
  const per = applicants[0]?.journey.body.per;
  if (per === undefined) return applicants.map(theOnePlace);
  const asked = applicants.map((one) => ({ ...one, key: askedKey(batch, per, one) }));
  const nameless = asked.filter(({ key }) => key === null);
  refuse(batch, nameless, 'no-key');
  const named = asked.filter((one) => one.key !== null) as (Applicant & { readonly key: string | undefined })[];
  if (per.kind === 'entity') return await boundToRows(batch, per, named);
  return named.map((one) => ({ ...one, key: one.key as string }));
}

/** Null: the fact has no value; undefined: it can't have one, so each of the person's rows is meant. */
function askedKey(batch: Batch, per: Per, { key, entry, opens }: Applicant): string | null | undefined {
  if (key !== undefined) return key;
  const property = per.kind === 'property' ? per.property : batch.program.entities.get(per.entity)?.key;
  const type = opens === undefined ? undefined : batch.program.events.get(opens);
  const isDeclared = property !== undefined && Object.hasOwn(type?.properties ?? {}, property);
  if (per.kind === 'entity' && !isDeclared) return undefined;
  return keyOf(property === undefined ? undefined : (entry[property] as Value | null | undefined));
}

/** A value as a key: equal values have equal texts. */
export function keyOf(value: Value | null | undefined): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  return 'amount' in value ? `${value.amount} ${value.currency}` : JSON.stringify(value);
}

/** For each row that he has in the role, among those that are asked for; its key is read as `entry.KEY`, which `match` compares with. */
async function boundToRows(
  batch: Batch,
  { entity, role }: PerEntity,
  asked: readonly (Applicant & { readonly key: string | undefined })[],
): Promise<readonly Placed[]> {
  if (asked.length === 0) return [];
  const rows = await rowsInRole(batch.session, {
    lanes: asked.map((one) => one.lane),
    profiles: asked.map((one) => one.profileId),
    keys: asked.map((one) => one.key ?? null),
    entity,
    role,
  });
  const found = groupBy(rows, ({ i }) => String(i));
  const lost = asked.filter((one, i) => one.key !== undefined && !found.has(String(i + 1)));
  refuse(batch, lost, 'no-row');
  const property = batch.program.entities.get(entity)?.key ?? 'key';
  return asked.flatMap((one, i) =>
    (found.get(String(i + 1)) ?? []).map(({ key }) => ({ ...one, key, entry: { ...one.entry, [property]: key } })),
  );
}

/** Ends, as `left-entity`, the open enrollments whose row is gone or in which the person has no longer the role. Goals come first. */
export async function leaveLostRows(batch: Batch, open: Iterable<Enrollment>): Promise<void> {
  const bound = [...open].filter((one) => one.state === 'active' && isRowTouched(batch, one));
  const groups = groupBy(bound, ({ journey }) => JSON.stringify(journey.body.per));
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const { entity, role } = (group[0] as Enrollment).journey.body.per as PerEntity;
      const rows = await rowsInRole(batch.session, {
        lanes: group.map((one) => one.lane),
        profiles: group.map((one) => one.profileId),
        keys: group.map((one) => one.key),
        entity,
        role,
      });
      const kept = new Set(rows.map(({ i }) => i - 1));
      for (const [i, one] of group.entries()) if (!kept.has(i)) leave(one, 'left-entity', batch.t);
    }),
  );
}

function isRowTouched(batch: Batch, { journey, profileId }: Enrollment): boolean {
  const { per } = journey.body;
  return per?.kind === 'entity' && batch.people.all.get(profileId)?.entities.has(per.entity) === true;
}
