/**
 * What is looked up of a batch of messages before they may leave: what their people's countries ask, addresses as these write them, the
 * suppression list, registers. Each only where something asks for it: mostly nothing, at most three statements.
 */
import type { ChannelBody } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { type About, type Address, aboutWhom, lookUp, neededBy, numbersBy } from '../messages/situations/laws.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import type { ClaimedMessage } from './claimed-message.ts';
import type { ConsentNeeds } from './consent-rule.ts';
import { lookUpForProvider, type ProviderLook } from './providers/provide.ts';
import { findSuppressed } from './queries.ts';
import { suppressionHash } from './suppression-hash.ts';

/** What is known of the messages of a batch. */
export interface LookedUp {
  /** What the person's countries ask of the message's purpose. */
  needsOf(message: ClaimedMessage): readonly ConsentNeeds[];
  /** To which message i of the batch leaves; null: there is none, or the channel needs none. `problem`: it can't be used, and why. */
  addressOf(i: number): { readonly to: string | null; readonly problem: string | null };
  /** What the channel's provider asks beside. */
  readonly provider: ProviderLook;
}

export interface LookUpOptions {
  readonly catalogue: DispatchCatalogue;
  readonly channel: ChannelBody;
  readonly t: Date;
}

const nothing: About = new Set();

interface Read {
  readonly address: Address | null;
  readonly registers: readonly string[];
}

function usableIn({ address, registers }: Read) {
  return address?.kind === 'usable' ? [{ number: address.address, registers }] : [];
}

export async function lookUpBatch(
  session: Session,
  messages: readonly ClaimedMessage[],
  { catalogue, channel, t }: LookUpOptions,
): Promise<LookedUp> {
  const { laws } = catalogue;
  const isRuled = laws !== null && isUnderLaws(laws.rules, channel);
  const about = isRuled ? await aboutOf(session, messages, { laws, t }) : new Map<number, About>();
  const of = (message: ClaimedMessage) => about.get(message.profile_id) ?? nothing;
  const numbers = isRuled ? await numbersBy(laws.rules) : null;
  const read = messages.map((message): Read => {
    const written = writtenAddress(message, channel);
    const address =
      written === null
        ? null
        : (numbers?.read(channel.type, written, of(message)) ?? { kind: 'usable', address: written });
    const isBarred = catalogue.consent(message.purpose)?.basis !== 'contract';
    const registers = isBarred ? (numbers?.registersOf(channel.type, of(message)) ?? []) : [];
    return { address, registers };
  });
  // Of a whole batch: its rows were read by one statement.
  const isListed = messages[0]?.is_listed === true;
  const usable = !isRuled && !isListed ? [] : read.flatMap(usableIn);
  const hashes = isListed ? usable.map(({ number }) => suppressionHash(channel.type, number)) : [];
  const suppressed = await findSuppressed(session, hashes);
  const registers = await lookUp(session, usable);
  const id = messages[0]?.channel ?? '';
  const provider = await lookUpForProvider(session, messages, { id, channel, t });
  return {
    provider,
    needsOf: (message) => (isRuled ? neededBy(laws.rules, of(message), message.purpose, channel.type) : []),
    addressOf(i) {
      const found = read[i];
      if (found?.address === undefined || found.address === null) return { to: null, problem: null };
      if (found.address.kind === 'unusable') return { to: null, problem: words[found.address.why] };
      const to = found.address.address;
      if (suppressed.size > 0 && suppressed.has(suppressionHash(channel.type, to).toString('hex'))) {
        return { to, problem: 'the address is on the suppression list' };
      }
      const barred = registers.barredBy(to, found.registers);
      return { to, problem: barred === null ? null : `the number may not be used: ${barred}` };
    },
  };
}

const words = {
  'bad-number': 'the address is no telephone number of the country',
  'not-mobile': 'the address is no mobile number',
} as const;

type Laws = NonNullable<DispatchCatalogue['laws']>;

/** Whether some country has a say in what leaves by the channel. */
function isUnderLaws({ consents, countries }: Laws['rules'], { type }: ChannelBody): boolean {
  const isNumbered = countries.some(({ body }) => body.phone !== null || body.registers.length > 0);
  return isNumbered || consents.some(({ channels }) => channels.includes(type));
}

async function aboutOf(
  session: Session,
  messages: readonly ClaimedMessage[],
  { laws, t }: { readonly laws: Laws; readonly t: Date },
): Promise<ReadonlyMap<number, About>> {
  const people = [...new Map(messages.map((one) => [one.profile_id, one])).values()];
  const who = { lanes: people.map((one) => one.lane), profiles: people.map((one) => one.profile_id) };
  return await aboutWhom({ session, statements: laws.statements, t }, 'laws', laws.rules.laws, who);
}

/** The person's address for the channel as it was told, null when there is none or the channel needs none. */
function writtenAddress(message: ClaimedMessage, channel: ChannelBody): string | null {
  const trait = channel.address === null ? null : (message.address_trait ?? channel.address);
  if (trait === null || !message.traits || !Object.hasOwn(message.traits, trait)) return null;
  const value = message.traits[trait];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
