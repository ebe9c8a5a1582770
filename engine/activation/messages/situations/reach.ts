/** How people are reached: by place an address, as their country writes it, whether it bounced before, and whether a register forbids it. */
import type { Program } from '../../../compiler/program.ts';
import type { Session } from '../../../store/session.ts';
import { findSuppressed } from '../../dispatch/queries.ts';
import { suppressionHash } from '../../dispatch/suppression-hash.ts';
import type { Rules } from '../rules.ts';
import type { AddressState, Candidate } from '../situation.ts';
import { type About, type Address, lookUp, numbersBy } from './laws.ts';
import type { ReachRow } from './queries.ts';

/** Where an address is looked for: that of a channel, or under `channel trait` the one that a send names instead. */
export interface AddressPlace {
  readonly id: string;
  readonly type: string;
  /** The trait; null where the channel needs no address. */
  readonly address: string | null;
}

export function addressPlaces(program: Program, candidates: readonly Candidate[]): readonly AddressPlace[] {
  const places = new Map<string, AddressPlace>();
  for (const [id, { type, address }] of program.channels) places.set(id, { id, type, address });
  for (const { to, channels } of candidates) {
    if (to === null) continue;
    for (const channel of channels) {
      const id = placeOf(channel, to);
      const type = program.channels.get(channel)?.type;
      if (type !== undefined) places.set(id, { id, type, address: to });
    }
  }
  return [...places.values()];
}

/** The place of a channel, or of the trait that a send names instead of the channel's. */
export function placeOf(channel: string, trait: string | null): string {
  return trait === null ? channel : `${channel} ${trait}`;
}

/** Of one person, by place. */
export interface Reach {
  stateOf(place: string): AddressState;
  /** As messages are sent to it; null: there is none that can be used. */
  addressAt(place: string): string | null;
  /** The register that forbids it, as decisions say it; null: none does. */
  barredAt(place: string): string | null;
}

/** For each person, in the order of the rows: what his addresses are. At most two statements for everybody. */
export async function reachOf(
  { session, rules }: { readonly session: Session; readonly rules: Rules },
  places: readonly AddressPlace[],
  rows: readonly (ReachRow & { readonly about: About })[],
): Promise<readonly Reach[]> {
  const numbers = await numbersBy(rules);
  const read = rows.map(({ addresses, about }) =>
    places.map(({ type }, c): (Address & { readonly registers: readonly string[]; readonly type: string }) | null => {
      const written = addresses[c] ?? null;
      if (written === null) return null;
      return { ...numbers.read(type, written, about), registers: numbers.registersOf(type, about), type };
    }),
  );
  const usable = read.flat().flatMap((one) => (one?.kind === 'usable' ? [one] : []));
  const isListed = rows.some((row) => row.is_listed);
  const hashOf = ({ type, address }: (typeof usable)[number]) => suppressionHash(type, address);
  const [suppressed, registers] = await Promise.all([
    findSuppressed(session, isListed ? usable.map(hashOf) : []),
    lookUp(
      session,
      usable.map((one) => ({ number: one.address, registers: one.registers })),
    ),
  ]);
  return read.map((ofPerson) => {
    const at = new Map(places.map(({ id }, c) => [id, ofPerson[c] ?? null]));
    const needless = new Set(places.filter(({ address }) => address === null).map(({ id }) => id));
    return {
      stateOf(place) {
        if (needless.has(place)) return 'ok';
        const found = at.get(place) ?? null;
        if (found === null) return 'missing';
        if (found.kind === 'unusable') return found.why;
        return suppressed.size > 0 && suppressed.has(hashOf(found).toString('hex')) ? 'suppressed' : 'ok';
      },
      addressAt(place) {
        const found = at.get(place) ?? null;
        return found?.kind === 'usable' ? found.address : null;
      },
      barredAt(place) {
        const found = at.get(place) ?? null;
        return found?.kind === 'usable' ? registers.barredBy(found.address, found.registers) : null;
      },
    };
  });
}
