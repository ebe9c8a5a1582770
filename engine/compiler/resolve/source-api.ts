/**
 * Sources of type `api`: how calls of the Segment specification become facts. Columns are paths in a call (`traits.email`); what isn't
 * said has the specification's meaning. Reading calls is the business of `profiles`.
 */
import { compareText } from '../canonical.ts';
import type { SourceApi, SourceBody } from '../ir.ts';
import { useEntity } from '../references.ts';
import { child, demand, fault, faultUnknown, items, type Place, textOf } from './place.ts';

/** In order of trust: what the account says, before what the device says. */
const identifiersOfCalls: SourceBody['identifiers'] = [
  { type: 'external_id', column: 'userId' },
  { type: 'email', column: 'traits.email' },
  { type: 'email', column: 'context.traits.email' },
  { type: 'anonymous_id', column: 'anonymousId' },
];

/** The parts of a source that calls have, given what its file says of traits, consents and identifiers. */
export function resolveSourceApi(
  place: Place,
  said: Pick<SourceBody, 'identifiers' | 'traits' | 'consents'>,
): SourceBody {
  return {
    format: { kind: 'jsonl', encoding: 'utf-8' },
    identifiers: said.identifiers.length === 0 ? identifiersOfCalls : said.identifiers,
    traits: child(place, 'traits') === undefined ? traitsOfCalls(place) : said.traits,
    event: { type: { kind: 'column', column: 'event' }, properties: [], propertiesFrom: 'properties' },
    consents: said.consents,
    occurredAt: null,
    messageId: ['messageId'],
    future: 'clamp',
    api: { writeKeys: items(demand(place, 'write_keys')).map(textOf), group: readGroup(place) },
  };
}

/** All that a call may say: traits that schemas declare of no other source, each by its name. */
function traitsOfCalls(place: Place): SourceBody['traits'] {
  const { names, resource } = place.at;
  const unasked = new Set(['first_seen_at', 'last_seen_at']);
  const told = [...names.traits].filter(
    ([name, { origin, from }]) =>
      origin !== 'computed' && !unasked.has(name) && (from === undefined || from === resource.id),
  );
  const traits = told.map(([name, { type, origin }]) => {
    if (origin === 'sourced') place.at.needs.add(`trait/${name}`);
    const isDate = type === 'date' || type === 'datetime';
    const zone = isDate ? names.workspace.zone : null;
    const from = { column: `traits.${name}`, format: null, zone, currency: null, currencyColumn: null };
    return { trait: name, type, from };
  });
  return traits.sort((a, b) => compareText(a.trait, b.trait));
}

function readGroup(place: Place): SourceApi['group'] {
  const group = child(place, 'group');
  if (group === undefined) return null;
  const [named, role] = [demand(group, 'entity'), demand(group, 'role')];
  const entity = textOf(named);
  const body = useEntity(named, entity);
  if (body !== undefined && !Object.hasOwn(body.people, textOf(role))) {
    const remedy = `Declare it under \`people\` of entity \`${entity}\`, or correct the name.`;
    faultUnknown(role, 'CMP106', { what: 'role', name: textOf(role), known: Object.keys(body.people), remedy });
  }
  return { entity, role: textOf(role) };
}

const opening = `\${secret.`;

/** A key in plain text would be a secret that everybody knows who reads the file. What stands around a reference, `secrets.ts` says. */
export function checkWriteKeys(place: Place): void {
  for (const key of items(child(place, 'write_keys'))) {
    if (textOf(key).includes(opening)) continue;
    const detail = `A write key lets whoever knows it tell of your customers, so it stands in no file. Write a reference to a secret, such as \`"${opening}WEB_WRITE_KEY}"\`.`;
    fault(key, 'CMP007', detail);
  }
}
