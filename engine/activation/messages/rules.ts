/**
 * The rules of pressure as arbitration reads them: caps, mutes and hours of all `pressure` and `country` resources, each with the
 * condition that says whom it is about. Made once of a program.
 */
import type { Cap, Condition, Coverage, PressureBody, WhenCapped } from '../../compiler/ir.ts';
import type { Hours } from './hours.ts';

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

export interface Rules {
  readonly caps: readonly CapRule[];
  readonly mutes: readonly MuteRule[];
  readonly hours: readonly HoursRule[];
  /** Whom rules are about, by name; read for everybody at once. */
  readonly conditions: readonly { readonly name: string; readonly where: Condition }[];
  /** Clock times that hours name. */
  readonly clocks: readonly string[];
}

interface Pressure {
  readonly id: string;
  readonly body: PressureBody;
}

/** The rules of all pressures together: the order of files means nothing, each counts. */
export function rulesOf(pressures: readonly Pressure[]): Rules {
  const conditions: { name: string; where: Condition }[] = [];
  const about = (name: string, where: Condition): string => {
    conditions.push({ name, where });
    return name;
  };
  const caps = pressures.flatMap(({ id, body }) =>
    body.caps.map((cap): CapRule => {
      const name = `${id}/${cap.id}`;
      return { name, cap, whenCapped: body.whenCapped, about: cap.where ? about(`cap ${name}`, cap.where) : null };
    }),
  );
  const mutes = pressures.flatMap(({ id, body }) =>
    body.mute.map(({ id: muteId, where, covers }): MuteRule => {
      const name = `${id}/${muteId}`;
      return { name, covers, about: about(`mute ${name}`, where) };
    }),
  );
  const hours = pressures.flatMap(({ id, body }) =>
    body.quietHours.map(({ covers, from, to, days = null, where }, i): HoursRule => {
      const line = { from, to, days, onHolidays: true };
      const whom = where ? about(`quiet ${id}/${i}`, where) : null;
      return { name: `quiet ${id}`, covers, about: whom, hours: { kind: 'quiet', lines: [line] } };
    }),
  );
  const clocks = [...new Set(hours.flatMap(({ hours: { lines } }) => lines.flatMap(({ from, to }) => [from, to])))];
  return { caps, mutes, hours, conditions, clocks: clocks.sort() };
}
