/** Sources: how rows of files, queries and requests become facts. Reading files is the business of `profiles`. */
import { asSet, compareText } from '../canonical.ts';
import type { SourceBody, SourceFormat } from '../ir.ts';
import { channelTypeNamed, useConsent, useEvent, useTrait } from '../references.ts';
import { checkInside } from './channel.ts';
import { checkColumn, type Reader, readColumn } from './columns.ts';
import { propertyType } from './events.ts';
import {
  child,
  demand,
  entries,
  fault,
  isMap,
  items,
  type Place,
  type Resolving,
  root,
  textAt,
  textOf,
  textsAt,
} from './place.ts';
import { checkWriteKeys, resolveSourceApi } from './source-api.ts';
import { readDatabase, readWebhook } from './source-elsewhere.ts';
import { readSourceEntity } from './source-entity.ts';
import { capital, listed } from './values.ts';

export function resolveSource(at: Resolving): SourceBody {
  const place = root(at);
  // The only value beside `reject`.
  const lenient = child(place, 'on_error')?.value === null;
  const body = textAt(place, 'type') === 'api' ? resolveCalls(place) : resolveRows(place);
  const country = readCountry(place);
  return { ...body, ...(lenient && { isLenient: true as const }), ...(country !== undefined && { country }) };
}

const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

function readCountry(place: Place): string | undefined {
  const named = child(place, 'country');
  if (named === undefined) return undefined;
  const code = textOf(named);
  if (countryNames.of(code) === undefined) {
    const detail = `There is no country \`${code}\`, so no rule could say how its numbers and codes are written. Write its two letters of ISO 3166, such as FR, GB or MX.`;
    fault(named, 'CMP299', detail);
  }
  return code;
}

function resolveCalls(place: Place): SourceBody {
  checkWriteKeys(place);
  const reader: Reader = { columns: null, zone: textAt(place, 'zone') ?? place.at.names.workspace.zone };
  return resolveSourceApi(place, {
    identifiers: readIdentifiers(place, reader),
    traits: readTraits(place, reader),
    consents: readConsents(place, reader),
  });
}

/** Rows of files, of a query, or of requests: mapped alike. */
function resolveRows(place: Place): SourceBody {
  const { at } = place;
  const type = textAt(place, 'type');
  const format: SourceFormat = type === 'file' ? readFormat(place) : { kind: 'jsonl', encoding: 'utf-8' };
  const reader: Reader = {
    columns: format.kind === 'jsonl' ? null : format.columns,
    zone: textAt(place, 'zone') ?? at.names.workspace.zone,
  };
  const occurredAt = child(place, 'occurred_at');
  const path = child(place, 'path');
  if (path !== undefined) checkInside(path);
  const entity = child(place, 'entity');
  return {
    ...(path !== undefined && { path: textOf(path).replace(/^(\.\/)+/, '') }),
    format,
    identifiers: readIdentifiers(place, reader),
    traits: child(place, 'traits') === undefined ? traitsFrom(place, reader) : readTraits(place, reader),
    event: readEvent(place, reader),
    consents: readConsents(place, reader),
    ...(entity !== undefined && { entity: readSourceEntity(place, entity, { reader, format: format.kind }) }),
    occurredAt:
      occurredAt === undefined ? null : readColumn(occurredAt, { type: 'datetime', label: 'the time' }, reader),
    messageId: items(child(place, 'message_id')).map((column) => checkColumn(column, reader)),
    future: textAt(place, 'future') === 'wait' ? 'wait' : 'clamp',
    ...(type === 'postgres' && { database: readDatabase(place) }),
    ...(type === 'webhook' && { webhook: readWebhook(place) }),
  };
}

/** `key` is the short form of one identifier whose type is the name of its column, unless it is that of an entity's row. */
function readIdentifiers(place: Place, reader: Reader): SourceBody['identifiers'] {
  const key = child(place, 'entity') === undefined ? child(place, 'key') : undefined;
  if (key !== undefined) return [{ type: textOf(key), column: checkColumn(key, reader) }];
  return items(child(place, 'identifiers')).map((one) => ({
    type: textOf(demand(one, 'type')),
    column: checkColumn(demand(one, 'column'), reader),
  }));
}

/** Traits that a schema declares `from` this source, each in the column of its name. */
function traitsFrom(place: Place, reader: Reader): SourceBody['traits'] {
  const { names, resource } = place.at;
  const declared = [...names.traits].filter(([, trait]) => trait.from === resource.id);
  const traits = declared.map(([name, { type }]) => {
    place.at.needs.add(`trait/${name}`);
    const isDate = type === 'date' || type === 'datetime';
    const zone = isDate ? reader.zone : null;
    return { trait: name, type, from: { column: name, format: null, zone, currency: null, currencyColumn: null } };
  });
  return traits.sort((a, b) => compareText(a.trait, b.trait));
}

const formatByEnding: Readonly<Record<string, string>> = { csv: 'csv', tsv: 'tsv', jsonl: 'jsonl', ndjson: 'jsonl' };

