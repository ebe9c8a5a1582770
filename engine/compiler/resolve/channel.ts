/** Channels: how a type of message leaves, and the trait that holds the address. */
import type { ChannelBody, ChannelType } from '../ir.ts';
import { useTrait } from '../references.ts';
import { child, demand, fault, type Place, type Resolving, root, textAt, textOf } from './place.ts';

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

export function resolveChannel(at: Resolving): ChannelBody {
  const place = root(at);
  const type = textOf(demand(place, 'type')) as ChannelType;
  return { type, address: readAddress(place, type), via: readVia(place, type) };
}

function readAddress(place: Place, type: ChannelType): string | null {
  const named = child(place, 'address');
  const name = named === undefined ? addressByType[type] : textOf(named);
  if (name === null) return null;
  if (named === undefined && !place.at.names.traits.has(name)) {
    const typePlace = demand(place, 'type');
    const detail = `The address of ${type} is read from the trait \`${name}\` unless \`address\` names another, and no schema declares it. Declare it, or name the trait that holds the address.`;
    fault(typePlace, 'CMP010', detail);
    return name;
  }
  const trait = useTrait(named ?? place, name);
  if (trait !== undefined && trait.type !== 'text' && trait.type !== 'id') {
    fault(
      named ?? place,
      'CMP020',
      `An address is a text, and trait \`${name}\` is of type ${trait.type}. Name a trait of type text.`,
    );
  }
  return name;
}

/** Email leaves by SMTP unless it says otherwise; the other types have no provider in this version. */
function readVia(place: Place, type: ChannelType): ChannelBody['via'] {
  const via = textAt(place, 'via') ?? (type === 'email' ? 'smtp' : 'log');
  return via === 'smtp' ? smtpVia(demand(place, 'smtp')) : logVia(place);
}

function logVia(place: Place): ChannelBody['via'] {
  const block = child(place, 'log');
  const named = block === undefined ? undefined : child(block, 'path');
  const path = named === undefined ? `.parcours/outbox/${place.at.resource.id}.jsonl` : textOf(named);
  if (named !== undefined && !staysInside(path)) {
    const detail = 'The file lies in the workspace: write a path relative to its root, without `..`.';
    fault(named, 'CMP070', detail);
  }
  return { kind: 'log', path: path.replace(/^(\.\/)+/, '') };
}

function staysInside(path: string): boolean {
  if (path === '' || /^([/\\]|[A-Za-z]:)/.test(path) || path.includes('\0')) return false;
  return !path.split(/[/\\]/).includes('..');
}

function smtpVia(block: Place): ChannelBody['via'] {
  return {
    kind: 'smtp',
    host: textOf(demand(block, 'host')),
    port: Number(textOf(demand(block, 'port'))),
    secure: child(block, 'secure')?.value === true,
    from: textOf(demand(block, 'from')),
    user: textAt(block, 'user') ?? null,
    password: textAt(block, 'password') ?? null,
  };
}
