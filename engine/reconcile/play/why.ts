/** What the engine knows of a person whose test failed: his ways, his messages with their decisions, and why a segment hasn't got him. */
import { explainMembership, type MembershipExplanation } from '../../measure/person/explain-membership.ts';
import { type Explanation, explainProfile } from '../../measure/person/explain-profile.ts';
import { liveRevisionNumber, readResources, readRevision } from '../../store/revisions.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Actor } from './actor.ts';

export interface Why {
  readonly explanation: Explanation;
  /** Of segments that were expected otherwise, and of the one that opens the journey where he never entered it. */
  readonly memberships: readonly MembershipExplanation[];
}

/** Levels of nested segments that are opened. */
const depth = 3;

/** Null: he isn't there. `segments`: those that were expected otherwise. */
export async function readWhy(
  session: OwnSession,
  { lane, profileId, journey }: Actor,
  { segments, at }: { readonly segments: readonly string[]; readonly at: Date },
): Promise<Why | null> {
  const key = { lane, profileId };
  const explanation = await explainProfile(session, key, []);
  const revision = await readRevision(session, await liveRevisionNumber(session));
  if (explanation === null || revision === null) return null;
  const hasEntered = explanation.enrollments.some((one) => one.journey === journey.id);
  const opening = journey.body.entry.triggers.flatMap((one) => (one.kind === 'enters' ? [one.segment] : []));
  const asked = new Set([...segments, ...(hasEntered ? [] : opening)]);
  const memberships: MembershipExplanation[] = [];
  if (asked.size === 0) return { explanation, memberships };
  const resources = await readResources(session, revision);
  for (const segment of asked) {
    const found = await explainMembership(session, key, { resources, segment, at, depth });
    if (found !== null) memberships.push(found);
  }
  return { explanation, memberships };
}
