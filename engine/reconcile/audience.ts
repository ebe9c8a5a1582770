/**
 * Guardrails on how many people could enter a journey: the one kind that needs the store, so it is held against the impact of a
 * plan. All the others are found in the files by the compiler.
 */
import { isCovered } from '../compiler/guardrails/check.ts';
import { dayOfInstant } from '../compiler/instants.ts';
import type { Bundle, Guardrail } from '../compiler/ir.ts';
import type { Impact, JourneyImpact } from './impact-form.ts';
import type { Breach } from './plan.ts';

type AudienceRule = Guardrail & { readonly rule: { readonly kind: 'bound'; readonly of: 'audience' } };

/** The bundle's guardrails on audiences. */
export function audienceRules(bundle: Bundle): readonly AudienceRule[] {
  const workspace = bundle.resources.find((one) => one.kind === 'workspace');
  const all = workspace?.kind === 'workspace' ? (workspace.body.guardrails ?? []) : [];
  return all.filter((one): one is AudienceRule => one.rule.kind === 'bound' && one.rule.of === 'audience');
}

/**
 * Journeys of the plan that more people could enter, now or at the next fire, than a guardrail allows. What couldn't be counted in
 * time counts as too many: nobody knows better. An exception counts until the end of its last day in the workspace's zone.
 */
export function audienceBreaches(bundle: Bundle, impact: Impact): readonly Breach[] {
  const workspace = bundle.resources.find((one) => one.kind === 'workspace');
  const zone = workspace?.kind === 'workspace' ? workspace.body.zone : 'UTC';
  const today = dayOfInstant(Date.parse(impact.at), zone);
  return audienceRules(bundle).flatMap((guardrail) =>
    impact.journeys.flatMap((journey): Breach[] => {
      const resource = bundle.resources.find((one) => one.kind === 'journey' && one.id === journey.id);
      if (resource === undefined || !isCovered(resource, guardrail)) return [];
      const name = `journey/${journey.id}`;
      if (guardrail.exceptions.some((one) => one.resource === name && today <= one.until)) return [];
      const people = mostPeople(journey);
      const { max } = guardrail.rule;
      if (people !== null && people <= max) return [];
      const whom = people === null ? 'nobody could count in time how many people' : `${people} people`;
      const words = `${whom} could enter ${name}, and ${guardrail.id} allows ${max}`;
      const { id, severity } = guardrail;
      return [{ guardrail: id, severity, resource: name, of: 'audience', found: people, max, words }];
    }),
  );
}

/** By the widest of its entries; null when one of them wasn't counted in time. */
function mostPeople({ entries }: JourneyImpact): number | null {
  const counts = entries.map((entry) => entry.people);
  return counts.includes(null) ? null : Math.max(0, ...counts.map(Number));
}
