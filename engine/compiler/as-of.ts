/**
 * Who satisfies a condition at a time, from facts alone: for `members --at`, for the impact in plans, for tests that check the
 * incremental result. Nothing that the engine stored about segments is read.
 */
import { builtInTraits } from './built-ins.ts';
import { conditionPair } from './condition-sql.ts';
import type { Definitions } from './definitions.ts';
import { digestOf } from './digest.ts';
import type { BundleResource, Condition } from './ir.ts';
import { keptTrait } from './kept-traits.ts';
import { lateralJoins } from './pair.ts';
import { asOfScope } from './scopes.ts';
import { param, render, type Statement, sql } from './sql.ts';

/** Looks up what conditions refer to among the resources of a bundle. */
export function definitionsOf(resources: readonly BundleResource[]): Definitions {
  const byName = new Map(resources.map((resource) => [`${resource.kind}/${resource.id}`, resource]));
  const find = <K extends BundleResource['kind']>(kind: K, id: string) => {
    const found = byName.get(`${kind}/${id}`);
    if (found === undefined) throw new Error(`assertion failed: the bundle has no ${kind}/${id}`);
    return found as Extract<BundleResource, { readonly kind: K }>;
  };
  const workspace = resources.find((resource) => resource.kind === 'workspace');
  const house = workspace?.kind === 'workspace' ? workspace.body : null;
  return {
    zone: house?.zone ?? 'UTC',
    weekStarts: house?.weekStarts ?? 'mon',
    currency: house?.currency ?? 'EUR',
    signature: signatures(byName),
    segment: (id) => find('segment', id).body.where,
    ranks: (program) => {
      const { tiers, members } = find('loyalty', program).body;
      return { tiers: tiers.map(({ id }) => id), isForAll: members === null };
    },
    trait: (name) => {
      const builtIn = byName.has(`trait/${name}`) ? undefined : builtInTraits.get(name);
      if (builtIn === undefined) return find('trait', name).body;
      return keptTrait(resources, name) ?? { origin: 'sourced', type: builtIn, values: null, ignore: [] };
    },
  };
}

/** Digests of traits with all that they read. Circles run through journeys only, which are no definition of anybody's values. */
function signatures(byName: ReadonlyMap<string, BundleResource>): Definitions['signature'] {
  const known = new Map<string, string>();
  const signature = (name: string): string => {
    const made = known.get(name);
    if (made !== undefined) return made;
    const resource = byName.get(name);
    const needs = resource?.kind === 'journey' ? [] : (resource?.needs ?? []);
    const digest = digestOf([resource?.digest ?? name, ...needs.map(signature)]);
    known.set(name, digest);
    return digest;
  };
  return (trait) => signature(`trait/${trait}`);
}

/** A query of rows `{ lane, profile_id }`, in that order: everybody for whom the condition holds at `at`. */
export function asOfMembers(resources: readonly BundleResource[], where: Condition, at: Date): Statement {
  const joins = lateralJoins();
  const scope = asOfScope(sql`${param(at)}::timestamptz`, definitionsOf(resources), joins);
  const { holds } = conditionPair(where, scope, joins);
  return render(
    sql`select p.lane, p.profile_id from parcours.profile p ${joins.all()} where p.merged_into is null and ${holds} order by p.lane, p.profile_id`,
  );
}
