/** Postal addresses: whether a letter can arrive by one, how it is written on an envelope, and who lives together. Pure. */
import type { PostalTraits } from '../../compiler/ir.ts';

export interface PostalAddress {
  readonly name: string;
  readonly street: string;
  readonly more: string;
  readonly postcode: string;
  readonly city: string;
  /** Two letters, capitals. */
  readonly country: string;
}

/** The longest line that windows of envelopes show. */
const lineMax = 60;

/** How countries write postcodes, of those that we know; others are taken as they are. */
const postcodes: Readonly<Record<string, RegExp>> = {
  AR: /^([A-Z]\d{4}[A-Z]{3}|\d{4})$/,
  AT: /^[1-9]\d{3}$/,
  AU: /^\d{4}$/,
  BE: /^[1-9]\d{3}$/,
  BR: /^\d{5}-?\d{3}$/,
  CA: /^[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d$/,
  CH: /^[1-9]\d{3}$/,
  CL: /^\d{7}$/,
  CO: /^\d{6}$/,
  DE: /^\d{5}$/,
  ES: /^(0[1-9]|[1-4]\d|5[0-2])\d{3}$/,
  FR: /^\d{5}$/,
  GB: /^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/,
  IT: /^\d{5}$/,
  MX: /^\d{5}$/,
  NG: /^\d{6}$/,
  NL: /^[1-9]\d{3} ?[A-Z]{2}$/,
  PL: /^\d{2}-\d{3}$/,
  PT: /^\d{4}-\d{3}$/,
  US: /^\d{5}(-\d{4})?$/,
};

export type CheckedAddress =
  | { readonly ok: true; readonly address: PostalAddress }
  /** In words that name parts and no values. */
  | { readonly ok: false; readonly reason: string };

/** Reads the address out of a person's traits, cleaned of what no line of an envelope holds. */
export function readAddress(named: PostalTraits, traits: Readonly<Record<string, unknown>>): CheckedAddress {
  const part = (trait: string | undefined): string => {
    const value = trait !== undefined && Object.hasOwn(traits, trait) ? traits[trait] : undefined;
    return typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim() : '';
  };
  const address: PostalAddress = {
    name: part(named.name),
    street: part(named.street),
    more: part(named.more),
    postcode: part(named.postcode).toUpperCase(),
    city: part(named.city),
    country: part(named.country).toUpperCase(),
  };
  const missing = (['name', 'street', 'postcode', 'city', 'country'] as const).filter((one) => address[one] === '');
  if (missing.length > 0) return { ok: false, reason: `the postal address has no ${missing.join(', no ')}` };
  if (!/^[A-Z]{2}$/.test(address.country))
    return { ok: false, reason: 'the country of the postal address is not two letters' };
  const pattern = postcodes[address.country];
  if (pattern !== undefined && !pattern.test(address.postcode)) {
    return { ok: false, reason: `the postcode of the postal address is none of ${address.country}` };
  }
  const long = (['name', 'street', 'more', 'city'] as const).find((one) => [...address[one]].length > lineMax);
  if (long !== undefined) return { ok: false, reason: `the ${long} of the postal address is longer than a line` };
  // A street of a letter or two, or of the same sign again and again, was typed to get past a form.
  if (!/\p{L}.*[\p{L}\p{N}]/u.test(address.street))
    return { ok: false, reason: 'the street of the postal address is none' };
  return { ok: true, address };
}

/** The lines of the envelope, without the country, which is the print house's to write where it goes abroad. */
export function linesOf({ name, street, more, postcode, city, country }: PostalAddress): readonly string[] {
  const town = ['GB', 'US', 'CA', 'AU'].includes(country) ? `${city} ${postcode}` : `${postcode} ${city}`;
  return [name, street, more, town].filter((line) => line !== '');
}

/** Equal for all who live at an address, however they write it; without whose name it is. */
export function householdOf({ street, more, postcode, city, country }: PostalAddress): string {
  return [country, postcode, city, street, more].map(folded).join('|');
}

const shortened: ReadonlyMap<string, string> = new Map([
  ['str', 'street'],
  ['st', 'street'],
  ['rd', 'road'],
  ['ave', 'avenue'],
  ['av', 'avenue'],
  ['avda', 'avenida'],
  ['bd', 'boulevard'],
  ['blvd', 'boulevard'],
  ['c', 'calle'],
]);

function folded(text: string): string {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ');
  return words.map((word) => shortened.get(word) ?? word).join(' ');
}
