/**
 * Devices that push messages go to. Each value of a push channel's address trait is a device of the person, until he is said to have none or
 * the provider says that it is no more; the trait itself is always the newest that is left, so whoever asks for an address finds a live one.
 */
import type { Program } from '../../../compiler/program.ts';
import type { Fact } from '../../../profiles/fact.ts';
import type { Batch } from '../../batch.ts';
import type { FactRow } from '../../facts/fact-row.ts';
import { ownSource } from '../../facts/own-events.ts';
import { appendInbox } from '../../lanes/queries.ts';
import { dropDevices, forgetDevices, noteDevices } from './queries.ts';

/** No provider's token is as long; what is, is none. */
const tokenCharsMax = 1_000;

const pushTraits = new WeakMap<Program, ReadonlySet<string>>();

/** Traits that hold the address of a push channel. */
function pushTraitsOf(program: Program): ReadonlySet<string> {
  const known = pushTraits.get(program);
  if (known !== undefined) return known;
  const channels = [...program.channels.values()].filter(({ type }) => type === 'push');
  const traits = new Set(channels.flatMap(({ address }) => address ?? []));
  pushTraits.set(program, traits);
  return traits;
}

interface Seen {
  readonly lane: number;
  readonly profileId: number;
  readonly trait: string;
  readonly at: number;
}

/** Notes the devices that facts tell of, in the order in which they happened. */
export async function recordDevices(
  { session, program }: Pick<Batch, 'session' | 'program'>,
  facts: readonly FactRow[],
): Promise<void> {
  const traits = pushTraitsOf(program);
  if (traits.size === 0) return;
  const seen = new Map<string, Seen & { readonly token: string }>();
  const forgotten = new Map<string, Seen>();
  for (const { lane, profileId, fact } of facts) {
    // What we say of it ourselves follows from devices.
    if (fact.traits === undefined || fact.source === ownSource) continue;
    for (const trait of traits) {
      if (!Object.hasOwn(fact.traits, trait)) continue;
      const value = fact.traits[trait];
      const one = { lane, profileId, trait, at: fact.at };
      const key = `${profileId} ${trait} `;
      if (value === null) {
        for (const other of [...seen.keys()]) if (other.startsWith(key)) seen.delete(other);
        forgotten.set(key, one);
      } else if (typeof value === 'string' && value.trim() !== '' && value.length <= tokenCharsMax) {
        seen.set(`${key}${value.trim()}`, { ...one, token: value.trim() });
      }
    }
  }
  const [gone, all] = [[...forgotten.values()], [...seen.values()]];
  const timesOf = (rows: readonly Seen[]) => rows.map(({ at }) => new Date(at));
  // Sent at once, in this order: nobody waits for it.
  await Promise.all([
    gone.length > 0 && forgetDevices(session, columnsOf(gone), timesOf(gone)),
    all.length > 0 && noteDevices(session, { ...columnsOf(all), tokens: all.map(({ token }) => token) }, timesOf(all)),
  ]);
}

export interface DeadDevice {
  readonly lane: number;
  readonly profileId: number;
  readonly trait: string;
  readonly token: string;
}

/** Drops devices that are no more. Who was known by one of them is from now on known by another one, or by none. */
export async function dropDead({ session, t }: Batch, dead: readonly DeadDevice[]): Promise<void> {
  if (dead.length === 0) return;
  const columns = { ...columnsOf(dead), tokens: dead.map(({ token }) => token) };
  const changed = await dropDevices(session, columns);
  await appendInbox(
    session,
    changed.map(({ lane, profile_id: profileId, trait, next }) => {
      const body: Fact = {
        ...{ at: t.getTime(), received: t.getTime(), source: ownSource, trigger: true },
        traits: { [trait]: next },
      };
      return { lane, class: 1, visibleAt: t, profileId, kind: 'fact', body };
    }),
  );
}

function columnsOf(rows: readonly Omit<Seen, 'at'>[]) {
  return {
    lanes: rows.map(({ lane }) => lane),
    profiles: rows.map(({ profileId }) => profileId),
    traits: rows.map(({ trait }) => trait),
  };
}
