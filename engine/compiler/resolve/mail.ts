/** How mail leaves by a server, and what is told of it: the `smtp` and `tracking` of a channel. */

import type { Dkim } from '../../channels/smtp-config.ts';
import { parseDuration } from '../durations.ts';
import type { ChannelRate, SmtpVia, Tracking } from '../ir.ts';
import { useConsent, useCountry } from '../references.ts';
import { child, demand, entries, fault, items, type Place, textAt, textOf } from './place.ts';

export function smtpVia(block: Place, checkInside: (place: Place) => void): SmtpVia {
  const ca = child(block, 'ca');
  if (ca !== undefined) checkInside(ca);
  const [connections, replyTo, bounces] = [
    child(block, 'connections'),
    textAt(block, 'reply_to'),
    textAt(block, 'bounces'),
  ];
  const dkim = child(block, 'dkim');
  const timeoutMs = readTimeout(child(block, 'timeout'));
  const rates = entries(child(block, 'domain_rates')).map(([domain, rate]) => [domain, readRate(rate)] as const);
  return {
    kind: 'smtp',
    host: textOf(demand(block, 'host')),
    port: Number(textOf(demand(block, 'port'))),
    secure: child(block, 'secure')?.value === true,
    from: textOf(demand(block, 'from')),
    user: textAt(block, 'user') ?? null,
    password: textAt(block, 'password') ?? null,
    ...(textAt(block, 'tls') === 'required' && { tls: 'required' }),
    ...(ca !== undefined && { ca: textOf(ca).replace(/^(\.\/)+/, '') }),
    ...(connections !== undefined && { connections: Number(textOf(connections)) }),
    ...(timeoutMs !== null && { timeoutMs }),
    ...(replyTo !== undefined && { replyTo }),
    ...(bounces !== undefined && { bounces }),
    ...(dkim !== undefined && { dkim: readDkim(dkim) }),
    ...(rates.length > 0 && { domainRates: Object.fromEntries(rates) }),
  };
}

/** Of a rate that a channel or a domain has. */
export function readRate(place: Place): ChannelRate {
  const per = (['second', 'minute', 'hour'] as const).find((unit) => child(place, `per_${unit}`) !== undefined);
  if (per === undefined) throw new Error('assertion failed: a valid rate says its stretch of time');
  return { max: Number(textOf(demand(place, `per_${per}`))), per };
}

const timeoutMsMin = 1_000;
const timeoutMsMax = 10 * 60_000;

function readTimeout(place: Place | undefined): number | null {
  if (place === undefined) return null;
  const span = parseDuration(textOf(place));
  const ms = span === null ? Number.NaN : span.ms + span.days * 86_400_000;
  if (span?.months === 0 && ms >= timeoutMsMin && ms <= timeoutMsMax) return ms;
  fault(
    place,
    'CMP275',
    'A server that is silent for so long, or for longer than 10 minutes, holds up all others. Say 1min to 10min.',
  );
  return null;
}

function readDkim(place: Place): Dkim {
  return {
    domain: textOf(demand(place, 'domain')).toLowerCase(),
    selector: textOf(demand(place, 'selector')),
    key: textOf(demand(place, 'key')),
  };
}

/** Undefined: nothing is told. */
export function readTracking(place: Place | undefined): Tracking | undefined {
  if (place === undefined) return undefined;
  const said = (key: string): boolean => child(place, key)?.value === true;
  const consent = child(place, 'consent');
  if (consent !== undefined) useConsent(consent, textOf(consent));
  const countries = items(child(place, 'not_in'));
  for (const country of countries) useCountry(country, textOf(country));
  if (!said('opens') && !said('clicks')) return undefined;
  if (!place.at.names.hasLinks) {
    const detail =
      'Opens and clicks are told by links of ours, and this workspace signs none, so nothing would be told. Add `links` with its `base_url` and `keys` to parcours.yaml, or remove `tracking`.';
    fault(place, 'CMP278', detail, { on: 'key' });
  }
  return {
    ...{ opens: said('opens'), clicks: said('clicks') },
    ...(consent !== undefined && { consent: textOf(consent) }),
    ...(countries.length > 0 && { notIn: countries.map(textOf).sort() }),
  };
}
