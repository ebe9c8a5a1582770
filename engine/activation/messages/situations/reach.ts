/** How people are reached: by place an address, as their country writes it, whether it bounced before, and whether a register forbids it. */
import type { Program } from '../../../compiler/program.ts';
import type { Session } from '../../../store/session.ts';
import { suppressionHash } from '../../dispatch/suppression-hash.ts';
import type { Rules } from '../rules.ts';
import type { AddressState, Candidate } from '../situation.ts';
import { type About, type Address, lookUp, numbersBy } from './laws.ts';
import { type ReachRow, readSuppressed } from './queries.ts';

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

/** Of people by their number in the rows, and of places by their id. */
export interface Reach {
  stateOf(person: number, place: string): AddressState;
  /** As messages are sent to it; null: there is none that can be used. */
  addressAt(person: number, place: string): string | null;
  /** The register that forbids it, as decisions say it; null: none does. */
  barredAt(person: number, place: string): string | null;
}

/** An address of a person, with what is asked of it. */
interface Found {
  readonly read: Address;
  readonly registers: readonly string[];
  /** Whether it is on the list of suppressed addresses. */
  isSuppressed: boolean;
}

/** What the people's addresses are. At most two statements for everybody. */
export async function reachOf(
  { session, rules }: { readonly session: Session; readonly rules: Rules },
  places: readonly AddressPlace[],
  rows: readonly ReachRow[],
  about: readonly About[],
): Promise<Reach> {
  const numbers = await numbersBy(rules);
  const foundAt = (type: string, written: string | null | undefined, whose: About): Found | null => {
    if (written === null || written === undefined) return null;
    const registers = numbers.registersOf(type, whose);
    return { read: numbers.read(type, written, whose), registers, isSuppressed: false };
  };
  const found = rows.map(({ addresses }, r) =>
    addresses.every(isNone) ? nowhere : places.map(({ type }, c) => foundAt(type, addresses[c], about[r] as About)),
  );
  const isListed = rows.some((row) => row.is_listed);
  const [, registers] = await Promise.all([
    isListed ? markSuppressed(session, places, found) : null,
    lookUp(session, registered(found)),
  ]);
  const index = new Map(places.map(({ id }, c) => [id, c]));
  const isNeedless = places.map(({ address }) => address === null);
  const at = (person: number, place: string) => found[person]?.[index.get(place) ?? -1] ?? null;
  return {
    stateOf(person, place) {
      const c = index.get(place) ?? -1;
      if (isNeedless[c]) return 'ok';
      const one = found[person]?.[c] ?? null;
      if (one === null) return 'missing';
      if (one.read.kind === 'unusable') return one.read.why;
      return one.isSuppressed ? 'suppressed' : 'ok';
    },
    addressAt(person, place) {
      const one = at(person, place);
      return one?.read.kind === 'usable' ? one.read.address : null;
    },
    barredAt(person, place) {
      const one = at(person, place);
      return one?.read.kind === 'usable' ? registers.barredBy(one.read.address, one.registers) : null;
    },
  };
}

/** Of whoever has no address. */
const nowhere: readonly (Found | null)[] = [];

function isNone(address: string | null): boolean {
  return address === null;
}

/** Notes which addresses are on the list. */
async function markSuppressed(
  session: Session,
  places: readonly AddressPlace[],
  found: readonly (readonly (Found | null)[])[],
): Promise<void> {
  const asked: Found[] = [];
  const hashes: Buffer[] = [];
  for (const ofPerson of found) {
    for (let c = 0; c < places.length; c += 1) {
      const one = ofPerson[c] ?? null;
      if (one?.read.kind !== 'usable') continue;
      asked.push(one);
      hashes.push(suppressionHash((places[c] as AddressPlace).type, one.read.address));
    }
  }
  for (const i of await readSuppressed(session, hashes)) (asked[i] as Found).isSuppressed = true;
}

function registered(found: readonly (readonly (Found | null)[])[]) {
  const asked: { readonly number: string; readonly registers: readonly string[] }[] = [];
  for (const ofPerson of found)
    for (const one of ofPerson)
      if (one !== null && one.registers.length > 0 && one.read.kind === 'usable')
        asked.push({ number: one.read.address, registers: one.registers });
  return asked;
}
