/** What arrives and what is known of people, as files say it: workspace, schema, traits, segments, sources, identity. */
import type {
  BodyByKind,
  BundleResource,
  ColumnReading,
  EventSelection,
  Formula,
  Guardrail,
  PreferencesBody,
  SourceBody,
  TraitDefinition,
  ValueType,
} from '../../compiler/ir.ts';
import {
  type Authored,
  type AuthoredMap,
  condition,
  day,
  lean,
  literal,
  literals,
  type Measures,
  names,
  share,
  span,
  tests,
} from './words.ts';

export function workspace(body: BodyByKind['workspace']): AuthoredMap {
  const { attribution } = body;
  return {
    ...{ zone: body.zone, currency: body.currency, locale: body.locale, locales: body.locales },
    week_starts: body.weekStarts,
    trigger_max_age: span(body.triggerMaxAge),
    attribution: attribution && { to: attribution.to, status: attribution.status, in_last: span(attribution.inLast) },
    allow: body.allow,
    guardrails: body.guardrails?.map(guardrail),
    links: body.links && {
      base_url: body.links.baseUrl,
      keys: body.links.keys,
      valid_for: span(body.links.validFor),
    },
    preferences: body.preferences && preferences(body.preferences),
  };
}

function preferences({ purposes, frequency, pause, name, color, logo, privacy }: PreferencesBody): AuthoredMap {
  return lean({ purposes, frequency, pause: pause && span(pause), name, color, logo, privacy });
}

function guardrail({ id, severity, rule, applies, exceptions }: Guardrail): AuthoredMap {
  const { kinds, journeys, objectives, tags } = applies;
  return lean({
    id,
    ...ruleOf(rule),
    ...{ kinds: rule.kind === 'require' ? kinds : undefined, journeys, objectives, tags, severity },
    exceptions: exceptions.map((one) => ({ ...one, until: day(one.until) })),
  });
}

function ruleOf(rule: Guardrail['rule']): AuthoredMap {
  switch (rule.kind) {
    case 'require':
      return { require: rule.what };
    case 'forbid':
      return { forbid: lean({ channels: rule.channels, between: rule.between, days: rule.days }) };
    case 'bound':
      return { bound: rule.of, max: rule.max };
    case 'impact': {
      const shrink = rule.maxShrink === undefined ? undefined : `${rule.maxShrink}%`;
      return {
        impact: lean({ max_enter: rule.maxEnter, max_shrink: shrink, max_messages_hour: rule.maxMessagesHour }),
      };
    }
    case 'plan': {
      const what = rule.sum === null ? { count: rule.of } : { sum: `${rule.of}.${rule.sum}` };
      return { plan: lean({ ...what, where: rule.where as AuthoredMap, max: rule.max }) };
    }
  }
}

/** Events, entities and sourced traits of one document. */
export function schema(resources: readonly BundleResource[]): AuthoredMap {
  const events: Record<string, Authored> = {};
  const measures: Record<string, Authored> = {};
  const keep: Record<string, Authored | undefined> = {};
  const traits: Record<string, Authored> = {};
  const entities: Record<string, Authored> = {};
  for (const { kind, id, body } of resources) {
    if (kind === 'event') {
      events[id] = body.properties;
      if (body.measure !== null) measures[id] = body.measure.property;
      if (body.keep !== undefined) keep[id] = span(body.keep);
    }
    if (kind === 'trait' && body.origin === 'sourced')
      traits[id] = {
        ...declaredValue(body),
        ...(body.from && { from: body.from }),
        ...(body.clean && { clean: body.clean }),
      };
    if (kind === 'entity') {
      const fields = Object.entries(body.fields).map(([name, field]) => [name, declaredValue(field)]);
      entities[id] = { key: body.key, fields: Object.fromEntries(fields), people: body.people };
    }
  }
  return lean({ events, measures, keep, traits, entities });
}

interface Declared {
  readonly type: ValueType;
  readonly values: readonly string[] | null;
  readonly ignore: Extract<BodyByKind['trait'], { readonly origin: 'sourced' }>['ignore'];
}

function declaredValue({ type, values, ignore }: Declared): AuthoredMap {
  return lean({ type, values, ignore: ignore.map((one) => literal(one, type)) });
}

/** Null: no file says it, the engine keeps it by itself. */
export function trait(body: BodyByKind['trait'], measures: Measures): AuthoredMap | null {
  return body.origin === 'sourced' || body.definition.kind === 'last_seen'
    ? null
    : definition(body.definition, measures);
}

