/**
 * The rules of pressure as arbitration reads them: caps, mutes and hours of all `pressure` and `country` resources, each with the
 * condition that says whom it is about. Made once of a program.
 */
import type {
  Cap,
  Condition,
  ContactHours,
  CountryBody,
  Coverage,
  PressureBody,
  WhenCapped,
} from '../../compiler/ir.ts';
import type { ConsentNeeds } from '../dispatch/consent-rule.ts';
import type { Hours, HoursLine } from './hours.ts';

/** A rule about some people has the name under which `Situation.applies` holds it; null: it is about everybody. */
interface About {
  readonly about: string | null;
}

export interface CapRule extends About {
  /** `house/weekly`. */
  readonly name: string;
  readonly cap: Cap;
  readonly whenCapped: WhenCapped;
}

export interface MuteRule {
  readonly about: string;
  /** `house/sunset`. */
  readonly name: string;
  readonly covers: Coverage;
}

export interface HoursRule extends About {
  /** As decisions say it: `quiet house`, `contact_hours fr`. */
  readonly name: string;
  readonly covers: Coverage;
  readonly hours: Hours;
}

/** What a country asks of a purpose on channel types, beside the consent itself. */
export interface ConsentRule {
  readonly about: string;
  readonly purpose: string;
  /** Types of channels. */
  readonly channels: readonly string[];
  readonly needs: ConsentNeeds;
  /** Whoever this rule is about needs nothing; null: nobody. */
  readonly unless: string | null;
}

export interface Rules {
  readonly caps: readonly CapRule[];
  readonly mutes: readonly MuteRule[];
  readonly hours: readonly HoursRule[];
  readonly consents: readonly ConsentRule[];
  readonly countries: readonly CountryRule[];
  /** Whom rules are about, by name; read for everybody at once. */
  readonly conditions: readonly { readonly name: string; readonly where: Condition }[];
  /** Those of them that say whose people somebody is, and whom rules of consent leave out: all that dispatch asks. */
  readonly laws: Rules['conditions'];
  /** Clock times that hours name. */
  readonly clocks: readonly string[];
}

export interface CountryRule {
  readonly about: string;
  readonly body: CountryBody;
}

interface Pressure {
  readonly id: string;
  readonly body: PressureBody;
}

interface Country {
  readonly id: string;
  readonly body: CountryBody;
}

/** When the desk of a call list is open, in the zone of whom it calls. */
export interface DeskHours {
  readonly id: string;
  readonly hours: readonly ContactHours[];
}

type Note = (name: string, where: Condition) => string;

/** The rules of all pressures and countries together: the order of files means nothing, each counts. */
export function rulesOf(
  pressures: readonly Pressure[],
  countries: readonly Country[] = [],
  channels: readonly string[] = [],
  desks: readonly DeskHours[] = [],
): Rules {
  const conditions: { name: string; where: Condition }[] = [];
  const note: Note = (name, where) => {
    conditions.push({ name, where });
    return name;
  };
  const told = countries.map(({ id, body }) => ({ id, body, about: note(`country ${id}`, body.where) }));
  const hours = [
    ...pressures.flatMap((one) => quietHours(one, note)),
    ...told.flatMap((one) => contactHours(one, channels)),
    ...desks.flatMap(hoursOfDesk),
  ];
  const lines = hours.flatMap((rule) => rule.hours.lines);
  return {
    caps: [...pressures.flatMap((one) => capsOf(one, note)), ...told.flatMap((one) => capsOfCountry(one, note))],
    mutes: pressures.flatMap((one) => mutesOf(one, note)),
    hours,
    consents: told.flatMap((one) => consentsOf(one, note)),
    countries: told,
    conditions,
    laws: conditions.filter(({ name }) => /^(country|unless) /.test(name)),
    clocks: [...new Set(lines.flatMap(({ from, to }) => [from, to]))].sort(),
  };
}

function capsOf({ id, body }: Pressure, note: Note): readonly CapRule[] {
  return body.caps.map((cap) => {
    const name = `${id}/${cap.id}`;
    return { name, cap, whenCapped: body.whenCapped, about: cap.where ? note(`cap ${name}`, cap.where) : null };
  });
}

function mutesOf({ id, body }: Pressure, note: Note): readonly MuteRule[] {
  return body.mute.map(({ id: muteId, where, covers }) => {
    const name = `${id}/${muteId}`;
    return { name, covers, about: note(`mute ${name}`, where) };
  });
}

function quietHours({ id, body }: Pressure, note: Note): readonly HoursRule[] {
  return body.quietHours.map(({ covers, from, to, days = null, where }, i) => {
    const about = where ? note(`quiet ${id}/${i}`, where) : null;
    return {
      name: `quiet ${id}`,
      covers,
      about,
      hours: { kind: 'quiet', lines: [{ from, to, days, onHolidays: true }] },
    };
  });
}

interface Told extends Country {
  readonly about: string;
}

/** The law says how much; where it doesn't say what becomes of the rest, that waits. */
function capsOfCountry({ id, body, about }: Told, note: Note): readonly CapRule[] {
  return body.caps.map((cap) => {
    const name = `${id}/${cap.id}`;
    const both: Condition | null = cap.where ? { kind: 'all', of: [body.where, cap.where] } : null;
    return {
      name,
      cap,
      whenCapped: body.whenCapped ?? 'defer',
      about: both === null ? about : note(`cap ${name}`, both),
    };
  });
}

/** A channel that some line names is open in its lines alone; one that none names is always open. */
function contactHours({ id, body, about }: Told, channels: readonly string[]): readonly HoursRule[] {
  return channels.flatMap((channel) => {
    const lines = body.contactHours.filter((line) => line.channels === null || line.channels.includes(channel));
    if (lines.length === 0) return [];
    const covers = { channels: [channel], journeys: null, notJourneys: [], objectives: null };
    return [{ name: `contact_hours ${id}`, about, covers, hours: { kind: 'open', lines: lines.map(lineOf) } }];
  });
}

const allObjectives = ['transformation', 'loyalty', 'satisfaction', 'engagement', 'service'] as const;

/** A desk that is closed calls nobody, for service neither. */
function hoursOfDesk({ id, hours }: DeskHours): readonly HoursRule[] {
  if (hours.length === 0) return [];
  const covers = { channels: [id], journeys: null, notJourneys: [], objectives: allObjectives };
  return [{ name: `desk_hours ${id}`, about: null, covers, hours: { kind: 'open', lines: hours.map(lineOf) } }];
}

function lineOf({ days, from, to, holidays }: ContactHours): HoursLine {
  return { days, from, to, onHolidays: holidays };
}

function consentsOf({ id, body, about }: Told, note: Note): readonly ConsentRule[] {
  return body.consent.flatMap(({ purpose, channels, needs, unless }, i) => {
    if (needs === 'nothing') return [];
    const but = unless === null ? null : note(`unless ${id}/${i}`, { kind: 'all', of: [body.where, unless] });
    return [{ about, purpose, channels, needs, unless: but }];
  });
}
