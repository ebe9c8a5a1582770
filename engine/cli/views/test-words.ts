/** Why a test came out otherwise than expected, in sentences: what was found, the decisions about its messages, where the person stands. */
import { localOfInstant } from '../../compiler/instants.ts';
import type { ExplainedNode, MembershipExplanation } from '../../measure/person/explain-membership.ts';
import type { Explanation } from '../../measure/person/explain-profile.ts';
import { formatCondition } from '../../reconcile/format-condition.ts';
import type { Miss } from '../../reconcile/play/expectations.ts';
import type { TestFailure } from '../../reconcile/play/play-together.ts';
import { decisionWords } from './decision-words.ts';
import { refusalWords, standing } from './explanation-view.ts';
import { leafWords } from './leaf-words.ts';
import { formatTime, oneLine } from './style.ts';

/** Messages of a step that are told, the newest first: of a step in a loop there are many. */
const messagesMax = 3;

/** `expected sent: gift, found nothing`. */
export function missWords({ key, expected, found }: Miss): string {
  return `expected ${key}: ${oneLine(expected)}, found ${oneLine(found)}`;
}

/** When it was, on the person's clock. */
export function timeWords({ at, zone }: Pick<TestFailure, 'at' | 'zone'>): string {
  const local = new Date(localOfInstant(at.getTime(), zone)).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 16)} in ${zone}`;
}

/** Why it is not as one miss expected, a sentence each; empty where the engine knows nothing of it. */
export function whyWords(journey: string, { why }: TestFailure, miss: Miss): readonly string[] {
  if (why === null) return [];
  const { explanation, memberships } = why;
  const ofSegments = memberships.filter(({ segment }) => !miss.key.endsWith('in_segment') || segment === miss.expected);
  if (miss.key.endsWith('in_segment')) return ofSegments.map(membershipWords);
  const decided = miss.step === null ? [] : messagesOf(explanation, journey, miss.step);
  return [...decided, ...placeWords(explanation, journey), ...ofSegments.map(membershipWords)];
}

function messagesOf({ messages }: Explanation, journey: string, step: string): readonly string[] {
  const ofStep = messages.filter((one) => one.journey === journey && one.step === step).slice(0, messagesMax);
  return ofStep.map((one) => {
    const { reason } = one.decision;
    const because = typeof reason === 'string' ? ` (${oneLine(reason)})` : '';
    return `${step}, ${formatTime(one.created_at)}: ${decisionWords(one.decision, one.state)}${because}.`;
  });
}

function placeWords({ enrollments, refusals }: Explanation, journey: string): readonly string[] {
  const ways = enrollments.filter((one) => one.journey === journey).slice(0, messagesMax);
  const refused = refusals.filter((one) => one.journey === journey).slice(0, messagesMax);
  if (ways.length === 0 && refused.length === 0) return [`The person never entered ${journey}: nothing opened it.`];
  return [
    ...ways.map((one) => {
      const key = one.key === '' ? '' : ` (${oneLine(one.key)})`;
      const held = one.holdout === null ? '' : ', held out: gets nothing';
      return `${journey}${key}: entered ${formatTime(one.entered_at)}${held}; ${standing(one)}.`;
    }),
    ...refused.map(
      (one) => `${journey}, ${formatTime(one.last_at)}: not let in, ${refusalWords[one.reason] ?? one.reason}.`,
    ),
  ];
}

function membershipWords({ segment, since, tree }: MembershipExplanation): string {
  const where = since === null ? `not in ${segment}` : `in ${segment} since ${formatTime(since)}`;
  const leaves = leavesOf(tree).filter(({ holds }) => holds === (since !== null));
  const each = leaves.map((leaf) => {
    const found = leafWords(leaf);
    return `${formatCondition(leaf.condition)} is ${leaf.holds}${found === '' ? '' : ` (${found})`}`;
  });
  return `The person is ${where}${each.length === 0 ? '' : `: ${each.join('; ')}`}.`;
}

/** Leaves in the order of the file; what is under `not` as it stands there. */
function leavesOf(node: ExplainedNode): readonly ExplainedNode[] {
  const { kind } = node.condition;
  return kind === 'all' || kind === 'any' ? node.of.flatMap(leavesOf) : [node];
}
