/** Destinations: where data goes back to. Secrets stay references; who may stand where is in `secrets.ts`. */
import type { DestinationBody } from '../ir.ts';
import { useSegment } from '../references.ts';
import { readDelivery } from './delivery.ts';
import { child, demand, fault, type Place, type Resolving, root, textOf } from './place.ts';
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

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The message never repeats the address: it may hold a token. */
function checkUrl(place: Place): void {
  const text = textOf(place);
  if (text.includes(`\${secret.`)) return;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    fault(
      place,
      'CMP217',
      'This is no address of the web. Write one such as `https://crm.shop.example/alerts`, or a reference to a secret.',
    );
  } else if (url.protocol === 'http:' && !loopback.has(url.hostname)) {
    fault(
      place,
      'CMP217',
      'By `http` everybody on the way can read what is sent about people. Write `https`; only an address of this machine may do without.',
    );
  } else if (url.username !== '' || url.password !== '') {
    fault(
      place,
      'CMP217',
      'The address holds a name or a password, which everybody who reads the file would know. Write the whole address as a reference to a secret.',
    );
  }
}
