/**
 * The guardrails of the workspace document: what they ask, of whom, and the exceptions. Whether resources keep them is found by
 * `guardrails/check.ts`, when all are compiled.
 */
import { asSet, compareText } from '../canonical.ts';
import { parseDay } from '../instants.ts';
import type { Guardrail, GuardrailRule, Objective, Requirement, Weekday } from '../ir.ts';
import { useJourney } from '../references.ts';
import { readCoverage } from './coverage.ts';
import {
  child,
  demand,
  entries,
  fault,
  items,
  type Place,
  type Resolving,
  rangeOf,
  root,
  textAt,
  textOf,
  textsAt,
} from './place.ts';
import { readShare } from './shares.ts';

/** Empty where the workspace has none, so that its digest stays as it was. */
export function resolveGuardrails(at: Resolving): { readonly guardrails?: readonly Guardrail[] } {
  // A guardrail watches what it names; the workspace doesn't stand on it.
  const place = child(root({ ...at, needs: new Set() }), 'guardrails');
  if (place === undefined) return {};
  const rules = items(place);
  checkIds(rules);
  const guardrails = rules.map(readGuardrail).sort((a, b) => compareText(a.id, b.id));
  return { guardrails };
}

function checkIds(rules: readonly Place[]): void {
  const seen = new Map<string, Place>();
  for (const rule of rules) {
    const id = demand(rule, 'id');
    const first = seen.get(textOf(id));
    if (first === undefined) {
      seen.set(textOf(id), id);
      continue;
    }
    const related = [{ message: 'first used here', range: rangeOf(first) }];
    const detail = `\`${textOf(id)}\` names two guardrails, and violations are told by that name. Give each its own.`;
    fault(id, 'CMP244', detail, { related });
  }
}

function readGuardrail(place: Place): Guardrail {
  const rule = readRule(place);
  for (const item of items(child(place, 'journeys'))) useJourney(item, textOf(item));
  checkApplies(place, rule);
  const setAt = (key: string): readonly string[] | null =>
    child(place, key) === undefined ? null : asSet(textsAt(place, key));
  return {
    id: textOf(demand(place, 'id')),
    severity: textAt(place, 'severity') === 'warning' ? 'warning' : 'error',
    rule,
    applies: {
      kinds: setAt('kinds') ?? [usualKind(rule)],
      journeys: setAt('journeys'),
      objectives: setAt('objectives') as readonly Objective[] | null,
      tags: setAt('tags'),
    },
    exceptions: items(child(place, 'exceptions')).map(readException),
  };
}

function readRule(place: Place): GuardrailRule {
  const required = child(place, 'require');
  if (required !== undefined) return { kind: 'require', what: asSet(items(required).map(textOf)) as Requirement[] };
  const forbidden = child(place, 'forbid');
  if (forbidden !== undefined) return readForbidden(forbidden);
  const impact = child(place, 'impact');
  if (impact !== undefined) return readImpact(impact);
  const plan = child(place, 'plan');
  if (plan !== undefined) return readPlanRule(plan);
  const of = textOf(demand(place, 'bound')) as Extract<GuardrailRule, { kind: 'bound' }>['of'];
  return { kind: 'bound', of, max: Number(textOf(demand(place, 'max'))) };
}

function readImpact(place: Place): GuardrailRule {
  const count = (key: string) => {
    const text = textAt(place, key);
    return text === undefined ? undefined : Number(text);
  };
  const [maxEnter, maxMessagesHour] = [count('max_enter'), count('max_messages_hour')];
  const shrink = child(place, 'max_shrink');
  const why = 'a segment can lose all of its members at most.';
  return {
    kind: 'impact',
    ...(maxEnter !== undefined && { maxEnter }),
    ...(shrink !== undefined && { maxShrink: readShare(shrink, 100, why) / 100 }),
    ...(maxMessagesHour !== undefined && { maxMessagesHour }),
  };
}

/** The field of a list is named behind the list, as what each of its entries has. */
const each = '.each.';

