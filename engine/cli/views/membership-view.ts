/** Why one person is in a segment or out of it: the definition as a tree, for people and programs. */
import type { ExplainedNode, MembershipExplanation } from '../../measure/person/explain-membership.ts';
import { formatCondition } from '../../reconcile/format-condition.ts';
import { leafWords } from './leaf-words.ts';
import { counted, formatTime, type Style } from './style.ts';
import type { View } from './view.ts';

export interface MembershipResult extends MembershipExplanation {
  /** As the person was named. */
  readonly named: string;
  readonly liveRevision: number;
}

/** The view of `explain --segment`. */
export const membershipView: View<MembershipResult> = {
  human: (result, style) => {
    const { named, key, segment, since, tree, at } = result;
    const where = since === null ? `isn't in ${segment}` : `is in ${segment} since ${formatTime(since)}`;
    const head = `${style.strong(`${named} (profile ${key.profileId}, lane ${key.lane})`)} ${where}\n`;
    const turns =
      tree.nextChange === null
        ? '  By time alone that never changes.\n'
        : `  By time alone that may change ${formatTime(tree.nextChange)}.\n`;
    return `${head}${notes(result)}${turns}\n${linesOf(tree, 1, style, at)}`;
  },
  json: ({ named, key, segment, at, since, laneRevision, liveRevision, waitingFacts, tree }) => ({
    person: named,
    ...{ profile: key.profileId, lane: key.lane, segment, at },
    ...{ isMember: since !== null, since, laneRevision, liveRevision, waitingFacts },
    tree: jsonOf(tree),
  }),
};

function notes({ laneRevision, liveRevision, waitingFacts, since, tree }: MembershipResult): string {
  const lines: string[] = [];
  if (laneRevision < liveRevision) {
    const under = laneRevision === 0 ? 'no revision yet' : `revision ${laneRevision}`;
    lines.push(`Lane still runs under ${under}; the tree below reads revision ${liveRevision}.`);
  }
  if (waitingFacts > 0) lines.push(`${counted(waitingFacts, 'fact waits', 'facts wait')} for the next run.`);
  if (tree.holds !== (since !== null)) {
    lines.push(`The definition says ${tree.holds ? 'in' : 'out'} now; the next run moves this person.`);
  }
  return lines.map((line) => `  ${line}\n`).join('');
}

function linesOf(node: ExplainedNode, depth: number, style: Style, now: Date): string {
  const { condition, holds } = node;
  const mark = holds ? style.added('✓') : style.removed('✗');
  const indent = '  '.repeat(depth);
  const leaf = leafOf(node);
  if (leaf === null) {
    const word = condition.kind === 'any' ? 'any of' : condition.kind === 'not' ? 'not' : 'all of';
    return `${indent}${mark} ${word}\n${node.of.map((one) => linesOf(one, depth + 1, style, now)).join('')}`;
  }
  const found = [leafWords(leaf), turnWords(leaf)].filter((words) => words !== '').join('; ');
  const line = `${indent}${mark} ${formatCondition(condition)}${found === '' ? '' : `  ${style.faint(found)}`}\n`;
  return line + leaf.of.map((one) => linesOf(one, depth + 1, style, now)).join('');
}

/** The leaf that the line says, itself or under `not`; null for what is said by its parts. */
function leafOf(node: ExplainedNode): ExplainedNode | null {
  const { kind } = node.condition;
  if (kind === 'all' || kind === 'any') return null;
  if (kind !== 'not') return node;
  const inner = node.of[0];
  return inner === undefined || ['all', 'any', 'not'].includes(inner.condition.kind) ? null : inner;
}

function turnWords({ nextChange }: ExplainedNode): string {
  return nextChange === null ? '' : `may turn ${formatTime(nextChange)}`;
}

function jsonOf(node: ExplainedNode): unknown {
  const { condition, holds, nextChange, value, at, of } = node;
  const isLeaf = !['all', 'any', 'not'].includes(condition.kind);
  return {
    ...(isLeaf ? { condition: formatCondition(condition) } : { kind: condition.kind }),
    ...{ holds, nextChange },
    ...(isLeaf && { value, at, words: leafWords(node) }),
    ...(of.length > 0 && { of: of.map(jsonOf) }),
  };
}
