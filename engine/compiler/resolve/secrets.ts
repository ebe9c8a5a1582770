/** References to secrets (`${secret.NAME}`): what they look like, and that they stand only where one is resolved. */
import { entries, fault, isMap, items, type Place, textOf } from './place.ts';

/** Whether the whole text is one reference. */
function isSecretReference(text: string): boolean {
  return /^\$\{secret\.[A-Z][A-Z0-9_]*\}$/.test(text);
}

const opening = `\${secret.`;

/** By kind and path, a name that the user gives being `*`. */
const allowed = new Set([
  'channel smtp.user',
  'channel smtp.password',
  'channel smtp.dkim.key',
  'channel twilio.account_sid',
  'channel twilio.auth_token',
  'channel firebase.service_account',
  'channel webhook.url',
  'channel webhook.sign_with',
  'channel api_keys.*',
  'loyalty till.api_keys.*',
  'destination url',
  'destination connection',
  'destination sign_with',
  'source write_keys.*',
  'source verify_with',
  'source connection',
  'workspace environments.*.channels.*.smtp.user',
  'workspace environments.*.channels.*.smtp.password',
  'workspace environments.*.store.url',
  'workspace links.keys.*',
]);

/** Says where a reference stands that nothing would resolve: it would be shown to people as it is. */
export function checkSecrets(place: Place): void {
  // Nearly no document has any, and looking at values is much cheaper than walking places.
  if (!mentionsSecret(place.value)) return;
  if (Array.isArray(place.value)) for (const item of items(place)) checkSecrets(item);
  else if (isMap(place.value)) for (const [, inner] of entries(place)) checkSecrets(inner);
  else if (typeof place.value === 'string' && place.value.includes(opening)) checkText(place);
}

function mentionsSecret(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(opening);
  return typeof value === 'object' && value !== null && Object.values(value).some(mentionsSecret);
}

function checkText(place: Place): void {
  const isAllowedPlace = allowed.has(`${place.at.resource.kind} ${spotOf(place)}`);
  if (isAllowedPlace && isSecretReference(textOf(place))) return;
  const detail = isAllowedPlace
    ? `A secret is the whole value: \`"\${secret.NAME}"\`, in capitals, with nothing around it.`
    : 'Secrets are read only by `smtp.user`, `smtp.password`, `smtp.dkim.key`, `twilio.account_sid`, `twilio.auth_token`, `firebase.service_account`, `webhook` and `api_keys` of a channel, by `till.api_keys` of a programme, by `url`, `sign_with` and `connection` of a destination, by `write_keys`, `verify_with` and `connection` of a source, by `links.keys` of the workspace and by the store of an environment; here the text would be used as it stands. Remove the reference.';
  fault(place, 'CMP007', detail);
}

function spotOf({ at, path }: Place): string {
  if (at.resource.kind !== 'workspace') return path.map((part) => (typeof part === 'number' ? '*' : part)).join('.');
  if (path[0] !== 'environments') return path.map((part) => (typeof part === 'number' ? '*' : part)).join('.');
  return path.map((part, index) => (index === 1 || (index === 3 && path[2] === 'channels') ? '*' : part)).join('.');
}
