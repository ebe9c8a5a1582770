/** What a destination tells of people: to where, whom, which columns, when. Delivering is the business of `profiles`. */
import type { DeliveredColumn, DeliveryBody, DestinationBody } from '../ir.ts';
import { usePersonas, useSegment, useTrait } from '../references.ts';
import { checkInside } from './channel.ts';
import { child, demand, entries, fault, isMap, type Place, textAt, textOf } from './place.ts';
import { readTimes } from './schedule.ts';

/** Null: a webhook that says nothing of people, which only journeys call. */
export function readDelivery(
  place: Place,
  type: DestinationBody['type'],
  followed: string | null,
): DeliveryBody | null {
  const said = ['segment', 'columns', 'send', 'when'].some((key) => child(place, key) !== undefined);
  if (type === 'webhook' && !said) return null;
  const isAudience = type === 'audience';
  const when = readWhen(child(place, 'when'), isAudience);
  const follows = when?.kind === 'membership';
  const send = (textAt(place, 'send') ?? (isAudience || follows ? 'changes' : 'all')) as DeliveryBody['send'];
  if (follows && send === 'all') sayNotFollowing(child(place, 'send'));
  const segment = child(place, 'segment');
  if (segment !== undefined) useSegment(segment, textOf(segment));
  const columns = child(place, 'columns');
  return {
    to: readTarget(place, type, send),
    segment: segment === undefined ? followed : textOf(segment),
    columns: columns === undefined ? null : readColumns(columns),
    send,
    when,
  };
}

function readWhen(when: Place | undefined, isAudience: boolean): DeliveryBody['when'] {
  if (when === undefined) return isAudience ? { kind: 'membership' } : null;
  return isMap(when.value) ? { kind: 'schedule', ...readTimes(when) } : { kind: 'membership' };
}

function sayNotFollowing(send: Place | undefined): void {
  if (send === undefined) return;
  const detail =
    'Everybody would be told again each time that somebody enters or leaves. Write `send: changes`, or a time under `when`.';
  fault(send, 'CMP114', detail);
}

function readTarget(place: Place, type: DestinationBody['type'], send: DeliveryBody['send']): DeliveryBody['to'] {
  switch (type) {
    case 'webhook':
      return { kind: 'webhook' };
    case 'postgres': {
      const connection = demand(place, 'connection');
      checkConnection(connection);
      return { kind: 'postgres', connection: textOf(connection), table: textOf(demand(place, 'table')) };
    }
    case 'audience': {
      const own = `.parcours/destinations/${place.at.resource.id}/{run}.csv`;
      const platform = (textAt(place, 'platform') ?? 'google') as 'google' | 'meta' | 'tiktok';
      const path = child(place, 'path');
      return { kind: 'audience', path: path === undefined ? own : readPath(path, send), platform };
    }
    case 'file': {
      const path = demand(place, 'path');
      return { kind: 'file', path: readPath(path, send), format: readFormat(place, path) };
    }
  }
}

/** A file of changes that takes the place of the last one would lose what nobody has read yet. */
function readPath(place: Place, send: DeliveryBody['send']): string {
  checkInside(place);
  const path = textOf(place);
  const unknown = [...path.matchAll(/\{([^}]*)\}/g)].find(([, name]) => name !== 'run' && name !== 'date');
  if (unknown !== undefined) {
    fault(
      place,
      'CMP350',
      `\`${unknown[0]}\` is filled in by nothing. A path may hold \`{run}\`, the number of the delivery, and \`{date}\`, its day.`,
    );
  } else if (send === 'changes' && !path.includes('{run}')) {
    const detail =
      'Each delivery of changes would take the place of the last one, and what nobody had read yet would be lost. Write `{run}` into the name, or `send: all`.';
    fault(place, 'CMP350', detail);
  }
  return path.replace(/^(\.\/)+/, '');
}

function readFormat(place: Place, path: Place): 'csv' | 'jsonl' {
  const format = textAt(place, 'format');
  if (format !== undefined) return format === 'jsonl' ? 'jsonl' : 'csv';
  const ending = /\.([a-z0-9]+)$/i.exec(textOf(path))?.[1]?.toLowerCase();
  if (ending === 'jsonl' || ending === 'ndjson') return 'jsonl';
  if (ending !== 'csv') {
    const detail =
      "The ending of the path doesn't say how the file is written. Add `format: csv` or `jsonl`, or name a file that ends in `.csv` or `.jsonl`.";
    fault(path, 'CMP218', detail);
  }
  return 'csv';
}

const opening = `\${secret.`;

/** What stands around a reference, `secrets.ts` says. */
export function checkConnection(place: Place): void {
  if (textOf(place).includes(opening)) return;
  const detail = `The address of a database holds its password, so it stands in no file. Write a reference to a secret, such as \`"${opening}WAREHOUSE_URL}"\`.`;
  fault(place, 'CMP007', detail);
}

/** Names that rows have by themselves. */
const ownColumns: ReadonlySet<string> = new Set(['parcours_id', 'change']);

function readColumns(place: Place): readonly DeliveredColumn[] {
  const names = new Set(entries(place).map(([name]) => name));
  return entries(place).flatMap(([name, value]) => {
    if (ownColumns.has(name)) {
      fault(value, 'CMP351', `Each row has a column \`${name}\` by itself. Choose another name.`, { on: 'key' });
    }
    const from = readValue(value);
    if (from === undefined) return [];
    const currency = `${name}_currency`;
    if (from.kind === 'trait' && from.type === 'money' && names.has(currency)) {
      const detail = `Money is told in two columns, \`${name}\` and \`${currency}\`, and the second one is there already. Rename one of them.`;
      fault(value, 'CMP351', detail, { on: 'key' });
    }
    return [{ name, from }];
  });
}

function readValue(place: Place): DeliveredColumn['from'] | undefined {
  if (!isMap(place.value)) {
    const trait = useTrait(place, textOf(place));
    return trait && { kind: 'trait', trait: textOf(place), type: trait.type };
  }
  const segment = child(place, 'segment');
  if (segment !== undefined) {
    useSegment(segment, textOf(segment));
    return { kind: 'segment', segment: textOf(segment) };
  }
  const persona = child(place, 'persona');
  if (persona !== undefined) {
    usePersonas(persona, textOf(persona));
    return { kind: 'persona', set: textOf(persona) };
  }
  const list = textAt(place, 'identifiers');
  if (list !== undefined) return { kind: 'identifiers', type: list };
  return { kind: 'identifier', type: textOf(demand(place, 'identifier')) };
}
