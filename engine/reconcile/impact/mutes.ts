/**
 * The share of each journey's people whom a mute keeps from its messages, before and after. A mute stops messages without a word, so a
 * journey whose own audience it is about is killed in silence (LANGUAGE, change 13).
 */
import { isCovered } from '../../activation/messages/covered.ts';
import { type MuteRule, type Rules, rulesOf } from '../../activation/messages/rules.ts';
import type { BundleResource, Condition, JourneyBody } from '../../compiler/ir.ts';
import { type MutedQuery, mutedOverLanes } from '../../compiler/muted-sql.ts';
import { allSteps } from '../../compiler/steps-inside.ts';
import type { MuteImpact } from '../impact-form.ts';
import { nameOfChange } from '../plan.ts';
import type { Measured } from './measured.ts';
import { selectMuted } from './queries.ts';
import type { LaneTask, Tally } from './sample-lanes.ts';

const days = 30;
const dayMs = 86_400_000;

/** A mute on both sides, with the places of the journeys that it covers. */
interface Muting {
  readonly name: string;
  readonly before: Condition | null;
  readonly after: Condition | null;
  readonly journeys: ReadonlySet<number>;
}

export interface MuteTargets {
  readonly journeys: readonly { readonly id: string; readonly was: string; readonly entering: Condition | null }[];
  readonly mutes: readonly Muting[];
}

type Journey = Extract<BundleResource, { readonly kind: 'journey' }>;

/** All journeys where mutes change or whom they are about, else those that come or change; null: nothing to ask. */
export function muteTargets({ plan, state, resources }: Measured): MuteTargets | null {
  const [before, after] = [rulesIn(state.resources), rulesIn(resources)];
  const changed = new Set([
    ...plan.changes.filter(({ class: how }) => how !== 'metadata').map(nameOfChange),
    ...plan.indirect.map(({ resource }) => resource),
  ]);
  const isOther = JSON.stringify(mutesIn(before)) !== JSON.stringify(mutesIn(after));
  const isAll = isOther || [...changed].some((name) => name.startsWith('pressure/'));
  const moved = new Map(
    plan.changes.flatMap(({ kind, id, movedFrom }) =>
      kind === 'journey' && movedFrom !== null ? [[id, movedFrom]] : [],
    ),
  );
  const journeys = resources.filter(
    (one): one is Journey =>
      one.kind === 'journey' && one.body.status === 'live' && (isAll || changed.has(`journey/${one.id}`)),
  );
  const mutes = mutingsOf({ before, after }, journeys);
  if (journeys.length === 0 || mutes.length === 0) return null;
  const asked = journeys.map(({ id, body }) => ({ id, was: moved.get(id) ?? id, entering: entering(body) }));
  return { journeys: asked, mutes };
}

function rulesIn(resources: readonly BundleResource[]): Rules {
  return rulesOf(
    resources.filter((one): one is Extract<BundleResource, { kind: 'pressure' }> => one.kind === 'pressure'),
  );
}

function mutesIn({ mutes, conditions }: Rules): unknown {
  return [mutes, conditions.filter(({ name }) => name.startsWith('mute '))];
}

function mutingsOf(
  { before, after }: { readonly before: Rules; readonly after: Rules },
  journeys: readonly Journey[],
): readonly Muting[] {
  const names = [...new Set([...before.mutes, ...after.mutes].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const [was, will] = [before, after].map(({ mutes }) => mutes.find((one) => one.name === name));
    const covered = journeys.flatMap(({ id, body }, k) =>
      [was, will].some((mute) => mute !== undefined && covers(mute, id, body)) ? [k] : [],
    );
    const where = ({ conditions }: Rules, mute: MuteRule | undefined) =>
      conditions.find((one) => one.name === mute?.about)?.where ?? null;
    if (covered.length === 0) return [];
    return [{ name, before: where(before, was), after: where(after, will), journeys: new Set(covered) }];
  });
}

/** Whether the mute is about some send of the journey. */
function covers({ covers: coverage }: MuteRule, journey: string, body: JourneyBody): boolean {
  return allSteps(body.steps).some(({ do: action }) => {
    if (action.kind !== 'send') return false;
    const { objective, channels } = action;
    return channels.some((channel) => isCovered(coverage, { journey, objective }, channel));
  });
}

/** Who would come in, as far as conditions tell it: members of segments, and those of whom what opens it is true. */
function entering({ per, entry }: JourneyBody): Condition | null {
  const of = entry.triggers.flatMap((trigger): readonly Condition[] => {
    if (trigger.kind === 'enters') return [{ kind: 'segment', segment: trigger.segment }];
    if (trigger.kind === 'schedule') return [{ kind: 'segment', segment: trigger.members }];
    return trigger.kind === 'becomes' && per?.kind !== 'entity' ? [trigger.if] : [];
  });
  return of.length === 0 ? null : { kind: 'any', of };
}

export function muteTask({ standing, planned, at }: Measured, { journeys, mutes }: MuteTargets): LaneTask {
  const query: MutedQuery = { journeys, mutes };
  const since = new Date(at.getTime() - days * dayMs);
  return {
    names: journeys.flatMap((_, k) => [
      `${k} people`,
      ...mutes.flatMap((_mute, m) => [`${k} ${m} before`, `${k} ${m} after`]),
    ]),
    async read(session, lanes) {
      const statement = mutedOverLanes(query, { before: standing, after: planned }, { lanes, at, since });
      const byLane = new Map<number, Record<string, number>>();
      for (const { lane, journey, mute, people, before, after } of await selectMuted(session, statement)) {
        const numbers = byLane.get(lane) ?? {};
        byLane.set(lane, numbers);
        const [k, m] = [journey - 1, mute - 1];
        numbers[`${k} people`] = people;
        numbers[`${k} ${m} before`] = before;
        numbers[`${k} ${m} after`] = after;
      }
      return [...byLane].map(([lane, numbers]) => ({ lane, numbers }));
    },
  };
}

/** Journeys of which a mute keeps somebody, the greatest share first. */
export function muteImpacts({ journeys, mutes }: MuteTargets, tally: Tally): readonly MuteImpact[] {
  const { measure } = tally;
  if (measure === null) return [];
  const count = (name: string) => tally.total(name) ?? 0;
  const found = mutes.flatMap(({ name, journeys: covered }, m) =>
    [...covered].map((k): MuteImpact => {
      const muted = { before: count(`${k} ${m} before`), after: count(`${k} ${m} after`) };
      return { mute: name, journey: journeys[k]?.id ?? '', people: count(`${k} people`), muted, measure };
    }),
  );
  const share = ({ people, muted }: MuteImpact) => (people === 0 ? 0 : muted.after / people);
  return found
    .filter(({ muted }) => muted.before + muted.after > 0)
    .sort((a, b) => share(b) - share(a) || (a.journey < b.journey ? -1 : a.journey > b.journey ? 1 : 0));
}