function readPlanRule(place: Place): GuardrailRule {
  const sum = child(place, 'sum');
  const max = Number(textOf(demand(place, 'max')));
  const where = Object.fromEntries(
    entries(child(place, 'where')).map(([field, values]) => {
      const { value } = values;
      return [field, (Array.isArray(value) ? asSet(value) : [value]) as (string | number | boolean)[]];
    }),
  );
  if (sum === undefined) return { kind: 'plan', of: textOf(demand(place, 'count')), where, sum: null, max };
  const [of = '', field] = textOf(sum).split(each);
  if (field === undefined) {
    const detail = `\`${textOf(sum)}\` doesn't say which list and which of its fields. Write the list, \`each\`, and the field: \`impact.journeys.each.entering\`.`;
    fault(sum, 'CMP311', detail);
  }
  return { kind: 'plan', of, where, sum: field ?? '', max };
}

function readForbidden(place: Place): GuardrailRule {
  const between = child(place, 'between');
  const days = child(place, 'days');
  const [from, to] = items(between).map(textOf);
  if (between !== undefined && from === to) {
    const detail =
      'A window from a time to the same time is either nothing or the whole day. Write different times; for whole days name the `days` alone.';
    fault(between, 'CMP249', detail);
  }
  return {
    kind: 'forbid',
    channels: readCoverage(place).channels ?? [],
    between: from === undefined || to === undefined ? null : [from, to],
    days: days === undefined ? null : (asSet(items(days).map(textOf)) as Weekday[]),
  };
}

/** The kind that a guardrail is about when it doesn't say. `plan` is about the plan as a whole. */
function usualKind(rule: GuardrailRule): string {
  return rule.kind === 'bound' && rule.of === 'points_per_month' ? 'loyalty' : 'journey';
}

const ofJourneys: readonly Requirement[] = ['goal', 'exit', 'holdout'];

/** A guardrail that can't apply would watch over nothing, and nobody would see it. */
function checkApplies(place: Place, rule: GuardrailRule): void {
  const usual = usualKind(rule);
  const isAboutAny = rule.kind === 'require' && !rule.what.some((what) => ofJourneys.includes(what));
  for (const kind of items(child(place, 'kinds'))) {
    if (isAboutAny || textOf(kind) === usual) continue;
    const asked =
      rule.kind === 'require' ? rule.what.filter((what) => ofJourneys.includes(what)).join(' and ') : rule.kind;
    const what = rule.kind === 'bound' ? rule.of : asked;
    const detail = `\`${what}\` is asked of kind \`${usual}\` only; a ${textOf(kind)} has no such thing, so nothing would be watched. Remove the kind, or write a guardrail of its own for it.`;
    fault(kind, 'CMP245', detail);
  }
  const kinds = textsAt(place, 'kinds');
  for (const key of ['journeys', 'objectives'] as const) {
    const filter = child(place, key);
    if (filter === undefined || (usual === 'journey' && (kinds.length === 0 || kinds.includes('journey')))) continue;
    const detail = `\`${key}\` picks journeys, and this guardrail is about other kinds. Remove it, or pick by \`tags\`.`;
    fault(filter, 'CMP245', detail, { on: 'key' });
  }
  const max = child(place, 'max');
  if (max !== undefined && rule.kind !== 'bound') {
    fault(max, 'CMP245', '`max` is the number of a `bound`, and this guardrail has none. Remove it.', { on: 'key' });
  }
}

function readException(place: Place): Guardrail['exceptions'][number] {
  const until = demand(place, 'until');
  const day = parseDay(textOf(until));
  if (day === null) {
    const detail = `\`${textOf(until)}\` is no day of the calendar, so it isn't known when the exception ends. Write a day such as 2026-12-31.`;
    fault(until, 'CMP247', detail);
  }
  return { resource: textOf(demand(place, 'resource')), reason: textOf(demand(place, 'reason')), until: day ?? 0 };
}
