/**
 * The rules of cleaning by name, as traits and identifiers declare them. Every rule is idempotent: what is clean stays as it is. A rule reads
 * text and knows the person's country where that is known; it reads no store, and what it changed is kept by who records the fact.
 */
import type { CleanRule } from '../../compiler/ir.ts';
import { cleanCountry, cleanLanguage } from './codes.ts';
import { cleanDate } from './date.ts';
import { cleanEmail } from './email.ts';
import { cleanName } from './name.ts';
import { type PhoneRules, phonesNow } from './phone.ts';
import { cleanPostalCode } from './postal-code.ts';

export interface CleanContext {
  /** ISO 3166, two letters; null: nobody says. */
  readonly country: string | null;
  /** How countries write their numbers, by code. */
  readonly phones?: ReadonlyMap<string, PhoneRules>;
}

/** What was written, and by which rule it became what is stored. */
export interface Cleaned {
  readonly raw: string;
  readonly by: CleanRule;
}

/** The text in its clean form; null: it is no such thing. */
export function clean(rule: CleanRule, written: string, { country, phones }: CleanContext): string | null {
  switch (rule) {
    case 'email':
      return cleanEmail(written);
    case 'phone':
      return phonesNow()(written, country === null ? null : (phones?.get(country) ?? null), country)?.number ?? null;
    case 'name':
      return cleanName(written, country);
    case 'country':
      return cleanCountry(written);
    case 'language':
      return cleanLanguage(written);
    case 'postal_code':
      return cleanPostalCode(written, country);
    case 'date':
      return cleanDate(written, country);
  }
}

/** Why a text isn't taken, without the text. */
export function uncleanReason(rule: CleanRule, country: string | null): string {
  const there = country === null ? '' : ` in ${country}`;
  switch (rule) {
    case 'email':
      return 'not an e-mail address';
    case 'phone':
      return country === null
        ? 'not a telephone number in international form, and no country says how to read it'
        : `not a telephone number${there}`;
    case 'name':
      return 'not a name';
    case 'country':
      return 'not a country by its code or name';
    case 'language':
      return 'not a language by its code or name';
    case 'postal_code':
      return `not a postal code${there}`;
    case 'date':
      return 'not a day that can be told from how it is written';
  }
}
