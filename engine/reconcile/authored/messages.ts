/** Channels, templates, consents, pressure, countries, personas, holdouts and destinations as files say them. */
import type { BodyByKind, Cap, ContactHours, Coverage, DeliveredColumn, DeliveryBody } from '../../compiler/ir.ts';
import {
  type Authored,
  type AuthoredMap,
  condition,
  day,
  lean,
  type Measures,
  reference,
  share,
  span,
} from './words.ts';

function placed({ site, print, adList }: BodyByKind['channel']): AuthoredMap {
  const { oncePerHousehold, ...letters } = print ?? {};
  return {
    ...(site !== undefined && { slots: site.slots, api_keys: site.apiKeys.length > 0 ? site.apiKeys : undefined }),
    ...(print !== undefined && {
      print: lean({
        ...letters,
        ...{ address: print.address as unknown as AuthoredMap, households: oncePerHousehold ? undefined : 'each' },
        sender: print.sender.length > 0 ? print.sender : undefined,
      }),
    }),
    ...(adList !== undefined && { audience: { ...adList } }),
  };
}

export function channel(body: BodyByKind['channel']): AuthoredMap {
  const { via, desk, rate } = body;
  return {
    ...{ type: body.type, address: body.address, concurrency: body.concurrency },
    ...(via.kind === 'log' && { via: 'log', log: { path: via.path } }),
    ...(via.kind === 'smtp' && {
      via: 'smtp',
      smtp: lean({
        ...{
          host: via.host,
          port: via.port,
          secure: via.secure,
          from: via.from,
          user: via.user,
          password: via.password,
          tls: via.tls,
          ca: via.ca,
          connections: via.connections,
          timeout: via.timeoutMs === undefined ? undefined : span({ months: 0, days: 0, ms: via.timeoutMs }),
          reply_to: via.replyTo,
          bounces: via.bounces,
          dkim: via.dkim as AuthoredMap | undefined,
          domain_rates:
            via.domainRates && Object.fromEntries(Object.entries(via.domainRates).map(([k, v]) => [k, rated(v)])),
        },
      }),
    }),
    ...provider(via),
    ...placed(body),
    intents: body.intents,
    ...cost(body.cost),
    rate: rate && rated(rate),
    tracking: body.tracking && lean({ ...body.tracking, notIn: undefined, not_in: body.tracking.notIn }),
    ...(desk === undefined
      ? {}
      : {
          capacity: desk.capacity as AuthoredMap | null,
          rank_by: rankBy(desk.rankBy),
          assign_to: desk.assignTo === null ? undefined : assigned(desk.assignTo),
          contact_hours: desk.hours.map(hours),
          api_keys: desk.apiKeys,
          transcript: desk.transcript && span(desk.transcript),
        }),
  };
}

type Via = BodyByKind['channel']['via'];

function provider(via: Via): AuthoredMap {
  if (via.kind === 'twilio') {
    const { accountSid, authToken, messagingService, from, callbackUrl, segmentsMax, optOutWords, baseUrl } = via;
    const twilio = lean({
      ...{ account_sid: accountSid, auth_token: authToken, messaging_service: messagingService, from },
      ...{ callback_url: callbackUrl, segments_max: segmentsMax, opt_out_words: optOutWords, base_url: baseUrl },
    });
    return { via: 'twilio', twilio };
  }
  if (via.kind === 'firebase') {
    const { serviceAccount, ttl, collapse, data, dryRun, baseUrl, caFile } = via;
    const firebase = lean({
      ...{ service_account: serviceAccount, ttl: span(ttl), collapse, data },
      ...{ dry_run: dryRun, base_url: baseUrl, ca_file: caFile },
    });
    return { via: 'firebase', firebase };
  }
  if (via.kind === 'webhook') {
    const { url, signWith, allowPrivate } = via;
    const webhook = lean({ url, sign_with: signWith, allow_private: allowPrivate || undefined });
    return { via: 'webhook', webhook };
  }
  return {};
}

function cost(said: BodyByKind['channel']['cost']): AuthoredMap {
  if (said === undefined) return {};
  const price = (micros: number) => `${decimals(micros)} ${said.currency}`;
  const byCountry = Object.entries(said.byCountry ?? {}).map(([country, micros]) => [country, price(micros)] as const);
  return {
    cost: lean({
      default: price(said.micros),
      by_country: byCountry.length === 0 ? undefined : Object.fromEntries(byCountry),
    }),
  };
}

