/**
 * What a cap, a mute or quiet hours cover: channels, journeys, objectives. Files name channels by id or by type; compiled
 * coverage holds ids, so that a message is covered or not by the channel it leaves on.
 */
import { asSet } from '../canonical.ts';
import type { Coverage, Objective } from '../ir.ts';
import { channelTypes, useChannel, useJourney } from '../references.ts';
import { child, faultUnknown, items, type Place, textOf, textsAt } from './place.ts';

export function readCoverage(place: Place): Coverage {
  const objectives = child(place, 'objectives');
  return {
    channels: readChannels(place),
    journeys: child(place, 'journeys') === undefined ? null : readJourneys(place, 'journeys'),
    notJourneys: readJourneys(place, 'not_journeys'),
    objectives: objectives === undefined ? null : asSet(items(objectives).map((item) => textOf(item) as Objective)),
  };
}

function readJourneys(place: Place, key: string): readonly string[] {
  for (const item of items(child(place, key))) useJourney(item, textOf(item));
  return asSet(textsAt(place, key));
}

/** A type stands for all channels of that type, which may be none. */
function readChannels(place: Place): readonly string[] | null {
  const found = child(place, 'channels');
  if (found === undefined) return null;
  const { channels } = place.at.names;
  const ids = new Set<string>();
  for (const item of items(found)) {
    const name = textOf(item);
    const covered = [...channels].filter(([id, type]) => id === name || type === name).map(([id]) => id);
    for (const id of covered) {
      useChannel(item, id);
      ids.add(id);
    }
    if (covered.length > 0 || channelTypes.some((type) => type === name)) continue;
    const known = [...channels.keys(), ...channelTypes];
    const remedy = 'Name the id of a channel, or one of the types email, sms, whatsapp, push, log.';
    faultUnknown(item, 'CMP014', { what: 'channel', name, known, remedy });
  }
  return asSet([...ids]);
}
