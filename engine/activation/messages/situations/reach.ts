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

/** An address of a person, with what is asked of it. */
interface Found {
  readonly type: string;
  readonly read: Address;
  readonly registers: readonly string[];
  /** On the list of suppressed addresses; null: nobody looks. */
  readonly hash: Buffer | null;
}

/** For each person, in the order of the rows: what his addresses are. At most two statements for everybody. */
export async function reachOf(
  { session, rules }: { readonly session: Session; readonly rules: Rules },
  places: readonly AddressPlace[],
  rows: readonly (ReachRow & { readonly about: About })[],
): Promise<readonly Reach[]> {
  const numbers = await numbersBy(rules);
  const isListed = rows.some((row) => row.is_listed);
  const find = (type: string, written: string | null | undefined, about: About): Found | null => {
    if (written === null || written === undefined) return null;
    const read = numbers.read(type, written, about);
    const hash = isListed && read.kind === 'usable' ? suppressionHash(type, read.address) : null;
    return { type, read, registers: numbers.registersOf(type, about), hash };
  };
  const found = rows.map(({ addresses, about }) => places.map(({ type }, c) => find(type, addresses[c], about)));
  const all = found.flat();
  const [suppressed, registers] = await Promise.all([
    findSuppressed(
      session,
      all.flatMap((one) => one?.hash ?? []),
    ),
    lookUp(
      session,
      all.flatMap((one) =>
        one?.read.kind === 'usable' ? [{ number: one.read.address, registers: one.registers }] : [],
      ),
    ),
  ]);
  const index = new Map(places.map(({ id }, c) => [id, c]));
  const isNeedless = places.map(({ address }) => address === null);
  return found.map((ofPerson): Reach => {
    const at = (place: string) => ofPerson[index.get(place) ?? -1] ?? null;
    return {
      stateOf(place) {
        if (isNeedless[index.get(place) ?? -1]) return 'ok';
        const one = at(place);
        if (one === null) return 'missing';
        if (one.read.kind === 'unusable') return one.read.why;
        return one.hash !== null && suppressed.size > 0 && suppressed.has(one.hash.toString('hex'))
          ? 'suppressed'
          : 'ok';
      },
      addressAt(place) {
        const one = at(place);
        return one?.read.kind === 'usable' ? one.read.address : null;
      },
      barredAt(place) {
        const one = at(place);
        return one?.read.kind === 'usable' ? registers.barredBy(one.read.address, one.registers) : null;
      },
    };
  });
}
