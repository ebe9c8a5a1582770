/** References to secrets (`${secret.NAME}`): what they look like, and that they stand only where one is resolved. */
import { entries, fault, isMap, items, type Place, textOf } from './place.ts';

/** Whether the whole text is one reference. */
function isSecretReference(text: string): boolean {
  return /^\$\{secret\.[A-Z][A-Z0-9_]*\}$/.test(text);
}

const opening = `\${secret.`;
const allowed = new Set(['smtp.user', 'smtp.password']);

/** Says where a reference stands that nothing would resolve: it would be shown to people as it is. */
export function checkSecrets(place: Place): void {
  if (Array.isArray(place.value)) for (const item of items(place)) checkSecrets(item);
  else if (isMap(place.value)) for (const [, inner] of entries(place)) checkSecrets(inner);
  else if (typeof place.value === 'string' && place.value.includes(opening)) checkText(place);
}

function checkText(place: Place): void {
  const isAllowedPlace = place.at.resource.kind === 'channel' && allowed.has(place.path.join('.'));
  if (isAllowedPlace && isSecretReference(textOf(place))) return;
  const detail = isAllowedPlace
    ? `A secret is the whole value: \`"\${secret.NAME}"\`, in capitals, with nothing around it.`
    : 'Secrets are read only by `smtp.user` and `smtp.password` of a channel; here the text would be used as it stands. Remove the reference.';
  fault(place, 'CMP007', detail);
}
