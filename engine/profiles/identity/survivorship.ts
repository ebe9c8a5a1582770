/** Which value of a trait is the person's, where an identity document says another one than the newest. */
import type { IdentityBody } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { projectSurvivors } from '../facts/queries.ts';
import { laneOf } from '../lane-of.ts';

export interface PersonTrait {
  readonly profileId: number;
  readonly trait: string;
}

/** How the value of a trait is chosen. Who was known first was known at the earliest of the times. */
export function ruleOf(
  identity: IdentityBody | null,
  trait: string,
): { readonly kind: string; readonly sources: readonly string[] } {
  const rule =
    identity !== null && Object.hasOwn(identity.survivorship, trait) ? identity.survivorship[trait] : undefined;
  if (rule === undefined) return { kind: trait === 'first_seen_at' ? 'least' : 'latest', sources: [] };
  return rule.kind === 'sources' ? rule : { kind: rule.kind, sources: [] };
}

/** Writes the person's values of the traits into his profile, chosen by the rules. */
export async function projectChosen(
  session: Session,
  identity: IdentityBody | null,
  touched: readonly PersonTrait[],
): Promise<void> {
  if (touched.length === 0) return;
  const rules = touched.map(({ trait }) => ruleOf(identity, trait));
  await projectSurvivors(session, {
    lanes: touched.map(({ profileId }) => laneOf(profileId)),
    profiles: touched.map(({ profileId }) => profileId),
    traits: touched.map(({ trait }) => trait),
    kinds: rules.map(({ kind }) => kind),
    sources: rules.map(({ sources }) => JSON.stringify(sources)),
  });
}