function definition(one: TraitDefinition, measures: Measures): AuthoredMap {
  switch (one.kind) {
    case 'count':
      return { count: events(one.events) };
    case 'sum':
      return { sum: { ...events(one.events), of: measures.of.get(one.events.types[0] ?? '') } };
    case 'avg':
    case 'min':
    case 'max':
    case 'distinct':
      return { [one.kind]: { ...events(one.events), of: one.of } };
    case 'first':
    case 'last':
      return { [one.kind]: lean({ ...events(one.events), of: one.of }) };
    case 'top':
      return { top: { ...events(one.events), of: one.of, at_least: one.atLeast } };
    case 'days_since': {
      const { event, ...rest } = events(one.events);
      return { days_since: { [one.of]: event, ...rest } };
    }
    case 'score': {
      const clamp = one.clamp === null ? undefined : [one.clamp.low, one.clamp.high];
      return { score: one.of.map(({ add, if: when }) => ({ add, if: condition(when, measures) })), clamp };
    }
    case 'bands': {
      const from = Object.fromEntries(one.from.map(({ label, bound }) => [label, literal(bound)]));
      return { bands: { of: one.of, below: one.below, from } };
    }
    case 'cases': {
      const cases = one.cases.map(({ is, if: when }) => ({ is: literal(is), if: condition(when, measures) }));
      return { cases, otherwise: one.otherwise === null ? undefined : literal(one.otherwise) };
    }
    case 'coalesce':
      return { coalesce: one.traits };
    case 'formula':
      return { formula: formula(one.formula), missing: literals(one.missing) };
    case 'last_seen':
      return {};
    default:
      return byEverybody(one, measures);
  }
}

type ByEverybody = Extract<TraitDefinition, { readonly refresh: string }>;

function byEverybody(one: ByEverybody, measures: Measures): AuthoredMap {
  const refresh = refreshOf(one.refresh);
  switch (one.kind) {
    case 'quantile': {
      const among = one.among === null ? undefined : condition(one.among, measures);
      return { quantile: lean({ of: one.of, parts: one.parts, best: one.best, among, refresh }) };
    }
    case 'shares': {
      const among = one.among === null ? undefined : condition(one.among, measures);
      const classes = one.classes.map(({ is, share: millionths }) => ({ is, share: `${millionths / 10_000}%` }));
      return { shares: lean({ of: one.of, classes, among, refresh }) };
    }
    case 'affinity': {
      const to = one.to === null ? undefined : literal(one.to, one.type);
      const about = { of: one.of, to, at_least: one.atLeast, prior: one.prior, refresh };
      return { affinity: lean({ ...events(one.events), ...about }) };
    }
    case 'preferred_channel': {
      const about = { channels: one.channels, status: one.status, in_last: span(one.inLast), at_least: one.atLeast };
      return { preferred_channel: lean({ ...about, refresh }) };
    }
    case 'best_hour': {
      const about = { part: one.part, at_least: one.atLeast, prior: one.prior, fallback: one.fallback, refresh };
      return { best_hour: lean({ ...events(one.events), ...about }) };
    }
    case 'clv': {
      const of = one.predict === 'orders' ? undefined : measures.of.get(one.events.types[0] ?? '');
      const about = { of, over: horizon(one.over), discount: share(one.discount), predict: one.predict, refresh };
      return { clv: lean({ ...events(one.events), ...about }) };
    }
    case 'churn_risk':
      return { churn_risk: { ...events(one.events), refresh } };
  }
}

/** Years and months are read as so many days, fractions too. */
function horizon(days: number): string {
  if (days % daysOfYear === 0) return `${days / daysOfYear}y`;
  const months = (days * 12) / daysOfYear;
  return Number.isInteger(months) ? `${months}mo` : `${days}d`;
}

const daysOfYear = 365.25;

