/**
 * How things stand for a person: what he said for which purpose, his language, rhythm and pause. What he said a moment ago counts, also where
 * his lane hasn't read it yet: whoever saves a page sees what he saved.
 */
import { type ConsentSaid, consentObstacle } from '../../activation/dispatch/consent-rule.ts';
import { pauseTrait } from '../../compiler/built-ins.ts';
import type { ConsentBody } from '../../compiler/ir.ts';
import { selectTombstones } from '../../profiles/identity/queries.ts';
import { laneOf } from '../../profiles/lane-of.ts';
import type { Session } from '../../store/session.ts';
import { type PersonRow, readPersonRow } from './queries.ts';

export interface Statement {
  readonly state: 'granted' | 'denied';
  readonly isConfirmed: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface Standing {
  readonly profileId: number;
  readonly lane: number;
  readonly locale: string | null;
  readonly zone: string | null;
  /** Milliseconds since the epoch; null: no pause was ever made, or it was ended. */
  readonly pausedUntil: number | null;
  readonly traits: Readonly<Record<string, unknown>>;
  /** By `purpose channel`; the channel is a type, or `*`. */
  readonly statements: ReadonlyMap<string, Statement>;
}

/** Who the profile is now, himself or as part of whom he was merged into. Null: he was erased, or never was. */
export async function readStanding(session: Session, profileId: number): Promise<Standing | null> {
  const [tombstone] = await selectTombstones(session, [profileId]);
  const id = tombstone?.root_id ?? profileId;
  if (id === 0) return null;
  const lane = laneOf(id);
  const row = await readPersonRow(session, lane, id);
  if (row === null || row.merged_into !== null) return null;
  return standingOf(id, row);
}

function standingOf(profileId: number, row: PersonRow): Standing {
  const statements = new Map<string, Statement>(
    row.consents.map(({ purpose, channel, state, is_confirmed: isConfirmed, since }) => [
      `${purpose} ${channel}`,
      { state, isConfirmed, since },
    ]),
  );
  let traits = row.traits;
  for (const fact of row.waiting) {
    traits = { ...traits, ...fact.traits };
    for (const { purpose, channel, state } of fact.consents ?? []) {
      const key = `${purpose} ${channel}`;
      const before = statements.get(key);
      if (before !== undefined && before.since > fact.at) continue;
      const isConfirmed = state === 'confirmed' || (state === 'granted' && before?.isConfirmed === true);
      statements.set(key, { state: state === 'denied' ? 'denied' : 'granted', isConfirmed, since: fact.at });
    }
  }
  const own = (name: string): unknown => (Object.hasOwn(traits, name) ? traits[name] : null);
  const [locale, pausedUntil] = [own('locale'), own(pauseTrait)];
  return {
    profileId,
    lane: laneOf(profileId),
    locale: typeof locale === 'string' && locale !== '' ? locale : row.locale,
    zone: row.zone,
    pausedUntil: typeof pausedUntil === 'number' ? pausedUntil : null,
    traits,
    statements,
  };
}

/** What was said of a purpose on a type of channel, or on all of them. */
export function saidOf({ statements }: Standing, purpose: string, channel: string): ConsentSaid {
  const told = [channel, '*'].flatMap((one) => statements.get(`${purpose} ${one}`) ?? []);
  return {
    granted: told.some(({ state }) => state === 'granted'),
    denied: told.some(({ state }) => state === 'denied'),
    confirmed: told.some(({ isConfirmed }) => isConfirmed),
  };
}

/** `pending`: he said yes, and it counts only once he confirms it. */
export type Answer = 'allowed' | 'pending' | 'refused';

/** How a purpose stands on a channel, by what the purpose itself asks; countries may ask for more. */
export function answerOf(standing: Standing, purpose: string, body: ConsentBody, channel: string): Answer {
  const said = saidOf(standing, purpose, channel);
  if (consentObstacle(purpose, body, channel, said) === null) return 'allowed';
  const wouldDo = consentObstacle(purpose, body, channel, { ...said, confirmed: true }) === null;
  return wouldDo ? 'pending' : 'refused';
}
