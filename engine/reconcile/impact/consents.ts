/** How many people a purpose reaches on a channel, before and after a change of consents, channels or countries. */
import { placedTypes } from '../../activation/dispatch/consent-rule.ts';
import { type ConsentRule, type Rules, rulesOf } from '../../activation/messages/rules.ts';
import type { BundleResource, ChannelBody, ConsentBody, JourneyBody } from '../../compiler/ir.ts';
import type { Planned } from '../../compiler/planned-sql.ts';
import { type Reach, reachableOverLanes } from '../../compiler/reach-sql.ts';
import { allSteps } from '../../compiler/steps-inside.ts';
import type { ConsentImpact } from '../impact-form.ts';
import type { Measured } from './measured.ts';
import { selectReachable } from './queries.ts';
import type { LaneTask, Tally } from './sample-lanes.ts';

export interface ConsentTarget {
  readonly purpose: string;
  readonly channel: string;
  readonly before: Reach | null;
  readonly after: Reach | null;
}

/** Purposes by the channels on which journeys send for them, where what is asked of people changes. */
export function consentTargets({ plan, state, resources }: Measured): readonly ConsentTarget[] {
  const kinds: ReadonlySet<string> = new Set(['consent', 'channel', 'country']);
  if (!plan.changes.some(({ kind, class: how }) => kinds.has(kind) && how !== 'metadata')) return [];
  const [before, after] = [reaching(state.resources), reaching(resources)];
  const pairs = new Set([...before.pairs, ...after.pairs]);
  return [...pairs].sort().flatMap((pair) => {
    const [purpose = '', channel = ''] = pair.split(' ');
    const [was, will] = [before.of(purpose, channel), after.of(purpose, channel)];
    return JSON.stringify(was) === JSON.stringify(will) ? [] : [{ purpose, channel, before: was, after: will }];
  });
}

/** What one side asks: the pairs that journeys use, and what each needs. */
function reaching(resources: readonly BundleResource[]) {
  const ofKind = <K extends BundleResource['kind']>(kind: K) =>
    resources.filter((one): one is Extract<BundleResource, { kind: K }> => one.kind === kind);
  const consents = new Map(ofKind('consent').map(({ id, body }) => [id, body]));
  const channels = new Map(ofKind('channel').map(({ id, body }) => [id, body]));
  const rules = rulesOf([], ofKind('country'));
  const pairs = new Set(ofKind('journey').flatMap(({ body }) => (body.status === 'draft' ? [] : sendsIn(body))));
  return {
    pairs,
    of: (purpose: string, channel: string): Reach | null =>
      reachOf(consents.get(purpose), channels.get(channel), { purpose, rules }),
  };
}

/** `purpose channel` of every send. */
function sendsIn({ steps }: JourneyBody): readonly string[] {
  return allSteps(steps).flatMap(({ do: action }) =>
    action.kind === 'send' ? action.channels.map((channel) => `${action.purpose} ${channel}`) : [],
  );
}

function reachOf(
  consent: ConsentBody | undefined,
  channel: ChannelBody | undefined,
  { purpose, rules }: { readonly purpose: string; readonly rules: Rules },
): Reach | null {
  if (consent === undefined || channel === undefined) return null;
  const { type, address } = channel;
  const isCovered = type === 'log' || consent.channels.includes(type);
  if (!isCovered && !placedTypes.has(type)) return null;
  const where = (name: string) => rules.conditions.find((one) => one.name === name)?.where ?? null;
  const needs = rules.consents
    .filter((rule) => rule.purpose === purpose && rule.channels.includes(type))
    .map((rule: ConsentRule) => ({
      about: where(rule.about),
      unless: rule.unless === null ? null : where(rule.unless),
      kind: rule.needs,
    }));
  const isConfirmed = consent.doubleOptIn?.includes(type) === true;
  // What is placed for a purpose that doesn't name the channel needs nobody's consent, unless a country asks for it.
  return { purpose, type, address, basis: isCovered ? consent.basis : 'contract', needs, isConfirmed };
}

export function consentTask({ standing, planned, at }: Measured, target: ConsentTarget): LaneTask {
  const sides: readonly (readonly [Reach | null, Planned])[] = [
    [target.before, standing],
    [target.after, planned],
  ];
  return {
    names: ['before', 'after', 'lost', 'won'],
    async read(session, lanes) {
      const rows = await selectReachable(session, reachableOverLanes(sides, lanes, at));
      return rows.map(({ lane, before, after, both }) => ({
        lane,
        numbers: { before, after, lost: before - both, won: after - both },
      }));
    },
  };
}

export function consentImpact({ purpose, channel }: ConsentTarget, tally: Tally): readonly ConsentImpact[] {
  const { measure } = tally;
  if (measure === null) return [];
  const count = (name: string) => tally.total(name) ?? 0;
  const counts = { before: count('before'), after: count('after'), lost: count('lost'), won: count('won') };
  return [{ purpose, channel, ...counts, measure }];
}
