/** Destinations: where data goes back to. Secrets stay references; who may stand where is in `secrets.ts`. */
import type { DestinationBody } from '../ir.ts';
import { useSegment } from '../references.ts';
import { readDelivery } from './delivery.ts';
import { child, demand, type Place, type Resolving, root, textOf } from './place.ts';
import { checkUrl } from './safe-address.ts';
import { durationAt } from './values.ts';

export function resolveDestination(at: Resolving): DestinationBody {
  const place = root(at);
  const url = child(place, 'url');
  const signWith = child(place, 'sign_with');
  const sync = child(place, 'sync');
  if (url !== undefined) checkUrl(url);
  const type = textOf(demand(place, 'type')) as DestinationBody['type'];
  const read = sync === undefined ? null : readSync(sync);
  const delivery = readDelivery(place, type, read?.segment ?? null);
  return {
    type,
    url: url === undefined ? null : textOf(url),
    ...(signWith !== undefined && { signWith: textOf(signWith) }),
    ...(child(place, 'allow_private')?.value === true && { allowPrivate: true as const }),
    sync: read,
    ...(delivery !== null && { delivery }),
  };
}

function readSync(place: Place): NonNullable<DestinationBody['sync']> {
  const segment = demand(place, 'segment');
  useSegment(segment, textOf(segment));
  return { segment: textOf(segment), leaveAfter: durationAt(place, 'leave_after') };
}
