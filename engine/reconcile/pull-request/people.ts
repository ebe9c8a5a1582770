/**
 * What a change does to people, as a pull request may tell it: counts of 1 to 9 are `few`, and with them go the numbers from which
 * they could be worked out. From the live store before and after are known, from a published snapshot what is there now.
 */
import { cellMin, type Snapshot } from '../../measure/snapshot/snapshot.ts';
import type { LoyaltyImpact, Measure, Shift } from '../impact-form.ts';
import type { InFlightFate, Plan } from '../plan.ts';

/** `few`: 1 to 9, which is withheld · `withheld`: more, from which few could be worked out · null: not known here. */
export type Told = number | 'few' | 'withheld' | null;

export interface ToldShift {
  readonly before: Told;
  readonly after: Told;
}

export interface ToldSegment {
  readonly id: string;
  readonly change: string;
  readonly before: Told;
  readonly after: Told;
  readonly entered: Told;
  readonly left: Told;
  /** `kind/id`. */
  readonly readBy: readonly string[];
}

export interface ToldJourney {
  readonly id: string;
  readonly change: string;
  readonly active: Told;
  readonly entering: Told;
  readonly hour: ToldShift | null;
  readonly week: ToldShift | null;
}

export interface ToldFate {
  readonly journey: string;
  readonly policy: InFlightFate['policy'];
  readonly waits: InFlightFate['waits'];
  readonly people: Told;
  readonly steps: readonly {
    readonly step: string | null;
    readonly people: Told;
    readonly fate: 'pinned' | 'moved' | 'left';
    readonly to: string | null;
  }[];
}

export interface ToldPressure {
  readonly days: number;
  readonly messages: ToldShift;
  readonly lose: Told;
  readonly gain: Told;
  readonly journeys: readonly { readonly journey: string; readonly stopped: Told; readonly freed: Told }[];
}

export interface People {
  readonly from: 'store' | 'snapshot';
  /** ISO. */
  readonly at: string;
  /** Whether every lane was counted; of a snapshot always. */
  readonly isExact: boolean;
  readonly revision: number;
  /** Whether the store holds what the base declares; if not, the numbers hold more than this change. */
  readonly isAtBase: boolean;
  readonly segments: readonly ToldSegment[];
  readonly journeys: readonly ToldJourney[];
  readonly inFlight: readonly ToldFate[];
  readonly pressure: ToldPressure | null;
  readonly templates: readonly { readonly id: string; readonly queued: Told }[];
  readonly consents: readonly {
    readonly purpose: string;
    readonly channel: string;
    readonly lost: Told;
    readonly won: Told;
  }[];
  /** By journey and mute; absent: not asked. */
  readonly mutes?: readonly {
    readonly journey: string;
    readonly mute: string;
    readonly muted: ToldShift;
    readonly people: Told;
  }[];
  readonly loyalty: readonly ToldProgramme[];
}

/** A programme with few members tells no sums: they would be of somebody. */
export interface ToldProgramme {
  readonly program: string;
  readonly change: string;
  readonly days: number;
  readonly members: Told;
  readonly promoted: Told;
  readonly demoted: Told;
  /** Points; null: not known, or withheld. */
  readonly issued: Shift | null;
  /** Minor units. */
  readonly liability: Shift | null;
  readonly currency: string | null;
  readonly rewards: readonly {
    readonly reward: string;
    readonly members: ToldShift | null;
    readonly cost: Shift | null;
  }[];
}

/** What the live store told. */
export function effectOfPlan(plan: Plan, base: string | null): People {
  const { impact } = plan;
  const measures = [...(impact?.segments ?? []), ...(impact?.journeys ?? [])].map((one) => one.measure);
  return {
    from: 'store',
    at: impact?.at ?? plan.madeAt ?? '',
    isExact: measures.every(isExact),
    revision: plan.from.revision,
    isAtBase: plan.from.bundle === base,
    segments: (impact?.segments ?? []).map((one) => ({
      ...{ id: one.id, change: one.change, readBy: one.readBy },
      ...membersTold(one),
    })),
    journeys: (impact?.journeys ?? []).map(({ id, change, active, entering, messages }) => ({
      ...{ id, change, active: told(active), entering: told(entering) },
      hour: messages === null ? null : toldShift(messages.hour),
      week: messages === null ? null : toldShift(messages.week),
    })),
    inFlight: plan.inFlight.map(toldFate),
    pressure: pressureTold(plan),
    templates: (impact?.templates ?? []).map(({ id, queued }) => ({ id, queued: told(queued) })),
    consents: (impact?.consents ?? []).map(({ purpose, channel, lost, won }) => ({
      ...{ purpose, channel, lost: told(lost), won: told(won) },
    })),
    ...(impact?.mutes !== undefined && {
      mutes: impact.mutes.map(({ journey, mute, people, muted }) => ({
        ...{ journey, mute, people: told(people), muted: toldShift(muted) },
      })),
    }),
    loyalty: (impact?.loyalty ?? []).map(toldProgramme),
  };
}

