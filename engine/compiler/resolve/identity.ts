/** Identity: which identifiers merge profiles, within which limits, and which values survive. Merging is the business of `profiles`. */
import { asSet, compareText } from '../canonical.ts';
import type { CleanRule, Duration, IdentityBody, MatchKey, Survivorship } from '../ir.ts';
import { useTrait } from '../references.ts';
import {
  child,
  demand,
  entries,
  fault,
  faultUnknown,
  items,
  type Place,
  type Resolving,
  root,
  textAt,
  textOf,
} from './place.ts';
import { durationAt } from './values.ts';

const maxProfilesUsual = 50;

export function resolveIdentity(at: Resolving): IdentityBody {
  const place = root(at);
  checkOnly(place);
  const max = child(place, 'max_profiles');
  const match = items(child(place, 'match')).map(readKey);
  return {
    mergeBy: readRules(place),
    maxProfiles: max === undefined ? maxProfilesUsual : Number(max.value),
    ...(match.length > 0 && { match }),
    ...readClean(place),
    survivorship: readSurvivorship(place),
  };
}

/** Two of them could say two things about one pair of people. */
function checkOnly(place: Place): void {
  const { names, resource } = place.at;
  if (names.identity === null || names.identity === resource.id) return;
  const detail = `\`identity/${names.identity}\` says already who is one person, and two documents could disagree. Write both into one.`;
  fault(demand(place, 'kind'), 'CMP295', detail);
}

function readRules(place: Place): IdentityBody['mergeBy'] {
  const seen = new Set<string>();
  return items(demand(place, 'merge_by')).flatMap((one) => {
    const named = demand(one, 'identifier');
    const identifier = textOf(named);
    if (seen.has(identifier)) {
      fault(named, 'CMP295', `\`${identifier}\` has a rule already. Write one rule for it.`);
      return [];
    }
    seen.add(identifier);
    const atMost = child(one, 'at_most');
    const never = asSet(items(child(one, 'never')).map((value) => textOf(value).trim().toLowerCase()));
    return [{ identifier, atMost: atMost === undefined ? null : Number(atMost.value), never }];
  });
}

function readClean(place: Place): Pick<IdentityBody, 'clean'> {
  const rules = entries(child(place, 'clean')).map(([type, rule]) => {
    const name = textOf(rule) as CleanRule;
    if (name === 'date') {
      fault(
        rule,
        'CMP298',
        'No identifier is a day: many people have the same. Remove the rule, or name what the values are.',
      );
    }
    return [type, name] as const;
  });
  return rules.length === 0 ? {} : { clean: Object.fromEntries(rules.sort(([a], [b]) => compareText(a, b))) };
}

const similarUsual = 0.6;

function readKey(place: Place): MatchKey {
  const parts = items(demand(place, 'alike'));
  const on = parts.map((part) => {
    const named = demand(part, 'trait');
    useTrait(named, textOf(named));
    const by = (textAt(part, 'by') ?? 'equal') as MatchKey['on'][number]['by'];
    const atLeast = child(part, 'at_least');
    if (atLeast !== undefined && by !== 'similar') {
      const detail =
        'Only texts that are compared by `similar` are more or less alike. Remove `at_least`, or write `by: similar`.';
      fault(atLeast, 'CMP085', detail, { on: 'key' });
    }
    return { trait: textOf(named), by, atLeast: by === 'similar' ? Number(atLeast?.value ?? similarUsual) : null };
  });
  if (on.every(({ by }) => by === 'similar')) {
    const detail =
      'All parts are compared by `similar`, so everybody would be compared with everybody. Let one part be `equal` or by `sound`: a postal code, a last name.';
    fault(demand(place, 'alike'), 'CMP297', detail, { on: 'key' });
  }
  const outcome = textOf(demand(place, 'then')) as MatchKey['outcome'];
  const every = readEvery(place);
  const body = { id: textOf(demand(place, 'id')), on: on.sort((a, b) => compareText(a.trait, b.trait)), outcome };
  return every === null ? body : { ...body, every };
}

const shortestMs = 3_600_000;

/** Each time reads everybody twice. */
function readEvery(place: Place): Duration | null {
  const every = durationAt(place, 'every');
  if (every === null || every.months > 0 || every.days > 0 || every.ms >= shortestMs) return every;
  const detail =
    'Looking through everybody more often than once an hour would do little else. Write `1h` or more, such as `1d`.';
  fault(demand(place, 'every'), 'CMP297', detail);
  return every;
}

function readSurvivorship(place: Place): IdentityBody['survivorship'] {
  const found = entries(child(place, 'survivorship')).flatMap(([name, rule]): [string, Survivorship][] => {
    const trait = useTrait(rule, name);
    if (trait?.origin === 'computed') {
      const detail = `Trait \`${name}\` is computed, so a person has one value of it and nothing survives. Remove it.`;
      fault(rule, 'CMP296', detail, { on: 'key' });
      return [];
    }
    const read = readRule(rule);
    return read === null ? [] : [[name, read]];
  });
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Null: the newest, as without a rule. */
function readRule(rule: Place): Survivorship | null {
  const sources = child(rule, 'sources');
  if (sources === undefined) {
    const kind = textOf(rule);
    return kind === 'most_complete' || kind === 'most_frequent' ? { kind } : null;
  }
  const known = rule.at.names.sources;
  return { kind: 'sources', sources: items(sources).map((one) => useSource(one, known)) };
}

function useSource(place: Place, known: ReadonlySet<string>): string {
  const name = textOf(place);
  if (known.has(name)) place.at.needs.add(`source/${name}`);
  else {
    const remedy = 'Write a document of `kind: source`, or correct the name.';
    faultUnknown(place, 'CMP105', { what: 'source', name, known, remedy });
  }
  return name;
}
