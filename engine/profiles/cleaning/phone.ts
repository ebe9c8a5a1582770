/**
 * Telephone numbers in international form (E.164), as their country writes and repairs them. Pure once its tables are loaded: 150 KB of
 * metadata that only those load who have numbers to read. Whether somebody may be called stands elsewhere.
 */
import { createRequire } from 'node:module';
import type { CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryBody } from '../../compiler/ir.ts';

/** How a country writes its numbers. */
export type PhoneRules = NonNullable<CountryBody['phone']>;

export interface CleanPhone {
  /** `+33612345678`. */
  readonly number: string;
  /** By the country's own patterns; where it has none, or it is another country's number, by the tables: what isn't certainly a land line. */
  readonly isMobile: boolean;
}

/**
 * Reads a number as people write it. Null: it is none. Without a country (its rules, or its two letters of ISO 3166) only numbers in
 * international form are read.
 */
export type CleanPhones = (written: string, rules: PhoneRules | null, country?: string | null) => CleanPhone | null;

let loaded: CleanPhones | undefined;

/** Loads the tables, once a process. */
export function phoneCleaner(): Promise<CleanPhones> {
  return Promise.resolve(phonesNow());
}

/** The same for who reads rows and can't wait. */
export function phonesNow(): CleanPhones {
  if (loaded === undefined) {
    const tables = createRequire(import.meta.url)('libphonenumber-js/max') as {
      readonly parsePhoneNumberFromString: Parse;
      readonly isSupportedCountry: (country: string) => boolean;
    };
    loaded = cleanerWith(tables.parsePhoneNumberFromString, tables.isSupportedCountry);
  }
  return loaded;
}

type Parse = typeof parsePhoneNumberFromString;

/** No number has more characters, however it is written. */
const writtenCharsMax = 60;

function cleanerWith(parse: Parse, isSupported: (country: string) => boolean): CleanPhones {
  return (written, rules, country = null) => {
    const at: Where = { rules, country: country !== null && isSupported(country) ? (country as CountryCode) : null };
    const text = written.trim().replace(/^(?:00|\+\s*00)/, '+');
    if (text === '' || text.length > writtenCharsMax) return null;
    const first = numberIn(parse, isInternational(text) ? repaired(compact(text), rules) : text, at);
    if (first === null) return null;
    const number = repaired(first.number, rules);
    const final = number === first.number ? first : (numberIn(parse, number, at) ?? first);
    const own = rules !== null && final.callingCode === String(rules.prefix) ? rules : null;
    const isNamed = own?.mobile.some((pattern) => patternOf(pattern).test(final.number)) ?? false;
    if (!final.isValid && !isNamed) return null;
    const isMobile = own !== null && own.mobile.length > 0 ? isNamed : final.type !== 'FIXED_LINE';
    return { number: final.number, isMobile };
  };
}

function isInternational(text: string): boolean {
  return text.startsWith('+');
}

function compact(text: string): string {
  return `+${text.replace(/\D/g, '')}`;
}

interface Parsed {
  readonly number: string;
  readonly callingCode: string;
  readonly isValid: boolean;
  readonly type: string | undefined;
}

/** By what a number without a prefix is read: the country itself tells more than its prefix, which others may have, too. */
interface Where {
  readonly rules: PhoneRules | null;
  readonly country: CountryCode | null;
}

function numberIn(parse: Parse, text: string, { rules, country }: Where): Parsed | null {
  const by = country === null ? rules && { defaultCallingCode: String(rules.prefix) } : { defaultCountry: country };
  const found = by === null ? parse(text) : parse(text, by);
  if (found === undefined) return null;
  const { number, countryCallingCode: callingCode } = found;
  return { number, callingCode, isValid: found.isValid(), type: found.getType() };
}

/** The rewrites of the country, in the order of its file. */
function repaired(number: string, rules: PhoneRules | null): string {
  return (rules?.repair ?? []).reduce((text, { from, to }) => text.replace(patternOf(from), to), number);
}

const patterns = new Map<string, RegExp>();

/** Compiled once; the compiler has checked that it is a regular expression. */
function patternOf(source: string): RegExp {
  let pattern = patterns.get(source);
  if (pattern === undefined) {
    pattern = new RegExp(source);
    patterns.set(source, pattern);
  }
  return pattern;
}
