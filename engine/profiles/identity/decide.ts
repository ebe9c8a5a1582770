/** What comes of requests to merge, in their order: merges, proposals to people, nothing, or later. Pure. */
import type { IdentityBody } from '../../compiler/ir.ts';
import type { ProfileIdentifier, Proposal, RequestRow } from './queries.ts';
import { deviceType, maxProfilesUsual, trustOf } from './rules.ts';

export interface Deciding {
  readonly requests: readonly RequestRow[];
  /** Who a profile is now. */
  readonly rootOf: (id: number) => number;
  /** Of those that stand. */
  readonly identifiers: readonly ProfileIdentifier[];
  /** Those that are missing don't exist any more. `is_sending`: a message of theirs is being handed over. */
  readonly sizes: readonly {
    readonly profile_id: number;
    readonly profiles: number;
    readonly is_sending: boolean;
    readonly has_points: boolean;
  }[];
  /** Whether points of who is merged can be given to the survivor; else he waits. */
  readonly movesPoints: boolean;
  readonly proposed: readonly { readonly a_id: number; readonly b_id: number; readonly state: string }[];
  readonly identity: IdentityBody | null;
}

export interface Decided {
  /** All into the last survivor: none of them is both. */
  readonly merges: readonly { readonly from: number; readonly into: number; readonly rule: string }[];
  readonly proposals: readonly Proposal[];
  /** Requests that need nothing more. */
  readonly done: readonly number[];
}

/** A person in the making. */
interface Group {
  root: number;
  profiles: number;
  isSending: boolean;
  hasPoints: boolean;
  readonly values: Map<string, Set<string>>;
}

export function decide(deciding: Deciding): Decided {
  const { requests, rootOf, identity } = deciding;
  const groups = groupsOf(deciding);
  const groupOf = new Map([...groups].map(([id, group]) => [id, group]));
  const known = new Map(deciding.proposed.map(({ a_id, b_id, state }) => [`${a_id} ${b_id}`, state]));
  const rules = new Map<number, string>();
  const proposals: Proposal[] = [];
  const done: number[] = [];
  for (const request of requests) {
    const [a, b] = [groupOf.get(rootOf(request.a_id)), groupOf.get(rootOf(request.b_id))];
    if (a === undefined || b === undefined || a === b) {
      done.push(request.request_id);
      continue;
    }
    const state = known.get(`${Math.min(a.root, b.root)} ${Math.max(a.root, b.root)}`);
    const [survivor, other] = isBetter(a, b, identity) ? [a, b] : [b, a];
    const waits = other.hasPoints && !deciding.movesPoints;
    const refusal = waits ? 'later' : refusalOf(request, [a, b], { identity, state });
    if (refusal === 'later') continue;
    done.push(request.request_id);
    if (refusal === 'never') continue;
    if (refusal !== null) {
      proposals.push({ a: a.root, b: b.root, rule: request.rule, reason: refusal });
      continue;
    }
    rules.set(other.root, request.rule);
    unite(survivor, other);
    for (const [id, group] of groupOf) if (group === other) groupOf.set(id, survivor);
  }
  const merges = [...groupOf]
    .filter(([id, group]) => id !== group.root)
    .map(([from, { root }]) => ({ from, into: root, rule: rules.get(from) as string }));
  return { merges, proposals: differentPairs(proposals), done };
}

function groupsOf({ identifiers, sizes }: Deciding): ReadonlyMap<number, Group> {
  const groups = new Map<number, Group>(
    sizes.map(({ profile_id, profiles, is_sending, has_points }) => [
      profile_id,
      { root: profile_id, profiles, isSending: is_sending, hasPoints: has_points, values: new Map() },
    ]),
  );
  for (const { profile_id, type, value } of identifiers) {
    const values = groups.get(profile_id)?.values;
    if (values === undefined) continue;
    const ofType = values.get(type) ?? new Set();
    values.set(type, ofType.add(value));
  }
  return groups;
}

/** Null: they merge. `never`: the rule doesn't hold for them, or people said no. Else why people are asked. */
function refusalOf(
  { rule }: RequestRow,
  [a, b]: readonly [Group, Group],
  { identity, state }: { readonly identity: IdentityBody | null; readonly state: string | undefined },
): 'later' | 'never' | string | null {
  // Its outcome comes to the lane where it began.
  if (a.isSending || b.isSending) return 'later';
  if (rule === 'review') return null;
  if (state === 'declined' || state === 'open') return 'never';
  if (rule === 'anonymous' && isKnown(a) && isKnown(b)) return 'never';
  const most = identity?.maxProfiles ?? maxProfilesUsual;
  if (a.profiles + b.profiles > most) return `more than ${most} profiles`;
  for (const { identifier, atMost } of identity?.mergeBy ?? []) {
    if (atMost === null) continue;
    const both = new Set([...(a.values.get(identifier) ?? []), ...(b.values.get(identifier) ?? [])]);
    if (both.size > atMost) return `more than ${atMost} of ${identifier}`;
  }
  return null;
}

function isKnown({ values }: Group): boolean {
  return [...values.keys()].some((type) => type !== deviceType);
}

/** Who survives: the one that has the most trusted identifier, of equals the older. */
function isBetter(a: Group, b: Group, identity: IdentityBody | null): boolean {
  const trust = ({ values }: Group) =>
    Math.min(Number.MAX_SAFE_INTEGER, ...[...values.keys()].map((type) => trustOf(identity, type)));
  return trust(a) === trust(b) ? a.root < b.root : trust(a) < trust(b);
}

function unite(survivor: Group, other: Group): void {
  survivor.profiles += other.profiles;
  survivor.hasPoints ||= other.hasPoints;
  for (const [type, values] of other.values) {
    const mine = survivor.values.get(type) ?? new Set();
    for (const value of values) mine.add(value);
    survivor.values.set(type, mine);
  }
}

function differentPairs(proposals: readonly Proposal[]): readonly Proposal[] {
  const byPair = new Map(proposals.map((one) => [`${Math.min(one.a, one.b)} ${Math.max(one.a, one.b)}`, one]));
  return [...byPair.values()];
}