/** Of `minute hour * * *`: each day; with a weekday the workspace's week, with a first day the month. */
function refreshOf(cron: string): AuthoredMap {
  const [minute = '0', hour = '0', dayOfMonth = '*', , weekday = '*'] = cron.split(' ');
  const every = dayOfMonth !== '*' ? 'month' : weekday !== '*' ? 'week' : 'day';
  return { every, at: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}` };
}

/** Which events count: of traits, whose windows are `in_last` or `since`. */
function events({ types, where, window }: EventSelection): AuthoredMap {
  const windows = window.kind === 'in_last' ? { in_last: span(window.duration) } : {};
  return lean({ event: names(types), where: tests(where), ...windows });
}

function formula(one: Formula): string {
  switch (one.kind) {
    case 'number':
      return String(one.value);
    case 'trait':
      return one.trait;
    default:
      return `(${formula(one.left)} ${one.kind} ${formula(one.right)})`;
  }
}

export function segment({ where }: BodyByKind['segment'], measures: Measures): AuthoredMap {
  const said = condition(where, measures);
  return { where: Array.isArray(said) ? said : [said] };
}

export function identity(body: BodyByKind['identity']): AuthoredMap {
  const survivorship = Object.entries(body.survivorship).map(([name, one]) => [
    name,
    one.kind === 'sources' ? { sources: one.sources } : one.kind,
  ]);
  return {
    merge_by: body.mergeBy.map(({ identifier, atMost, never }) => lean({ identifier, at_most: atMost, never })),
    clean: body.clean,
    max_profiles: body.maxProfiles,
    survivorship: Object.fromEntries(survivorship),
    match: body.match?.map(({ id, on, outcome, every }) => ({
      id,
      ...(every && { every: span(every) }),
      alike: on.map((part) => lean({ trait: part.trait, by: part.by, at_least: part.atLeast })),
      // biome-ignore lint/suspicious/noThenProperty: a word of the language, never awaited
      then: outcome,
    })),
  };
}

export function source(body: SourceBody): AuthoredMap {
  const { event, entity } = body;
  const lenient = { ...(body.isLenient && { on_error: null }), country: body.country };
  const about = {
    identifiers: body.identifiers,
    traits: Object.fromEntries(body.traits.map((one) => [one.trait, column(one.from)])),
    consents: body.consents.map((one) => lean({ ...one })),
  };
  if (body.api !== undefined) {
    const { writeKeys, group } = body.api;
    return { type: 'api', write_keys: writeKeys, group: group as AuthoredMap | null, ...about, ...lenient };
  }
  const properties = (event?.properties ?? []).map((one) => [one.property, column(one.from)]);
  return {
    ...{ ...whereFrom(body), ...about, ...lenient },
    occurred_at: body.occurredAt === null ? undefined : column(body.occurredAt),
    message_id: body.messageId,
    event:
      event === null ? undefined : event.type.kind === 'constant' ? event.type.value : { column: event.type.column },
    properties: Object.fromEntries(properties),
    properties_from: event?.propertiesFrom,
    future: body.future,
    ...(entity === undefined ? {} : entityOf(entity)),
  };
}

function whereFrom({ database, webhook, path, format }: SourceBody): AuthoredMap {
  if (database !== undefined) {
    const { connection, query, cursor, every, overlap } = database;
    return { type: 'postgres', connection, query, cursor, every: span(every), overlap: span(overlap) };
  }
  if (webhook !== undefined) {
    const { writeKeys, verifyWith, rows } = webhook;
    return { type: 'webhook', write_keys: writeKeys, verify_with: verifyWith ?? undefined, rows: rows ?? undefined };
  }
  return { type: 'file', path, ...formatOf(format) };
}

function formatOf(format: SourceBody['format']): AuthoredMap {
  if (format.kind === 'fixed') {
    return { format: 'fixed', columns: format.columns, widths: format.widths, encoding: format.encoding };
  }
  if (format.kind === 'jsonl') return { format: 'jsonl', encoding: format.encoding };
  if (format.kind === 'table') return { format: 'table', columns: format.columns, encoding: format.encoding };
  const { delimiter, columns, encoding } = format;
  return { format: 'csv', delimiter, columns: columns ?? undefined, encoding };
}

function entityOf({ entity, column: key, fields, people }: NonNullable<SourceBody['entity']>): AuthoredMap {
  const roles = people.map(({ role, names: how, of }) => {
    const all = of.map(({ list, identifiers }) => {
      const said = identifiers.map((one) => lean({ type: one.type, column: one.column }));
      return lean({ ...(said.length === 1 ? said[0] : { identifiers: said }), list, names: how });
    });
    return [role, all.length === 1 ? all[0] : all];
  });
  return {
    ...{ entity, key },
    fields: Object.fromEntries(fields.map((one) => [one.field, column(one.from)])),
    people: Object.fromEntries(roles),
  };
}

function column({ column: name, format, zone, currency, currencyColumn, decimal }: ColumnReading): Authored {
  const more = lean({ format, zone, currency, currency_column: currencyColumn, decimal });
  return Object.keys(more).length === 0 ? name : { column: name, ...more };
}
