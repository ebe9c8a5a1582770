/** E-mail addresses as they are stored: lower case, without spaces, the domain in ASCII. What stands behind a plus sign is kept: it is part of the address. */
import { domainToASCII } from 'node:url';

/** RFC 5321. */
const addressCharsMax = 254;
const localCharsMax = 64;

/** Null: no address. Case is given up before the `@`, too: no provider of note tells addresses apart by it. */
export function cleanEmail(written: string): string | null {
  const named = /<([^<>]*)>\s*$/.exec(written)?.[1] ?? written;
  const text = named
    .normalize('NFC')
    .replace(/[\s\u200B-\u200D\uFEFF]+/gu, '')
    .replace(/^mailto:/i, '')
    .replace(/\.+$/, '')
    .toLowerCase()
    .normalize('NFC');
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  if (!isLocal(local)) return null;
  const domain = domainToASCII(text.slice(at + 1));
  if (!isDomain(domain)) return null;
  const address = `${local}@${domain}`;
  return address.length > addressCharsMax ? null : address;
}

function isLocal(local: string): boolean {
  return (
    local.length > 0 &&
    local.length <= localCharsMax &&
    /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u.test(local) &&
    !/^\.|\.$|\.\./.test(local)
  );
}

/** At least two labels, the last of them no number. */
function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  return (
    labels.length >= 2 &&
    labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
}