function toldProgramme(one: LoyaltyImpact): ToldProgramme {
  const { program, change, days, members, promoted, demoted, issued, liability, currency, rewards } = one;
  const isSmall = members !== null && members < cellMin;
  return {
    ...{ program, change, days, currency, members: told(members), promoted: told(promoted), demoted: told(demoted) },
    issued: isSmall ? null : issued,
    liability: isSmall ? null : liability,
    rewards: rewards.map(({ reward, members: who, cost }) => {
      const isOfFew = [who?.before, who?.after].some((count) => told(count ?? null) === 'few');
      return { reward, members: who && toldShift(who), cost: isSmall || isOfFew ? null : cost };
    }),
  };
}

/** What a published snapshot knows: where people stand now, and by the plan where they would go. */
export function effectOfSnapshot(plan: Plan, snapshot: Snapshot, base: string | null): People {
  const touched = new Map([
    ...plan.indirect.map(({ resource }) => [resource, 'indirect'] as const),
    ...plan.changes
      .filter((one) => one.class !== 'metadata')
      .map((one) => [`${one.kind}/${one.id}`, one.action] as const),
  ]);
  const hidden = (people: number | null): Told => (people === null ? 'withheld' : people);
  const unknown = { after: null, entered: null, left: null, readBy: [] };
  return {
    ...{ from: 'snapshot', at: snapshot.at, isExact: true, revision: snapshot.revision },
    isAtBase: snapshot.bundle === base,
    segments: snapshot.segments
      .filter(({ id }) => touched.has(`segment/${id}`))
      .map(({ id, members }) => ({
        ...unknown,
        ...{ id, change: touched.get(`segment/${id}`) ?? 'indirect', before: hidden(members) },
      })),
    journeys: snapshot.journeys
      .filter(({ id }) => touched.has(`journey/${id}`))
      .map(({ id, active }) => ({
        ...{ id, change: touched.get(`journey/${id}`) ?? 'indirect', active: hidden(active) },
        ...{ entering: null, hour: null, week: null },
      })),
    inFlight: plan.inFlight.map((fate) => ({ ...toldFate(fate), people: peopleOf(snapshot, fate) })),
    ...{ pressure: null, templates: [], consents: [], loyalty: [] },
  };
}

/** Of the whole version, those included whose steps are withheld. */
function peopleOf(snapshot: Snapshot, { journey, version, people }: InFlightFate): Told {
  const found = snapshot.journeys.find((one) => one.id === journey && one.version === version);
  return found === undefined ? people : (found.active ?? 'withheld');
}

function isExact(measure: Measure | null): boolean {
  return measure !== null && measure.lanes === measure.of;
}

function told(count: number | null): Told {
  return count !== null && count > 0 && count < cellMin ? 'few' : count;
}

/** Both sides, or the larger alone where the difference would tell of few. */
function toldShift({ before, after }: Shift): ToldShift {
  return { before: told(before), after: told(after) };
}

type Members = Record<'before' | 'after' | 'entered' | 'left', number | null>;

/** Before, in, out and after are one sum: where one is of few, another goes with it. */
function membersTold({ before, after, entered, left }: Members): Record<keyof Members, Told> {
  const all = { before: told(before), after: told(after), entered: told(entered), left: told(left) };
  const small = Object.values(all).filter((one) => one === 'few').length;
  if (small !== 1 || after === null) return all;
  return all.after === 'few' ? { ...all, before: 'withheld' } : { ...all, after: 'withheld' };
}

/** A step that tells of few takes the smallest other one with it, as the sum of all is told. */
function toldFate({ journey, policy, waits, people, steps }: InFlightFate): ToldFate {
  const small = steps.filter((one) => told(one.people) === 'few');
  const others = steps.filter((one) => told(one.people) !== 'few').sort((a, b) => a.people - b.people);
  const cover = small.length === 1 ? others[0] : undefined;
  return {
    ...{ journey, policy, waits },
    people: steps.length === 1 ? told(steps[0]?.people ?? people) : told(people),
    steps: steps.map((one) => ({
      ...{ step: one.step, fate: one.fate, to: one.to },
      people: one === cover ? 'withheld' : told(one.people),
    })),
  };
}

function pressureTold({ impact }: Plan): ToldPressure | null {
  const pressure = impact?.pressure ?? null;
  if (pressure === null) return null;
  return {
    days: pressure.days,
    messages: toldShift(pressure.messages),
    lose: told(pressure.lose),
    gain: told(pressure.gain),
    journeys: pressure.journeys.map(({ journey, stopped, freed }) => ({
      ...{ journey, stopped: told(stopped), freed: told(freed) },
    })),
  };
}