/** `format`, or what the ending of `path` says. */
function nameOfFormat(place: Place): string {
  const format = textAt(place, 'format');
  if (format !== undefined) return format;
  const path = demand(place, 'path');
  const ending = /\.([a-z0-9]+)(?:\.gz)?$/i.exec(textOf(path))?.[1]?.toLowerCase() ?? '';
  const known = Object.hasOwn(formatByEnding, ending) ? formatByEnding[ending] : undefined;
  if (known === undefined) {
    const detail =
      "The ending of the path doesn't say how the files are read. Add `format: csv`, `tsv`, `jsonl`, `table` or `fixed`, or name files that end in `.csv`, `.tsv` or `.jsonl`.";
    fault(path, 'CMP218', detail);
  }
  return known ?? 'csv';
}

function readFormat(place: Place): SourceFormat {
  const encoding = textAt(place, 'encoding') ?? 'utf-8';
  switch (nameOfFormat(place)) {
    case 'jsonl':
      return { kind: 'jsonl', encoding };
    case 'table':
      return { kind: 'table', columns: items(demand(place, 'columns')).map(textOf), encoding };
    case 'fixed':
      return { kind: 'fixed', ...readWidths(place), encoding };
    case 'tsv': {
      const columns = child(place, 'columns') === undefined ? null : textsAt(place, 'columns');
      return { kind: 'csv', delimiter: '\t', columns, encoding };
    }
    default: {
      const columns = child(place, 'columns') === undefined ? null : textsAt(place, 'columns');
      return { kind: 'csv', delimiter: textAt(place, 'delimiter') ?? ',', columns, encoding };
    }
  }
}

function readWidths(place: Place): { readonly columns: readonly string[]; readonly widths: readonly number[] } {
  const columns = items(demand(place, 'columns')).map(textOf);
  const widths = items(demand(place, 'widths')).map((one) => Number(textOf(one)));
  if (columns.length !== widths.length) {
    const detail = `There are ${columns.length} columns and ${widths.length} widths. Each column has one width, in the same order.`;
    fault(demand(place, 'widths'), 'CMP352', detail, { on: 'key' });
  }
  return { columns, widths };
}

function readTraits(place: Place, reader: Reader): SourceBody['traits'] {
  const traits = entries(child(place, 'traits')).flatMap(([name, from]) => {
    const trait = useTrait(from, name);
    if (trait === undefined) return [];
    if (trait.origin === 'computed') {
      fault(from, 'CMP085', `Trait \`${name}\` is computed from events, so a file can't fill it. Fill another trait.`, {
        on: 'key',
      });
      return [];
    }
    return [
      {
        trait: name,
        type: trait.type,
        from: readColumn(from, { type: trait.type, label: `trait \`${name}\`` }, reader),
      },
    ];
  });
  return traits.sort((a, b) => compareText(a.trait, b.trait));
}

function readEvent(place: Place, reader: Reader): SourceBody['event'] {
  const named = child(place, 'event');
  if (named === undefined) return null;
  const from = child(place, 'properties_from');
  const isColumn = isMap(named.value);
  if (!isColumn) useEvent(named, textOf(named));
  const candidates = [...place.at.names.events].filter(([name]) => isColumn || name === textOf(named));
  const events = candidates.map(([name, body]) => ({ name, body }));
  return {
    type: isColumn
      ? { kind: 'column', column: checkColumn(demand(named, 'column'), reader) }
      : { kind: 'constant', value: textOf(named) },
    properties: readProperties(child(place, 'properties'), events, reader),
    propertiesFrom: from === undefined ? null : checkColumn(from, reader),
  };
}

/** Where a column holds the type, a property is read by the events that declare it: at least one, all with one type. */
function readProperties(
  properties: Place | undefined,
  events: Parameters<typeof propertyType>[2],
  reader: Reader,
): NonNullable<SourceBody['event']>['properties'] {
  if (events.length === 0) return [];
  const found = entries(properties).flatMap(([property, from]) => {
    const declaring = events.filter(({ body }) => Object.hasOwn(body.properties, property));
    const type = propertyType(from, property, declaring.length > 0 ? declaring : events);
    if (type === undefined) return [];
    return [{ property, from: readColumn(from, { type, label: `property \`${property}\`` }, reader) }];
  });
  return found.sort((a, b) => compareText(a.property, b.property));
}

function readConsents(place: Place, reader: Reader): SourceBody['consents'] {
  const consents = items(child(place, 'consents')).map((one) => {
    const purposePlace = demand(one, 'purpose');
    const purpose = textOf(purposePlace);
    const consent = useConsent(purposePlace, purpose);
    const channelPlace = child(one, 'channel');
    const channel = channelPlace === undefined ? null : (channelTypeNamed(textOf(channelPlace)) ?? null);
    if (
      consent !== undefined &&
      channelPlace !== undefined &&
      channel !== null &&
      !consent.channels.includes(channel)
    ) {
      const detail = `Purpose \`${purpose}\` covers ${listed(consent.channels)}, not ${channel}.`;
      fault(channelPlace, 'CMP067', capital(detail));
    }
    const proof = child(one, 'proof');
    return {
      ...{ purpose, channel, column: checkColumn(demand(one, 'column'), reader) },
      ...(proof !== undefined && { proof: checkColumn(proof, reader) }),
    };
  });
  return asSet(consents);
}
