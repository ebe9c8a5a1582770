/** What a person is shown in a slot of a site now: of all that is placed for him, the best that he may be shown. Pure. */
import type { Program } from '../../compiler/program.ts';
import { consentObstacle } from '../dispatch/consent-rule.ts';
import type { Decidable, Offer } from './queries.ts';

/** What a slot is filled by, made once of a program. */
export interface Slot {
  readonly name: string;
  readonly channels: readonly string[];
  /** `${secret.NAME}` references to keys that may ask. */
  readonly apiKeys: readonly string[];
  /** Journeys that send something there. */
  readonly journeys: readonly string[];
  /** `journey way-out` by which what a journey placed is taken away. */
  readonly cut: ReadonlySet<string>;
}

/** The slots of a program by name. */
export function slotsOf(program: Program): ReadonlyMap<string, Slot> {
  const byName = new Map<string, string[]>();
  for (const [id, { site, via }] of program.channels) {
    if (via.kind !== 'placed') continue;
    for (const slot of site?.slots ?? []) byName.set(slot, [...(byName.get(slot) ?? []), id]);
  }
  const journeys = [...program.journeys.values()];
  return new Map(
    [...byName].map(([name, channels]) => {
      const sending = journeys.filter(({ steps }) =>
        steps.some((step) => step.do.kind === 'send' && step.do.channels.some((one) => channels.includes(one))),
      );
      const slot: Slot = {
        ...{ name, channels, journeys: sending.map(({ id }) => id) },
        apiKeys: channels.flatMap((one) => program.channels.get(one)?.site?.apiKeys ?? []),
        cut: new Set(sending.flatMap(({ id, body }) => body.exits.map((exit) => `${id} ${exit.as}`))),
      };
      return [name, slot];
    }),
  );
}

/** Ways out of a journey by which everything of it ends, whatever its file says (LANGUAGE b21). */
const cutsAll: ReadonlySet<string> = new Set(['goal', 'removed', 'left-entity']);

/** The first offer that he may be shown at t (milliseconds since the epoch), or null. What changed since it was placed counts. */
export function bestOffer(program: Program, slot: Slot, found: Decidable, t: number): Offer | null {
  return found.offers.find((offer) => mayBeShown(program, slot, found, { offer, t })) ?? null;
}

function mayBeShown(
  program: Program,
  slot: Slot,
  found: Decidable,
  { offer, t }: { readonly offer: Offer; readonly t: number },
): boolean {
  const { journey, exit_as: way, objective, purpose } = offer;
  if (way !== null && (cutsAll.has(way) || slot.cut.has(`${journey} ${way}`))) return false;
  if (program.journeys.get(journey)?.body.status === 'paused') return false;
  if (objective !== 'service' && found.paused_until !== null && found.paused_until > t) return false;
  const told = found.consents.filter(
    (one) => one.purpose === purpose && (one.channel === 'on-site' || one.channel === '*'),
  );
  const said = {
    granted: told.some(({ state }) => state === 'granted'),
    denied: told.some(({ state }) => state === 'denied'),
    confirmed: told.some(({ confirmed }) => confirmed),
  };
  return consentObstacle(purpose, program.consents.get(purpose), 'on-site', said) === null;
}