/** Millionths as people write them. */
function decimals(micros: number): string {
  const text = String(micros).padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`.replace(/\.?0+$/, '');
}

function rated({ max, per }: NonNullable<BodyByKind['channel']['rate']>): AuthoredMap {
  return { [`per_${per}`]: max };
}

type Desk = NonNullable<BodyByKind['channel']['desk']>;

function rankBy(rank: Desk['rankBy']): Authored {
  if (rank === null) return null;
  if (rank.kind === 'waiting') return { waiting: 'longest' };
  const key = rank.of.root === 'trait' ? { trait: rank.of.trait } : { field: reference(rank.of) };
  return { ...key, order: rank.order };
}

function assigned(ref: NonNullable<Desk['assignTo']>): string {
  return ref.root === 'trait' ? ref.trait : reference(ref);
}

function hours({ channels, days, from, to, holidays }: ContactHours): AuthoredMap {
  return lean({ channels, days, from, to, holidays });
}

export function template({ forms }: BodyByKind['template']): AuthoredMap {
  return forms as unknown as AuthoredMap;
}

export function consent({ channels, basis, doubleOptIn }: BodyByKind['consent']): AuthoredMap {
  return { channels, basis, double_opt_in: doubleOptIn };
}

export function pressure(body: BodyByKind['pressure'], measures: Measures): AuthoredMap {
  return {
    caps: body.caps.map((one) => cap(one, measures)),
    mute: body.mute.map(({ id, where, covers }) =>
      lean({ id, where: condition(where, measures), ...coverage(covers) }),
    ),
    quiet_hours: body.quietHours.map(({ covers, from, to, days, where }) =>
      lean({ ...coverage(covers), from, to, days, where: where && condition(where, measures) }),
    ),
    when_capped: body.whenCapped,
    valid_for: span(body.validFor),
  };
}

function cap(one: Cap, measures: Measures): AuthoredMap {
  const { window } = one;
  return lean({
    ...{ id: one.id, max: one.max },
    ...(window.kind === 'rolling' ? { rolling: span(window.duration) } : { calendar: window.unit }),
    ...{ count: one.count, look_ahead: span(one.lookAhead) },
    where: one.where && condition(one.where, measures),
    ...coverage(one.covers),
  });
}

function coverage({ channels, journeys, notJourneys, tagged, objectives }: Coverage): AuthoredMap {
  return { channels, journeys, not_journeys: notJourneys, tags: tagged?.tags, objectives };
}

export function country(body: BodyByKind['country'], measures: Measures): AuthoredMap {
  const { phone, holidays, dataQuality } = body;
  return {
    where: condition(body.where, measures),
    ...{ zone: body.zone, zones: body.zones, locale: body.locale, currency: body.currency },
    phone: phone === null ? undefined : lean({ prefix: phone.prefix, mobile: phone.mobile, repair: phone.repair }),
    holidays:
      holidays === null
        ? undefined
        : lean({ ...holidays, add: holidays.add.map(day), remove: holidays.remove.map(day) }),
    consent: body.consent.map(({ purpose, channels, needs, unless }) =>
      lean({ purpose, channels, needs, unless: unless === null ? undefined : condition(unless, measures) }),
    ),
    contact_hours: body.contactHours.map(hours),
    caps: body.caps.map((one) => cap(one, measures)),
    ...{ when_capped: body.whenCapped, registers: body.registers },
    data_quality: dataQuality,
  };
}

export function persona(body: BodyByKind['persona'], measures: Measures): AuthoredMap {
  return {
    personas: body.personas.map(({ id, title, score }) => lean({ id, title, score })),
    ...{ scores: body.scores, confidence: body.confidence, lead: body.lead },
    fresh: body.fresh === null ? undefined : condition(body.fresh, measures),
    weigh_by: body.weighBy,
  };
}

export function holdout({ percent, renew, objectives }: BodyByKind['holdout']): AuthoredMap {
  return { percent: share(percent), renew: span(renew), objectives };
}

export function destination(body: BodyByKind['destination']): AuthoredMap {
  const { sync } = body;
  return {
    ...{ type: body.type, url: body.url, sign_with: body.signWith, allow_private: body.allowPrivate },
    sync: sync === null ? undefined : lean({ segment: sync.segment, leave_after: span(sync.leaveAfter) }),
    ...(body.delivery !== undefined && delivered(body.delivery)),
  };
}

/** What a destination tells. Paths and times that go without saying are said. */
function delivered({ to, segment, columns, send, when }: DeliveryBody): AuthoredMap {
  const { kind: _, ...where } = to;
  return {
    ...where,
    ...(to.kind !== 'audience' && segment !== null && { segment }),
    ...(columns !== null && {
      columns: Object.fromEntries(columns.map(({ name, from }) => [name, deliveredValue(from)])),
    }),
    send,
    when: when === null ? undefined : when.kind === 'membership' ? 'membership' : { cron: when.cron, zone: when.zone },
  };
}

function deliveredValue(from: DeliveredColumn['from']): string | AuthoredMap {
  switch (from.kind) {
    case 'trait':
      return from.trait;
    case 'segment':
      return { segment: from.segment };
    case 'persona':
      return { persona: from.set };
    default:
      return { [from.kind]: from.type };
  }
}
