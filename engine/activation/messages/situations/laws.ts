/**
 * What the countries of people ask when a message is decided, when it leaves, and when a call is given out: consent, numbers that are
 * numbers, registers. Of several countries the strictest counts.
 */
import type { Condition } from '../../../compiler/ir.ts';
import { forPeople } from '../../../compiler/program-sql.ts';
import { type CleanPhones, type PhoneRules, phoneCleaner } from '../../../profiles/cleaning/phone.ts';
import { registerHash } from '../../../profiles/registers/register-hash.ts';
import type { Session } from '../../../store/session.ts';
import type { ConsentNeeds } from '../../dispatch/consent-rule.ts';
import type { Statements } from '../../statements.ts';
import type { Rules } from '../rules.ts';
import { type RegisteredRow, readRegistered } from './queries.ts';

/** Names of the rules that are about somebody, of those that aren't about everybody. */
export type About = ReadonlySet<string>;

/** People as aligned arrays. */
interface Who {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
}

/** Which of the conditions hold for whom, by profile: all of them as columns of one statement. */
export async function aboutWhom(
  { session, statements, t }: { readonly session: Session; readonly statements: Statements; readonly t: Date },
  key: string,
  conditions: readonly { readonly name: string; readonly where: Condition }[],
  who: Who,
): Promise<ReadonlyMap<number, About>> {
  if (conditions.length === 0 || who.profiles.length === 0) return new Map();
  const statement = statements.pairsOverPeople(
    key,
    conditions.map(({ where }) => where),
  );
  const { text, values } = forPeople(statement, t, who);
  const rows = await session.query<Record<string, unknown> & { readonly i: number }>(text, values);
  return new Map(
    rows.map((row) => [
      who.profiles[row.i - 1] as number,
      new Set(conditions.filter((_, c) => row[`h${c}`] === true).map(({ name }) => name)),
    ]),
  );
}

/** What somebody's countries ask of a purpose on a channel type. */
export function neededBy({ consents }: Rules, about: About, purpose: string, type: string): readonly ConsentNeeds[] {
  if (consents.length === 0) return noNeeds;
  return consents
    .filter((rule) => rule.purpose === purpose && rule.channels.includes(type) && about.has(rule.about))
    .filter(({ unless }) => unless === null || !about.has(unless))
    .map(({ needs }) => needs);
}

const noNeeds: readonly ConsentNeeds[] = [];

const noRegisters: readonly string[] = [];

/** Types of channels whose addresses are telephone numbers. */
const byNumber: ReadonlySet<string> = new Set(['sms', 'whatsapp', 'call-list']);

/** An address as it is used. */
export type Address =
  | { readonly kind: 'usable'; readonly address: string }
  /** `bad-number`: it is no number · `not-mobile`: no mobile one, where only these are written to. */
  | { readonly kind: 'unusable'; readonly why: 'bad-number' | 'not-mobile' };

export interface Numbers {
  /** An address of somebody, as a channel of the type uses it. Where no country says how numbers are written, it stays as it is. */
  read(type: string, written: string, about: About): Address;
  /** The registers in which somebody's number is to be looked up. */
  registersOf(type: string, about: About): readonly string[];
}

/** Reads numbers by the countries of the rules; loads the tables only where one says how numbers are written. */
export async function numbersBy({ countries }: Rules): Promise<Numbers> {
  const isAsked = countries.some(({ body }) => body.phone !== null || body.registers.length > 0);
  const clean = isAsked ? await phoneCleaner() : null;
  const of = (about: About) => countries.filter((one) => about.has(one.about)).map(({ body }) => body);
  return {
    read(type, written, about) {
      const phone = byNumber.has(type) ? (of(about).find((body) => body.phone !== null)?.phone ?? null) : null;
      return phone === null || clean === null
        ? { kind: 'usable', address: written }
        : readBy(clean, type, written, phone);
    },
    registersOf: (type, about) =>
      byNumber.has(type) ? [...new Set(of(about).flatMap((body) => body.registers))].sort() : noRegisters,
  };
}

function readBy(clean: CleanPhones, type: string, written: string, phone: PhoneRules): Address {
  const found = clean(written, phone);
  if (found === null) return { kind: 'unusable', why: 'bad-number' };
  if (type === 'sms' && !found.isMobile) return { kind: 'unusable', why: 'not-mobile' };
  return { kind: 'usable', address: found.number };
}

/** What registers say of numbers. */
export interface Registers {
  /** Null: the number stands in none of them. `register x`: it does in x; `no-register x`: x was never imported, so nobody knows. */
  barredBy(number: string, registers: readonly string[]): string | null;
}

/** Looks numbers up, each in the registers of its person; one statement, none where there is nothing to look up. */
export async function lookUp(
  session: Session,
  asked: readonly { readonly number: string; readonly registers: readonly string[] }[],
): Promise<Registers> {
  const named = [...new Set(asked.flatMap(({ registers }) => registers))].sort();
  const numbers = [...new Set(asked.filter((one) => one.registers.length > 0).map(({ number }) => number))];
  const rows: readonly RegisteredRow[] =
    named.length === 0 ? [] : await readRegistered(session, named, numbers.map(registerHash));
  const imported = new Set(rows.map(({ register }) => register));
  const listed = new Set(rows.flatMap(({ register, hash }) => (hash === null ? [] : [`${register} ${hash}`])));
  return {
    barredBy(number, registers) {
      if (registers.length === 0) return null;
      const hash = registerHash(number).toString('hex');
      const barring = registers.find((one) => listed.has(`${one} ${hash}`));
      if (barring !== undefined) return `register ${barring}`;
      const unknown = registers.find((one) => !imported.has(one));
      return unknown === undefined ? null : `no-register ${unknown}`;
    },
  };
}
