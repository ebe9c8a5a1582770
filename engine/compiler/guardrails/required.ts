/** `require`: an owner, a title, a goal, an exit, a holdout. */
import type { BundleResource, HoldoutBody, JourneyBody, Requirement } from '../ir.ts';
import { nameOf, type Violation, type Watched } from './finding.ts';

const remedies: Readonly<Record<Requirement, string>> = {
  owner: 'Nobody answers for it. Add `owner`.',
  title: 'People who read a plan or a report see only its id. Add `title`.',
  description: 'What it is for is written nowhere. Add `description`.',
  goal: 'Nothing says what it is to bring about, so it can be measured by nothing. Add `goal`.',
  exit: 'Nobody leaves before the last step, whatever he does meanwhile. Add `exit`, or a goal with `exit: true`.',
  holdout:
    "Nobody is left out, so what it brings about can't be known. Add `holdout: 5%`, or a holdout that covers its objective.",
};

export function findMissing({ covered, guardrail, resources, document }: Watched): readonly Violation[] {
  const { rule } = guardrail;
  if (rule.kind !== 'require') return [];
  const holdouts = resources.flatMap((one) => (one.kind === 'holdout' ? [one.body] : []));
  return covered.flatMap((resource) => {
    const missing = rule.what.filter((what) => !has(resource, what, holdouts));
    if (missing.length === 0 || document(nameOf(resource)) === undefined) return [];
    return missing.map((what) => ({
      resource: nameOf(resource),
      code: 'CMP240' as const,
      detail: `Guardrail \`${guardrail.id}\` requires \`${what}\`, and \`${nameOf(resource)}\` has none. ${remedies[what]}`,
      path: ['id'],
    }));
  });
}

function has(resource: BundleResource, what: Requirement, holdouts: readonly HoldoutBody[]): boolean {
  switch (what) {
    case 'owner':
    case 'title':
    case 'description':
      return resource.meta[what] !== undefined;
    default:
      return resource.kind !== 'journey' || journeyHas(resource.body, what, holdouts);
  }
}

function journeyHas(
  journey: JourneyBody,
  what: 'goal' | 'exit' | 'holdout',
  holdouts: readonly HoldoutBody[],
): boolean {
  if (what === 'goal') return journey.goal !== null;
  if (what === 'exit') return journey.exits.length > 0 || journey.goal?.exit === true;
  // Service messages are never held back from anybody.
  if (journey.objective === 'service') return true;
  return journey.holdout !== undefined || holdouts.some((one) => one.objectives?.includes(journey.objective) ?? true);
}
