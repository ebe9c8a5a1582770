/**
 * The guardrails that are held against a plan: how many people could enter, how much a segment may shrink, how many messages an hour may
 * bring, and conditions on the plan itself. All others are found in the files by the compiler. Pure.
 */
import { isCovered } from '../compiler/guardrails/check.ts';
import { dayOfInstant } from '../compiler/instants.ts';
import type { Bundle, BundleResource, Guardrail, GuardrailRule } from '../compiler/ir.ts';
import type { Impact, JourneyImpact } from './impact-form.ts';
import type { Breach, Plan } from './plan.ts';
import { type PlanRule, planEntries, planSum } from './plan-conditions.ts';

type Rule<K extends GuardrailRule['kind']> = Guardrail & {
  readonly rule: Extract<GuardrailRule, { readonly kind: K }>;
};

function guardrailsOf(bundle: Bundle): readonly Guardrail[] {
  const workspace = bundle.resources.find((one) => one.kind === 'workspace');
  return workspace?.kind === 'workspace' ? (workspace.body.guardrails ?? []) : [];
}

function isAudience({ rule }: Guardrail): boolean {
  return rule.kind === 'bound' && rule.of === 'audience';
}

/** Whether a guardrail of the bundle asks for people: then they are counted, whatever was asked for. */
export function needsImpact(bundle: Bundle): boolean {
  return guardrailsOf(bundle).some(
    (one) =>
      isAudience(one) || one.rule.kind === 'impact' || (one.rule.kind === 'plan' && one.rule.of.startsWith('impact')),
  );
}

/**
 * What the plan breaks. What couldn't be measured in time counts as too many: nobody knows better. An exception counts until the end of
 * its last day in the workspace's zone.
 */
export function breachesOf(bundle: Bundle, plan: Plan): readonly Breach[] {
  if (plan.changes.length === 0) return [];
  const workspace = bundle.resources.find((one) => one.kind === 'workspace');
  const zone = workspace?.kind === 'workspace' ? workspace.body.zone : 'UTC';
  const at = plan.madeAt ?? plan.impact?.at;
  const today = at === undefined ? Number.NEGATIVE_INFINITY : dayOfInstant(Date.parse(at), zone);
  return guardrailsOf(bundle)
    .flatMap((guardrail): readonly Breach[] => {
      const { rule } = guardrail;
      if (rule.kind === 'plan') return planBreaches({ ...guardrail, rule }, plan);
      if (plan.impact === null) return [];
      if (rule.kind === 'impact') return impactBreaches({ ...guardrail, rule }, bundle, plan.impact);
      return isAudience(guardrail) ? audienceBreaches(guardrail, bundle, plan.impact) : [];
    })
    .filter(({ guardrail: id, resource }) => {
      const exceptions = guardrailsOf(bundle).find((one) => one.id === id)?.exceptions ?? [];
      return !exceptions.some((one) => one.resource === resource && today <= one.until);
    });
}

function covered(bundle: Bundle, guardrail: Guardrail, kind: string, id: string): BundleResource | undefined {
  const resource = bundle.resources.find((one) => one.kind === kind && one.id === id);
  return resource !== undefined && isCovered(resource, guardrail) ? resource : undefined;
}

function audienceBreaches(guardrail: Guardrail, bundle: Bundle, impact: Impact): readonly Breach[] {
  const { id, severity, rule } = guardrail;
  if (rule.kind !== 'bound') return [];
  const { max } = rule;
  return impact.journeys.flatMap((journey): Breach[] => {
    if (covered(bundle, guardrail, 'journey', journey.id) === undefined) return [];
    const resource = `journey/${journey.id}`;
    const found = mostPeople(journey);
    if (found !== null && found <= max) return [];
    const whom = found === null ? 'nobody could count in time how many people' : `${found} people`;
    const words = `${whom} could enter ${resource}, and ${id} allows ${max}`;
    return [{ guardrail: id, severity, resource, of: 'audience', found, max, words }];
  });
}

/** By the widest of its entries; null when one of them wasn't counted in time. */
function mostPeople({ entries }: JourneyImpact): number | null {
  const counts = entries.map((entry) => entry.people);
  return counts.includes(null) ? null : Math.max(0, ...counts.map(Number));
}

function impactBreaches(guardrail: Rule<'impact'>, bundle: Bundle, impact: Impact): readonly Breach[] {
  const { maxEnter, maxShrink, maxMessagesHour } = guardrail.rule;
  const { id, severity } = guardrail;
  const journeys = impact.journeys.filter((one) => covered(bundle, guardrail, 'journey', one.id) !== undefined);
  const over = (found: number | null, max: number | undefined): max is number =>
    max !== undefined && (found === null || found > max);
  const entering = journeys.flatMap(({ id: journey, entering: found }): Breach[] => {
    if (!over(found, maxEnter)) return [];
    const words = `${found ?? 'nobody knows how many'} people would enter journey/${journey} now, and ${id} allows ${maxEnter}`;
    return [{ guardrail: id, severity, resource: `journey/${journey}`, of: 'max_enter', found, max: maxEnter, words }];
  });
  const shrinking = impact.segments.flatMap(({ id: segment, before, after }): Breach[] => {
    const found = before === null || after === null ? null : before === 0 ? 0 : shareLost(before, after);
    if (!over(found, maxShrink)) return [];
    const words = `segment/${segment} would lose ${found === null ? 'nobody knows how many' : `${found} %`} of its members, and ${id} allows ${maxShrink} %`;
    return [
      { guardrail: id, severity, resource: `segment/${segment}`, of: 'max_shrink', found, max: maxShrink, words },
    ];
  });
  const counts = journeys.map((one) => one.messages?.hour.after ?? null);
  const found = counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + Number(count), 0);
  if (!over(found, maxMessagesHour)) return [...entering, ...shrinking];
  const words = `${found === null ? 'nobody knows how many' : `up to ${found}`} messages would leave within an hour, and ${id} allows ${maxMessagesHour}`;
  const rush: Breach = {
    guardrail: id,
    severity,
    resource: null,
    of: 'max_messages_hour',
    found,
    max: maxMessagesHour,
    words,
  };
  return [...entering, ...shrinking, rush];
}

function shareLost(before: number, after: number): number {
  return Math.max(0, Math.round(((before - after) / before) * 10_000) / 100);
}

/** A condition on the JSON plan: how many of its entries are so, or what a field of theirs adds up to. */
function planBreaches({ id, severity, rule }: Rule<'plan'>, plan: Plan): readonly Breach[] {
  const asked: PlanRule = rule;
  const entries = planEntries(plan, asked);
  const found = asked.sum === null ? entries.length : planSum(entries, asked.sum);
  if (found !== null && found <= asked.max) return [];
  const what = asked.sum === null ? `${asked.of} of this kind` : `${asked.sum} over ${asked.of}`;
  const names = entries.flatMap((entry) => nameIn(entry) ?? []).slice(0, namesMax);
  const which = names.length === 0 ? '' : ` (${names.join(', ')})`;
  const words = `the plan has ${found ?? 'an unknown number'} ${what}${which}, and ${id} allows ${asked.max}`;
  return [{ guardrail: id, severity, resource: null, of: 'plan', found, max: asked.max, words }];
}

const namesMax = 5;

function nameIn(entry: Readonly<Record<string, unknown>>): string | null {
  const { kind, id, resource } = entry;
  if (typeof resource === 'string') return resource;
  if (typeof id !== 'string') return null;
  return typeof kind === 'string' ? `${kind}/${id}` : id;
}
