/** Purposes of consent: which channel types they cover, and on what ground. */
import { asSet } from '../canonical.ts';
import type { ConsentBody } from '../ir.ts';
import { channelTypeNamed } from '../references.ts';
import { type Resolving, root, textAt, textsAt } from './place.ts';

export function resolveConsent(at: Resolving): ConsentBody {
  const place = root(at);
  return {
    channels: asSet(textsAt(place, 'channels').flatMap((word) => channelTypeNamed(word) ?? [])),
    basis: (textAt(place, 'basis') ?? 'consent') as ConsentBody['basis'],
  };
}
