/**
 * What a cap, a mute or quiet hours cover: channels, journeys, objectives. Files name channels by id or by type; compiled
 * coverage holds ids, so that a message is covered or not by the channel it leaves on.
 */
import { asSet } from '../canonical.ts';
import type { Coverage, Objective } from '../ir.ts';
import { channelTypeNamed, channelTypes, useChannel, useJourney } from '../references.ts';
import { child, fault, faultUnknown, items, type Place, rangeOf, textOf, textsAt } from './place.ts';

export function readCoverage(place: Place): Coverage {
  checkJourneys(place);
  const objectives = child(place, 'objectives');
  return {
    channels: readChannels(place),
    journeys: child(place, 'journeys') === undefined ? null : readJourneys(place, 'journeys'),
    notJourneys: readJourneys(place, 'not_journeys'),
    ...(child(place, 'tags') !== undefined && { tagged: readTagged(place) }),
    objectives: objectives === undefined ? null : asSet(items(objectives).map((item) => textOf(item) as Objective)),
  };
}

/** A journey that is named and taken out again: one of the two lines isn't meant. */
function checkJourneys(place: Place): void {
  const covered = new Map(items(child(place, 'journeys')).map((item) => [textOf(item), item]));
  for (const item of items(child(place, 'not_journeys'))) {
    const first = covered.get(textOf(item));
    if (first === undefined) continue;
    const related = [{ message: 'covered here', range: rangeOf(first) }];
    const detail = `Journey \`${textOf(item)}\` stands under \`journeys\` and under \`not_journeys\`, so it isn't covered. Take it out of one of the two.`;
    fault(item, 'CMP205', detail, { related });
  }
}

function readJourneys(place: Place, key: string): readonly string[] {
  for (const item of items(child(place, key))) useJourney(item, textOf(item));
  return asSet(textsAt(place, key));
}

/** Journeys that have one of the tags; a tag that none has is said. */
function readTagged(place: Place): NonNullable<Coverage['tagged']> {
  const { tags } = place.at.names;
  for (const item of items(child(place, 'tags'))) {
    if (tags.has(textOf(item))) continue;
    const remedy = 'Give it to a journey under `tags`, or name another; as it is, the rule covers nothing by it.';
    faultUnknown(item, 'CMP290', { what: 'tag of journeys', name: textOf(item), known: tags.keys(), remedy });
  }
  const named = textsAt(place, 'tags');
  return { tags: asSet(named), journeys: asSet(named.flatMap((tag) => tags.get(tag) ?? [])) };
}

/** Ids under `channels`, null where all are meant. A type stands for all channels of that type, which may be none. */
export function readChannels(place: Place): readonly string[] | null {
  const found = child(place, 'channels');
  if (found === undefined) return null;
  const { channels } = place.at.names;
  const ids = new Set<string>();
  for (const item of items(found)) {
    const name = textOf(item);
    const named = channelTypeNamed(name);
    const covered = [...channels].filter(([id, type]) => id === name || type === named).map(([id]) => id);
    for (const id of covered) {
      useChannel(item, id);
      ids.add(id);
    }
    if (covered.length > 0 || named !== undefined) continue;
    const known = [...channels.keys(), ...channelTypes, 'call'];
    const remedy = `Name the id of a channel, or one of the types ${channelTypes.join(', ')}.`;
    faultUnknown(item, 'CMP014', { what: 'channel', name, known, remedy });
  }
  return asSet([...ids]);
}
