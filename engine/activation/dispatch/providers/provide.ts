/**
 * What a message of a provider's channel is beyond its text: to which devices it goes, whether WhatsApp takes any text now, how many parts
 * it has and what it costs. All of it is known before anything leaves; what can't leave is stopped here with its reason.
 */
import type { OutgoingMessage } from '../../../channels/adapter.ts';
import type { ChannelBody } from '../../../compiler/ir.ts';
import { measureSms } from '../../../compiler/sms-segments.ts';
import { phoneCountries } from '../../../profiles/cleaning/phone-country.ts';
import type { Session } from '../../../store/session.ts';
import type { ProviderFacts } from '../settle.ts';
import { identifiersOf, whoWroteSince } from './queries.ts';

/** What is known of the people of a batch. */
export interface ProviderLook {
  /** By what he is known, by type. */
  identifiersOf(profileId: number): Readonly<Record<string, string>>;
  /** Whether he wrote to us so lately that WhatsApp takes any text. */
  hasWritten(profileId: number): boolean;
  /** Of a telephone number, two letters; null: not known. */
  countryOf(number: string): string | null;
}

/** For how long after somebody's message WhatsApp takes what isn't an approved template. */
const sessionMs = 24 * 3_600_000;

const nothing: ProviderLook = {
  hasWritten: () => false,
  identifiersOf: () => ({}),
  countryOf: () => null,
};

/** At most one statement; none for channels that need nothing of the kind. */
export async function lookUpForProvider(
  session: Session,
  people: readonly { readonly lane: number; readonly profile_id: number }[],
  { id, channel, t }: { readonly id: string; readonly channel: ChannelBody; readonly t: Date },
): Promise<ProviderLook> {
  const { via, cost, type } = channel;
  const isPriced = cost?.byCountry !== undefined && isByNumber(type);
  const look = isPriced ? { ...nothing, countryOf: await phoneCountries() } : nothing;
  const places = { lanes: people.map((one) => one.lane), profiles: people.map((one) => one.profile_id) };
  if (via.kind === 'webhook') {
    const rows = await identifiersOf(session, places);
    const known = new Map(rows.map(({ i, identifiers }) => [people[i - 1]!.profile_id, identifiers]));
    return { ...look, identifiersOf: (profileId) => known.get(profileId) ?? {} };
  }
  if (via.kind === 'twilio' && via.type === 'whatsapp') {
    const rows = await whoWroteSince(session, places, id, new Date(t.getTime() - sessionMs));
    const wrote = new Set(rows.map(({ i }) => people[i - 1]!.profile_id));
    return { ...look, hasWritten: (profileId) => wrote.has(profileId) };
  }
  return look;
}

function isByNumber(type: ChannelBody['type']): boolean {
  return type === 'sms' || type === 'whatsapp' || type === 'call-list';
}

/** What is added to the message and what is known of it, or why it doesn't leave. */
export type Provided =
  | { readonly more: Partial<OutgoingMessage>; readonly known: ProviderFacts }
  | { readonly state: 'failed' | 'suppressed'; readonly reason: string };

export interface ToProvide {
  readonly channel: ChannelBody;
  readonly profileId: number;
  readonly to: string | null;
  /** That holds the address instead of the channel's; null: it is the channel's. */
  readonly trait: string | null;
  /** His devices; null: nothing is known of them beside the address. */
  readonly devices: readonly string[] | null;
  /** As rendered. */
  readonly texts: Pick<OutgoingMessage, 'locale' | 'subject' | 'title' | 'text' | 'html' | 'content'>;
  readonly about: {
    readonly message: string;
    readonly journey: string;
    readonly step: string;
    readonly template: string;
    /** When it was queued. */
    readonly at: Date;
  };
  readonly validUntil: Date;
  /** Of the address. */
  readonly hash: Buffer | undefined;
  readonly look: ProviderLook;
}

export function provide(given: ToProvide): Provided {
  const { channel, to, texts, validUntil, hash, look } = given;
  const { via, cost, type } = channel;
  const segments = type === 'sms' ? Math.max(1, measureSms(texts.text ?? '').segments) : null;
  const country = to !== null && isByNumber(type) && cost?.byCountry !== undefined ? look.countryOf(to) : null;
  const price = cost && ((country === null ? undefined : cost.byCountry?.[country]) ?? cost.micros);
  const known: ProviderFacts =
    cost === undefined && via.kind !== 'twilio'
      ? {}
      : {
          ...(segments !== null && via.kind === 'twilio' && { segments }),
          ...(cost && price !== undefined && { cost_micros: price * (segments ?? 1), cost_currency: cost.currency }),
          ...(via.kind === 'twilio' && hash && { address: hash.toString('hex') }),
        };
  const lasting = { validUntil: validUntil.getTime() };
  if (via.kind === 'firebase') return toDevices(given, { more: lasting, known });
  if (via.kind === 'placed') return { more: lasting, known };
  if (via.kind === 'webhook') return { more: { text: posted(given) }, known };
  if (via.kind !== 'twilio') return { more: {}, known };
  if (segments !== null && via.segmentsMax !== undefined && segments > via.segmentsMax) {
    const reason = `the message takes ${segments} parts, and the channel sends ${via.segmentsMax} at most`;
    return { state: 'failed', reason };
  }
  if (via.type !== 'whatsapp') return { more: lasting, known };
  // Any text costs less than an approved template, and says what the file says.
  if (look.hasWritten(given.profileId)) return { more: { ...lasting, isSession: true }, known };
  if (texts.content !== undefined) return { more: lasting, known };
  const reason =
    'the person has not written in 24 hours, and the template names none that WhatsApp has approved (`content`)';
  return { state: 'failed', reason };
}

/** What a program is told of a message: the body of its request. */
function posted({ about, texts, to, look, profileId }: ToProvide): string {
  const { content: _, ...words } = texts;
  const person = look.identifiersOf(profileId);
  const { at, ...names } = about;
  const data = { ...names, ...(to !== null && { to }), person, ...words };
  return JSON.stringify({ type: 'message', timestamp: at.toISOString(), data });
}

function toDevices({ devices, trait }: ToProvide, one: Extract<Provided, { readonly more: object }>): Provided {
  if (trait !== null || devices === null) return one;
  if (devices.length === 0) return { state: 'suppressed', reason: 'his device is used by somebody else now' };
  return { ...one, more: { ...one.more, devices } };
}
