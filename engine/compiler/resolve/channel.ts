/** Channels: how a type of message leaves, and the trait that holds the address. */
import type { ChannelBody, ChannelType } from '../ir.ts';
import { useTrait } from '../references.ts';
import { child, fault, type Place, type Resolving, root, textAt, textOf } from './place.ts';
import { isSecretReference } from './secrets.ts';

const addressByType: Readonly<Record<ChannelType, string | null>> = {
  email: 'email',
  sms: 'phone',
  whatsapp: 'phone',
  push: 'push_token',
  log: null,
};

const viaByType: Readonly<Record<ChannelType, 'smtp' | 'log' | null>> = {
  email: 'smtp',
  sms: null,
  whatsapp: null,
  push: null,
  log: 'log',
};

export function resolveChannel(at: Resolving): ChannelBody {
  const place = root(at);
  const type = (textAt(place, 'type') ?? 'log') as ChannelType;
  return { type, address: readAddress(place, type), via: readVia(place, type) };
}

function readAddress(place: Place, type: ChannelType): string | null {
  const named = child(place, 'address');
  const name = named === undefined ? addressByType[type] : textOf(named);
  if (name === null) return null;
  if (named === undefined && !place.at.names.traits.has(name)) {
    const typePlace = child(place, 'type') ?? place;
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

function readVia(place: Place, type: ChannelType): ChannelBody['via'] {
  const via = child(place, 'via');
  const kind = via === undefined ? viaByType[type] : textOf(via);
  if (kind === null) {
    const typePlace = child(place, 'type') ?? place;
    fault(
      typePlace,
      'CMP069',
      `This version has no provider for ${type}. Say \`via: log\`: messages are then written to a file.`,
    );
    return logVia(place);
  }
  if (kind === 'log') {
    refuseBlock(place, 'smtp', '`smtp` is read only with `via: smtp`, and this channel writes to a file. Remove it.');
    return logVia(place);
  }
  if (type !== 'email') {
    fault(via ?? place, 'CMP069', `SMTP carries email, not ${type}. Say \`via: log\`.`);
    return logVia(place);
  }
  refuseBlock(
    place,
    'log',
    '`log` is read only with `via: log`, and this channel sends by SMTP. Remove it, or say `via: log`.',
  );
  return smtpVia(place);
}

function refuseBlock(place: Place, key: string, detail: string): void {
  const block = child(place, key);
  if (block !== undefined) fault(block, 'CMP069', detail, { on: 'key' });
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

function smtpVia(place: Place): ChannelBody['via'] {
  const block = child(place, 'smtp');
  const [host, from] = block === undefined ? [] : [child(block, 'host'), child(block, 'from')];
  if (block === undefined || host === undefined || from === undefined) {
    const detail =
      'Email leaves by SMTP, which needs a host and a sender: `smtp: { host: localhost, from: "Shop <hello@shop.example>" }`. Or say `via: log`.';
    fault(block ?? place, 'CMP068', detail);
    return logVia(place);
  }
  const secure = child(block, 'secure')?.value === true;
  const port = textAt(block, 'port');
  return {
    kind: 'smtp',
    host: textOf(host),
    port: port === undefined ? (secure ? 465 : 587) : Number(port),
    secure,
    from: textOf(from),
    user: textAt(block, 'user') ?? null,
    password: readPassword(block),
  };
}

/** Secrets are only ever references: no secret byte reaches a bundle. */
function readPassword(block: Place): string | null {
  const password = child(block, 'password');
  if (password === undefined) return null;
  if (isSecretReference(textOf(password))) return textOf(password);
  const detail = `A password in a file is known to all who read the repository. Write \`"\${secret.SMTP_PASSWORD}"\` and set that variable where the engine runs.`;
  fault(password, 'CMP007', detail);
  return null;
}
