/** Channels: how a type of message leaves, and the trait that holds the address. */
import type { ChannelBody, ChannelType } from '../ir.ts';
import { useTrait } from '../references.ts';
import { readDesk } from './desk.ts';
import { readIntents } from './intents.ts';
import { readRate, readTracking, smtpVia } from './mail.ts';
import { child, demand, fault, type Place, type Resolving, root, textAt, textOf } from './place.ts';
import { readPlaced } from './placed.ts';
import { firebaseVia, readCost, twilioVia, webhookVia } from './providers.ts';

const addressByType: Readonly<Record<ChannelType, string | null>> = {
  email: 'email',
  sms: 'phone',
  whatsapp: 'phone',
  push: 'push_token',
  log: null,
  'on-site': null,
  print: null,
  audience: null,
  'call-list': 'phone',
  webhook: null,
};

/** Types that a provider carries. */
const needsProvider: ReadonlySet<ChannelType> = new Set(['email', 'sms', 'whatsapp', 'push', 'webhook']);

export function resolveChannel(at: Resolving): ChannelBody {
  const place = root(at);
  const type = textOf(demand(place, 'type')) as ChannelType;
  const placed = readPlaced(place, type, checkInside);
  const tracking = readTracking(child(place, 'tracking'));
  return {
    type,
    address: readAddress(place, type),
    ...readSpeed(place),
    ...readCost(child(place, 'cost')),
    ...(tracking !== undefined && { tracking }),
    ...(type === 'call-list' && { desk: readDesk(place) }),
    ...readIntents(child(place, 'intents')),
    ...placed,
    via: readVia(place, type, Object.keys(placed).length > 0),
  };
}

function readSpeed(place: Place): Pick<ChannelBody, 'rate' | 'concurrency'> {
  const rate = child(place, 'rate');
  const concurrency = textAt(place, 'concurrency');
  return {
    ...(rate !== undefined && { rate: readRate(rate) }),
    ...(concurrency !== undefined && { concurrency: Number(concurrency) }),
  };
}

function readAddress(place: Place, type: ChannelType): string | null {
  const named = child(place, 'address');
  const name = named === undefined ? addressByType[type] : textOf(named);
  if (name === null) return null;
  const trait = useTrait(named ?? place, name);
  if (trait === undefined) return name;
  if (trait.origin === 'built-in') {
    const detail = `Messages of this channel go to the trait \`${name}\`, which no schema declares: unless sources fill it all the same, nobody can be reached. Declare it under \`traits\` of a schema, or name the trait that holds the address.`;
    fault(named ?? demand(place, 'type'), 'CMP200', detail);
  }
  if (trait.type !== 'text' && trait.type !== 'id') {
    const detail = `An address is a text, and trait \`${name}\` is of type ${trait.type}. Name a trait of type text.`;
    fault(named ?? place, 'CMP020', detail);
  }
  return name;
}

/** What carries each type by a provider. */
const providerOf: Readonly<Partial<Record<ChannelType, 'smtp' | 'twilio' | 'firebase' | 'webhook'>>> = {
  email: 'smtp',
  sms: 'twilio',
  whatsapp: 'twilio',
  push: 'firebase',
  webhook: 'webhook',
};

/** The provider of the type where its block is given. */
function readVia(place: Place, type: ChannelType, isPlaced: boolean): ChannelBody['via'] {
  const provider = providerOf[type];
  const block = provider === undefined ? undefined : child(place, provider);
  const via = textAt(place, 'via') ?? (block !== undefined ? provider : type === 'log' ? 'log' : 'none');
  if (via === 'smtp') return smtpVia(demand(place, 'smtp'), checkInside);
  if (via === 'twilio') return twilioVia(demand(place, 'twilio'), type === 'whatsapp' ? 'whatsapp' : 'sms');
  if (via === 'firebase') return firebaseVia(demand(place, 'firebase'), checkInside);
  if (via === 'webhook') return webhookVia(demand(place, 'webhook'));
  if (via === 'log') return logVia(place);
  if (isPlaced) return { kind: 'placed' };
  if (needsProvider.has(type)) {
    const given = {
      smtp: 'a mail server under `smtp`',
      twilio: 'an account under `twilio`',
      firebase: 'an account under `firebase`',
      webhook: 'an address under `webhook`',
    };
    const remedy = `Give it ${given[provider ?? 'smtp']}, or write \`via: log\``;
    const detail = `This channel has no provider, so nothing can leave by it. ${remedy} to write its messages to a file.`;
    fault(demand(place, 'type'), 'CMP201', detail);
  } else if (type !== 'call-list') {
    const block =
      type === 'print' || type === 'audience' ? `Say under \`${type}\` how its files are made, or write` : 'Write';
    const detail = `Nothing can leave by this channel as it stands, and whoever comes to a send by it goes on by \`otherwise\`. ${block} \`via: log\` to write its messages to a file.`;
    fault(demand(place, 'type'), 'CMP201', detail);
  }
  return { kind: 'none' };
}

function logVia(place: Place): ChannelBody['via'] {
  const block = child(place, 'log');
  const named = block === undefined ? undefined : child(block, 'path');
  const path = named === undefined ? `.parcours/outbox/${place.at.resource.id}.jsonl` : textOf(named);
  if (named !== undefined) checkInside(named);
  return { kind: 'log', path: path.replace(/^(\.\/)+/, '') };
}

/** Says that a path leads out of the workspace. */
export function checkInside(place: Place): void {
  const path = textOf(place);
  const isRelative = path !== '' && !/^([/\\]|[A-Za-z]:)/.test(path) && !path.includes('\0');
  if (isRelative && !path.split(/[/\\]/).includes('..')) return;
  fault(place, 'CMP070', 'The file lies in the workspace: write a path relative to its root, without `..`.');
}
