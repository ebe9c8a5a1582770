/**
 * The joins of a statement over whole lanes, where reading the events of a type once and grouping them by person beats a look-up
 * for each: 10 times for everybody. What needs more of the person than his key is still looked up for each.
 */
import { eventsIn, infinity, type Joins, type Lanes, lateralJoins, type Pair } from './pair.ts';
import { join, raw, type Sql, sql } from './sql.ts';
import { type Total, totalSql } from './totals.ts';

/** Joins that also know the expressions they have named: the columns of a fenced query that is called `v`. */
export interface LaneJoins extends Joins {
  /** Expressions as columns, each led by a comma; empty when nothing was named. */
  columns(): Sql;
  /** The joins without the first of the groups, and that as the rows `p` of all who have such events; null: there are no groups. */
  fromFirst(): { readonly from: Sql; readonly rest: Sql } | null;
}

/** Rows of the person, of an enrollment, or of another join: not to be had in a query of its own. */
const outerRow = /\b(?:[puv]|j\d+)\./;

interface Group {
  readonly where: Sql;
  readonly only: Sql | null;
  readonly alias: string;
  readonly columns: Map<string, Total>;
}

/** Joins for people of the lanes. What is named must be read outside of the query that they stand in, from its rows `v`. */
export function laneJoins(lanes: Lanes): LaneJoins {
  const laterals = lateralJoins();
  const groups = new Map<string, Group>();
  const names = new Map<string, { readonly name: string; readonly expression: Sql }>();
  const nameOf = (expression: Sql): Sql => {
    const key = JSON.stringify(expression);
    const known = names.get(key) ?? { name: `c${names.size}`, expression };
    names.set(key, known);
    return raw(`v.${known.name}`);
  };
  return {
    add: (select) => laterals.add(select),
    lanes,
    isTruthOnly: false,
    totals(asked) {
      const { where, only } = asked;
      if (isOuter(where) || (only !== null && isOuter(only)) || asked.columns.some(isOuterTotal)) return null;
      const key = JSON.stringify([where, only]);
      const group: Group = groups.get(key) ?? { where, only, alias: `g${groups.size}`, columns: new Map() };
      groups.set(key, group);
      return asked.columns.map((column) => raw(`${group.alias}.${columnOf(group, column)}`));
    },
    name(pair): Pair {
      if (pair.isNamed === true) return pair;
      const nextChange = pair.nextChange === null ? null : nameOf(pair.nextChange);
      return { holds: nameOf(pair.holds), nextChange, isNamed: true };
    },
    all: () => join([...readOnce([...groups.values()]).map((one) => joined(one, lanes)), laterals.all()], '\n'),
    fromFirst() {
      const [first, ...others] = groups.values();
      if (first === undefined) return null;
      const a = raw(first.alias);
      return {
        from: sql`from ${grouped({ group: first, within: [] }, lanes)} cross join lateral (select ${a}.lane, ${a}.profile_id) p`,
        rest: join([...readOnce(others).map((one) => joined(one, lanes)), laterals.all()], '\n'),
      };
    },
    columns: () =>
      join(
        [...names.values()].map(({ name, expression }) => sql`, ${expression} as ${raw(name)}`),
        '',
      ),
  };
}

/** Joins for people of the lanes whose names are read in the query itself: groups, then look-ups, then what was named behind a fence. */
export function fencedLaneJoins(lanes: Lanes): Joins {
  const groups = laneJoins(lanes);
  const laterals = lateralJoins();
  return { ...laterals, lanes, totals: groups.totals, all: () => join([groups.all(), laterals.all()], '\n') };
}

/** The same joins for conditions that are read inside of the query, and only for their truth. */
export function withoutNames(joins: Joins): Joins {
  return {
    ...joins,
    isTruthOnly: true,
    // Written out, times would grow with the depth of a condition; nobody reads them.
    name: ({ holds, nextChange }) => ({ holds, nextChange: nextChange === null ? null : infinity, isNamed: true }),
  };
}

function isOuter({ parts }: Sql): boolean {
  return parts.some((part) => outerRow.test(part));
}

function isOuterTotal({ call, only }: Total): boolean {
  return isOuter(call) || (only !== null && isOuter(only));
}

function columnOf({ columns }: Group, column: Total): string {
  const key = JSON.stringify(column);
  if (!columns.has(key)) columns.set(key, column);
  return `t${[...columns.keys()].indexOf(key)}`;
}

/** A group, and those that ask for a part of its events: read with them. */
interface Shared {
  readonly group: Group;
  readonly within: readonly Group[];
}

/** Where all events of a type are read anyway, what is asked of some of them is found in the same pass. */
function readOnce(groups: readonly Group[]): readonly Shared[] {
  const wholes = new Map(groups.flatMap((one) => (one.only === null ? [[JSON.stringify(one.where), one]] : [])));
  const wholeOf = ({ where, only }: Group) => (only === null ? undefined : wholes.get(JSON.stringify(where)));
  return groups
    .filter((group) => wholeOf(group) === undefined)
    .map((group) => ({ group, within: groups.filter((one) => wholeOf(one) === group) }));
}

/** The rows `lane, profile_id, t0, …`; the columns of a part are `t0_g3, …`. */
function grouped({ group, within }: Shared, lanes: Lanes): Sql {
  const own = totals(group, null, '');
  const others = within.flatMap((one) => totals(one, one.only, `_${one.alias}`));
  const where = group.only === null ? group.where : sql`${group.where} and ${group.only}`;
  return sql`(select e.lane, e.profile_id${join([...own, ...others], '')} from parcours.event e where ${eventsIn('e', lanes)} and ${where} group by e.lane, e.profile_id) ${raw(group.alias)}`;
}

function totals({ columns }: Group, narrower: Sql | null, suffix: string): readonly Sql[] {
  return [...columns.values()].map((total, i) => sql`, ${totalSql(total, narrower)} as ${raw(`t${i}${suffix}`)}`);
}

function joined(shared: Shared, lanes: Lanes): Sql {
  const a = raw(shared.group.alias);
  const own = sql`left join ${grouped(shared, lanes)} on ${a}.lane = p.lane and ${a}.profile_id = p.profile_id`;
  return join([own, ...shared.within.map((one) => renamed(one, shared.group))], '\n');
}

/** A part's columns under the names by which they were handed out. */
function renamed({ alias, columns }: Group, { alias: whole }: Group): Sql {
  const names = [...columns.keys()].map((_, i) => `${whole}.t${i}_${alias} as t${i}`);
  return sql`cross join lateral (select ${raw(names.join(', '))}) ${raw(alias)}`;
}
