/** Purposes of consent: which channel types they cover, on what ground, and where a consent must be confirmed. */
import { asSet } from '../canonical.ts';
import type { ConsentBody } from '../ir.ts';
import { channelTypeNamed } from '../references.ts';
import { child, fault, items, type Place, type Resolving, root, textAt, textOf, textsAt } from './place.ts';
import { listed } from './values.ts';

export function resolveConsent(at: Resolving): ConsentBody {
  const place = root(at);
  const channels = typesOf(textsAt(place, 'channels'));
  const basis = (textAt(place, 'basis') ?? 'consent') as ConsentBody['basis'];
  const confirmed = child(place, 'double_opt_in');
  if (confirmed !== undefined) checkConfirmed(confirmed, channels, basis);
  const doubleOptIn = typesOf(textsAt(place, 'double_opt_in'));
  return { channels, basis, ...(doubleOptIn.length > 0 && { doubleOptIn }) };
}

function typesOf(words: readonly string[]): readonly string[] {
  return asSet(words.flatMap((word) => channelTypeNamed(word) ?? []));
}

/** What is never asked for is never confirmed, and where nothing leaves nothing needs to be. */
function checkConfirmed(place: Place, channels: readonly string[], basis: ConsentBody['basis']): void {
  if (basis === 'contract') {
    const detail =
      'A purpose of basis `contract` is never asked for, so nobody can confirm it and this line is never read. Remove it, or change the basis.';
    fault(place, 'CMP210', detail, { on: 'key' });
    return;
  }
  for (const word of items(place)) {
    const type = channelTypeNamed(textOf(word));
    if (type === undefined || channels.includes(type)) continue;
    const detail = `The purpose covers ${listed(channels)}, so nothing leaves for it by ${textOf(word)} and there is nothing to confirm. Add it to \`channels\`, or remove it here.`;
    fault(word, 'CMP210', detail);
  }
}
