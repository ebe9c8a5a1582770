/**
 * What a batch says of rows of entities: the rows are locked and read at once, told one statement after the other, and written.
 * What comes of it for each person tied to a row is returned as facts for his lane. Whose identifiers they were is done before.
 */
import { strict as assert } from 'node:assert';
import { compareText } from '../../compiler/canonical.ts';
import type { Session } from '../../store/session.ts';
import type { EntityFact } from '../fact.ts';
import type { Place } from '../queries.ts';
import {
  deleteTies,
  type EntityKeys,
  insertRows,
  lockRows,
  type StoredRow,
  selectTies,
  type TieRow,
  updateRows,
  upsertTies,
} from './queries.ts';
import { type RowState, type Statement, tell } from './row-state.ts';

export interface RowTold extends Statement {
  readonly entity: string;
  readonly key: string;
}

/** What one statement is for the people of the row. */
export interface RowNews {
  readonly facts: readonly { readonly place: Place; readonly entity: EntityFact }[];
  /** Whether the row, or who is tied to it, is another now. */
  readonly isChange: boolean;
  /** By role, how many people found no room. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Tells rows of what is said, in the order given; one result a statement. Inside the transaction of an ingestion. */
export async function tellRows(session: Session, told: readonly RowTold[]): Promise<readonly RowNews[]> {
  if (told.length === 0) return [];
  const keys = keysOf(told);
  await insertRows(session, keys);
  const rows = await lockRows(session, keys);
  const ties = await selectTies(session, keys);
  const states = statesOf(rows, ties);
  const news = told.map((statement) => tellOne(states, statement));
  await save(session, states, ties);
  return news;
}

/** Each row once, in the one order in which rows are locked. */
function keysOf(told: readonly RowTold[]): EntityKeys {
  const rows = [...new Map(told.map((one) => [nameOf(one), one])).values()];
  rows.sort((a, b) => compareText(a.entity, b.entity) || compareText(a.key, b.key));
  return { entities: rows.map((row) => row.entity), keys: rows.map((row) => row.key) };
}

/** The null character is in no stored text. */
function nameOf({ entity, key }: { readonly entity: string; readonly key: string }): string {
  return `${entity}\0${key}`;
}

type States = ReadonlyMap<string, RowState & { readonly entity: string; readonly key: string }>;

function statesOf(rows: readonly StoredRow[], ties: readonly TieRow[]): States {
  const states = new Map(
    rows.map((row) => {
      const { entity, key, fields, version } = row;
      const times = { fieldTimes: { ...row.field_times }, roleTimes: { ...row.role_times } };
      return [nameOf(row), { entity, key, fields, version, ...times, ties: new Map() as RowState['ties'] }];
    }),
  );
  for (const tie of ties) {
    const { ties: byRole } = stateOf(states, tie);
    const people = byRole.get(tie.role) ?? new Map();
    people.set(tie.profile_id, { lane: tie.lane, profileId: tie.profile_id, since: tie.since.getTime() });
    byRole.set(tie.role, people);
  }
  return states;
}

function stateOf(states: States, row: { readonly entity: string; readonly key: string }): RowState {
  const state = states.get(nameOf(row));
  assert(state !== undefined, 'rows are made before they are locked');
  return state;
}

function tellOne(states: States, statement: RowTold): RowNews {
  const state = stateOf(states, statement);
  const { people, before, refused } = tell(state, statement);
  const { entity, key } = statement;
  const { fields, version } = state;
  return {
    facts: people.map(({ place, roles }) => ({
      place: { lane: place.lane, profileId: place.profileId },
      entity: { entity, key, roles, fields, before, version },
    })),
    isChange: people.length > 0 || Object.keys(before).length > 0,
    refused,
  };
}

async function save(session: Session, states: States, ties: readonly TieRow[]): Promise<void> {
  const now = [...states.values()].flatMap((state) => tiesOf(state));
  const before = new Map(ties.map((tie) => [tieName(tie), tie.since.getTime()]));
  const after = new Set(now.map(tieName));
  await updateRows(
    session,
    [...states.values()].map(({ entity, key, fields, fieldTimes, roleTimes, version }) => ({
      ...{ entity, key, fields, version },
      field_times: fieldTimes,
      role_times: roleTimes,
    })),
  );
  await deleteTies(
    session,
    ties.filter((tie) => !after.has(tieName(tie))),
  );
  await upsertTies(
    session,
    now.filter((tie) => before.get(tieName(tie)) !== tie.since.getTime()),
  );
}

function tiesOf({ entity, key, ties }: RowState & { readonly entity: string; readonly key: string }): TieRow[] {
  return [...ties].flatMap(([role, people]) =>
    [...people.values()].map(({ lane, profileId, since }) => ({
      ...{ entity, key, role, lane },
      profile_id: profileId,
      since: new Date(since),
    })),
  );
}

function tieName(tie: TieRow): string {
  return `${nameOf(tie)}\0${tie.role}\0${tie.profile_id}`;
}
