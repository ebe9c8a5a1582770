/** The blocks of channels that place content: slots of a site, letters in batches, lists for advertising platforms. */
import { asSet } from '../canonical.ts';
import type { AdListBody, ChannelBody, ChannelType, PostalTraits, PrintBody } from '../ir.ts';
import { useTrait } from '../references.ts';
import { child, demand, entries, fault, items, type Place, textAt, textOf, textsAt } from './place.ts';

type Placed = Pick<ChannelBody, 'site' | 'print' | 'adList'>;

/** Empty for other types, and for a letter or a list of which nothing more is said: nothing can leave by it. */
export function readPlaced(place: Place, type: ChannelType, checkInside: (place: Place) => void): Placed {
  if (type === 'on-site') return { site: { slots: slotsOf(place), apiKeys: keysOf(place) } };
  const print = child(place, 'print');
  if (type === 'print' && print !== undefined) return { print: readPrint(print, checkInside) };
  const list = child(place, 'audience');
  if (type === 'audience' && list !== undefined) return { adList: readList(list, checkInside) };
  return {};
}

function slotsOf(place: Place): readonly string[] {
  const named = textsAt(place, 'slots');
  return asSet(named.length === 0 ? [place.at.resource.id] : named);
}

/** A key in plain text would be a secret that everybody knows who reads the file. */
function keysOf(place: Place): readonly string[] {
  const keys = items(child(place, 'api_keys'));
  for (const key of keys) {
    if (textOf(key).includes(`\${secret.`)) continue;
    const detail = `A key lets whoever knows it read what people are shown, so it stands in no file. Write a reference to a secret, such as \`"\${secret.SITE_KEY}"\`.`;
    fault(key, 'CMP007', detail);
  }
  return asSet(keys.map(textOf));
}

function readPrint(block: Place, checkInside: (place: Place) => void): PrintBody {
  const path = demand(block, 'path');
  checkInside(path);
  checkNamed(path, ['{date}'], 'the next batch would take the place of the last one');
  return {
    every: textOf(demand(block, 'every')) as PrintBody['every'],
    at: textOf(demand(block, 'at')),
    path: textOf(path),
    address: readAddress(demand(block, 'address')),
    oncePerHousehold: textAt(block, 'households') !== 'each',
    sender: textsAt(block, 'sender'),
  };
}

function readAddress(block: Place): PostalTraits {
  const parts = entries(block).map(([part, named]) => {
    const trait = useTrait(named, textOf(named));
    if (trait !== undefined && trait.type !== 'text' && trait.type !== 'id' && trait.type !== 'enum') {
      const detail = `Each part of an address is a text, and trait \`${textOf(named)}\` is of type ${trait.type}. Name a trait of type text.`;
      fault(named, 'CMP020', detail);
    }
    return [part, textOf(named)] as const;
  });
  return Object.fromEntries(parts) as unknown as PostalTraits;
}

function readList(block: Place, checkInside: (place: Place) => void): AdListBody {
  const path = demand(block, 'path');
  checkInside(path);
  const every = (textAt(block, 'every') ?? 'hour') as AdListBody['every'];
  const needed = every === 'day' ? ['{change}', '{date}'] : ['{change}', '{date}', '{time}'];
  checkNamed(path, needed, 'one change would take the place of another');
  return { platform: textOf(demand(block, 'platform')) as AdListBody['platform'], path: textOf(path), every };
}

function checkNamed(path: Place, needed: readonly string[], why: string): void {
  const missing = needed.filter((one) => !textOf(path).includes(one));
  if (missing.length === 0) return;
  const words = missing.map((one) => `\`${one}\``).join(' and ');
  fault(
    path,
    'CMP323',
    `The path has no ${words}, so ${why}. Add ${missing.length > 1 ? 'them' : 'it'} to the name of the file.`,
  );
}
