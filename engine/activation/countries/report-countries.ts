/**
 * Who lives where, and how many of them can be reached: by country, with what the country expects of its data. Looks at whole lanes until it
 * has seen enough people, and says of how many it speaks; lanes are hashes of people, so any of them are a fair sample.
 */
import type { CountryBody } from '../../compiler/ir.ts';
import { phoneCleaner } from '../../profiles/cleaning/phone.ts';
import type { Session } from '../../store/session.ts';
import { aboutWhom } from '../messages/situations/laws.ts';
import type { Running } from '../running.ts';
import { type AddressRow, selectAddresses } from './queries.ts';

export interface CountryLook {
  /** Null: of no country. */
  readonly country: string | null;
  readonly people: number;
  readonly withEmail: number;
  /** A number is there; it can be read as one of the country; it is a mobile one. Where the country doesn't say how, all can be read. */
  readonly withPhone: number;
  readonly readable: number;
  readonly mobile: number;
  readonly expected: { readonly email: boolean; readonly phone: boolean };
  /** What is expected and missing for more than one in ten. */
  readonly alarms: readonly ('email' | 'phone')[];
}

export interface CountriesLook {
  /** Of so many people. */
  readonly looked: number;
  /** Whether these are all. */
  readonly isWhole: boolean;
  readonly countries: readonly CountryLook[];
}

const lanes = 1_024;
const enough = 20_000;
const missingMax = 0.1;

export async function reportCountries(session: Session, running: Running, t: Date): Promise<CountriesLook> {
  const { program, statements, rules } = running;
  const named = rules.countries.map(({ about }, i) => ({
    about,
    ...(program.countries[i] as { readonly id: string; readonly body: CountryBody }),
  }));
  const tallies = [...named, null].map((country) => ({ country, counts: nobody() }));
  const clean = await phoneCleaner();
  const traits = addressTraits(running);
  const wheres = rules.laws.filter(({ name }) => named.some(({ about }) => about === name));
  let looked = 0;
  let lane = 0;
  for (; lane < lanes && looked < enough; lane += 1) {
    const rows = await selectAddresses(session, lane, traits);
    const who = { lanes: rows.map((row) => row.lane), profiles: rows.map((row) => row.profile_id) };
    const about = await aboutWhom({ session, statements, t }, 'countries of people', wheres, who);
    for (const row of rows) {
      const own = tallies.find(({ country }) => country === null || about.get(row.profile_id)?.has(country.about));
      if (own !== undefined)
        count(
          own.counts,
          row,
          (written) => clean(written, own.country?.body.phone ?? null),
          own.country?.body.phone != null,
        );
    }
    looked += rows.length;
  }
  return { looked, isWhole: lane === lanes, countries: tallies.map(({ country, counts }) => lookOf(country, counts)) };
}

interface Counts {
  people: number;
  withEmail: number;
  withPhone: number;
  readable: number;
  mobile: number;
}

function nobody(): Counts {
  return { people: 0, withEmail: 0, withPhone: 0, readable: 0, mobile: 0 };
}

type Clean = (written: string) => { readonly isMobile: boolean } | null;

function count(counts: Counts, { email, phone }: AddressRow, clean: Clean, isRuled: boolean): void {
  counts.people += 1;
  if (email !== null) counts.withEmail += 1;
  if (phone === null) return;
  counts.withPhone += 1;
  const found = clean(phone);
  if (found !== null || !isRuled) counts.readable += 1;
  if (found?.isMobile === true) counts.mobile += 1;
}

function lookOf(country: { readonly id: string; readonly body: CountryBody } | null, counts: Counts): CountryLook {
  const { dataQuality = {} } = country?.body ?? {};
  const expected = {
    email: country !== null && dataQuality.email_expected !== false,
    phone: country !== null && dataQuality.phone_expected !== false,
  };
  const lacks = (has: number) => counts.people > 0 && 1 - has / counts.people > missingMax;
  const alarms: ('email' | 'phone')[] = [];
  if (expected.email && lacks(counts.withEmail)) alarms.push('email');
  if (expected.phone && lacks(counts.readable)) alarms.push('phone');
  return { country: country?.id ?? null, ...counts, expected, alarms };
}

/** The traits that channels send to; those of everybody where no channel says. */
function addressTraits({ program }: Running): {
  readonly emails: readonly string[];
  readonly phones: readonly string[];
} {
  const of = (types: readonly string[], usual: string) => {
    const named = [...program.channels.values()].flatMap(({ type, address }) =>
      types.includes(type) && address !== null ? [address] : [],
    );
    return [...new Set([...named, usual])];
  };
  return { emails: of(['email'], 'email'), phones: of(['sms', 'whatsapp', 'call-list'], 'phone') };
}
