/** The blocks of a channel that name its provider, and what a message costs. Nothing is called, and no secret is read. */
import { asSet } from '../canonical.ts';
import { isCurrency, scaleDecimal } from '../decimals.ts';
import { foldWord } from '../fold-word.ts';
import type { ChannelBody, ChannelCost, FirebaseVia, TwilioVia } from '../ir.ts';
import { child, demand, entries, fault, items, type Place, textAt, textOf } from './place.ts';
import { checkUrl } from './safe-address.ts';
import { readDuration } from './values.ts';

export function twilioVia(block: Place, type: TwilioVia['type']): TwilioVia {
  const sid = demand(block, 'account_sid');
  if (!/^(AC[0-9a-f]{32}|\$\{secret\.[A-Z][A-Z0-9_]*\})$/.test(textOf(sid))) {
    const detail = `An account of Twilio is \`AC\` and 32 hexadecimal digits, so nothing could be sent by this one. Copy it from the console, or write a reference such as \`\${secret.TWILIO_ACCOUNT_SID}\`.`;
    fault(sid, 'CMP300', detail);
  }
  const from = child(block, 'from');
  if (from !== undefined) checkSender(from, type);
  const segmentsMax = textAt(block, 'segments_max');
  return {
    kind: 'twilio',
    type,
    accountSid: textOf(sid),
    authToken: textOf(demand(block, 'auth_token')),
    ...optional('messagingService', textAt(block, 'messaging_service')),
    ...optional('from', textAt(block, 'from')),
    ...optional('callbackUrl', withoutSlash(textAt(block, 'callback_url'))),
    ...(segmentsMax !== undefined && { segmentsMax: Number(segmentsMax) }),
    ...readWords(child(block, 'opt_out_words')),
    ...optional('baseUrl', withoutSlash(textAt(block, 'base_url'))),
  };
}

/** What Twilio takes as a sender: a number, a short code, or a name (which nobody can answer). */
function checkSender(place: Place, type: TwilioVia['type']): void {
  const text = textOf(place);
  if (/^\+[1-9]\d{6,14}$/.test(text)) return;
  if (type === 'whatsapp') {
    const detail = `\`${text}\` is no number in international form, and WhatsApp knows senders by their number. Write it as \`+33755530000\`.`;
    fault(place, 'CMP300', detail);
    return;
  }
  if (/^\d{3,8}$/.test(text) || /^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/.test(text)) return;
  const detail = `\`${text}\` can't be the sender of an SMS: that is a number in international form (\`+33755530000\`), a short code, or a name of up to eleven letters, digits and blanks.`;
  fault(place, 'CMP300', detail);
}

function readWords(place: Place | undefined): Pick<TwilioVia, 'optOutWords'> {
  if (place === undefined) return {};
  const words = entries(place).map(([country, list]) => [
    country,
    asSet(items(list).map((one) => foldWord(textOf(one)))),
  ]);
  return { optOutWords: Object.fromEntries(words) };
}

export function firebaseVia(block: Place, checkInside: (place: Place) => void): FirebaseVia {
  const ttl = child(block, 'ttl');
  const caFile = child(block, 'ca_file');
  const data = child(block, 'data');
  const baseUrl = child(block, 'base_url');
  if (caFile !== undefined) checkInside(caFile);
  if (baseUrl !== undefined && !textOf(baseUrl).startsWith('https://')) {
    const detail =
      'Firebase is called with a token that lets whoever reads it send in your name, so it travels by TLS only. Write an address with `https://`.';
    fault(baseUrl, 'CMP217', detail);
  }
  return {
    kind: 'firebase',
    serviceAccount: textOf(demand(block, 'service_account')),
    ...(ttl !== undefined && { ttl: readDuration(ttl) }),
    ...optional('collapse', textAt(block, 'collapse') as FirebaseVia['collapse']),
    ...(data !== undefined && { data: Object.fromEntries(entries(data).map(([key, one]) => [key, textOf(one)])) }),
    ...(child(block, 'dry_run')?.value === true && { dryRun: true as const }),
    ...optional('baseUrl', withoutSlash(baseUrl && textOf(baseUrl))),
    ...optional('caFile', caFile && textOf(caFile)),
  };
}

export function webhookVia(block: Place): Extract<ChannelBody['via'], { readonly kind: 'webhook' }> {
  const url = demand(block, 'url');
  checkUrl(url);
  return {
    kind: 'webhook',
    url: textOf(url),
    signWith: textAt(block, 'sign_with') ?? null,
    allowPrivate: child(block, 'allow_private')?.value === true,
  };
}

export function readCost(place: Place | undefined): { readonly cost?: ChannelCost } {
  if (place === undefined) return {};
  const first = priceAt(demand(place, 'default'));
  const byCountry = entries(child(place, 'by_country')).map(([country, one]) => {
    const price = priceAt(one);
    if (price.currency !== first.currency) {
      const detail = `This price is in ${price.currency} and the default is in ${first.currency}, and prices of one channel are added up and compared. Write all of them in one currency.`;
      fault(one, 'CMP301', detail);
    }
    return [country, price.micros] as const;
  });
  return { cost: { ...first, ...(byCountry.length > 0 && { byCountry: Object.fromEntries(byCountry) }) } };
}

function priceAt(place: Place): { readonly currency: string; readonly micros: number } {
  const [amount = '', currency = ''] = textOf(place).split(' ');
  if (!isCurrency(currency)) {
    fault(place, 'CMP301', `\`${currency}\` is no currency of ISO 4217. Write a price such as \`0.045 EUR\`.`);
  }
  return { currency, micros: scaleDecimal(amount, 6) ?? 0 };
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [name in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in K]: V });
}

function withoutSlash(text: string | undefined): string | undefined {
  return text?.replace(/\/+$/, '');
}
