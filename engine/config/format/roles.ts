/**
 * What the formatter knows of the language: where steps stand, which keys come first, and what may stand on one line.
 * Everything else is laid out by its form alone.
 */
import type { LayoutCollection, LayoutItem, LayoutNode } from './layout.ts';

/** The part that a node plays; `plain` has no order and no rule of its own. */
export type Role = 'document' | 'journey' | 'steps' | 'step' | 'arms' | 'arm' | 'plain';

const documentFirst = ['kind', 'id', 'title', 'description', 'owner', 'tags'];

/** Verbs in the order of the reference; what belongs to a verb follows it. */
const stepOrder = [
  ...['id', 'title', 'after', 'at', 'if'],
  ...['send', 'wait', 'wait_for', 'branch', 'switch', 'split', 'repeat', 'update', 'consent', 'award', 'redeem'],
  ...['call', 'webhook', 'start', 'goto', 'exit'],
  ...['for', 'winner', 'bandit', 'steps', 'then', 'cases', 'otherwise'],
];

/** The role of the value under a key, or of an item of a list (no key). */
export function roleWithin(role: Role, key: string | null): Role {
  if (key === null) return role === 'steps' ? 'step' : role === 'arms' ? 'arm' : 'plain';
  if (role === 'journey') return key === 'steps' ? 'steps' : 'plain';
  if (role === 'arm') return key === 'steps' ? 'steps' : 'plain';
  if (role !== 'step') return 'plain';
  if (key === 'then' || key === 'otherwise' || key === 'steps') return 'steps';
  return key === 'branch' || key === 'cases' || key === 'split' || key === 'wait_for' ? 'arms' : 'plain';
}

/** The items in the order of the language. Keys without a place in it keep theirs behind the key that they followed. */
export function inOrder(role: Role, items: readonly LayoutItem[]): readonly LayoutItem[] {
  const order = orderOf(role, items);
  if (order.length === 0) return items;
  let rank = -1;
  return items
    .map((item, index) => {
      const own = order.indexOf(item.key?.name ?? '');
      if (role === 'step' && own === -1) return { item, index, rank };
      rank = own === -1 ? order.length : own;
      return { item, index, rank };
    })
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ item }) => item);
}

function orderOf(role: Role, items: readonly LayoutItem[]): readonly string[] {
  if (role === 'document' || role === 'journey') return documentFirst;
  if (role !== 'step') return [];
  // Nobody stands in an exit or a jump: it is named by what it does.
  const names = items.map((item) => item.key?.name);
  return names.includes('id') ? stepOrder : ['goto', 'exit', ...stepOrder];
}

/** Whether the language lets a node stand on one line, when there is room. `within`: the role of what holds it. */
export function mayBeOneLine(role: Role, node: LayoutNode, within: Role): boolean {
  if (node.kind === 'scalar') return true;
  if (role === 'document' || role === 'journey') return false;
  if (role === 'steps' && node.kind === 'list') return areShortSteps(node, within);
  return true;
}

/** Jumps and exits; and the one step of an arm or a case. */
function areShortSteps(list: LayoutCollection, within: Role): boolean {
  return (within === 'arm' && list.items.length === 1) || list.items.every(({ value }) => isLeaving(value));
}

/** Whether a step on its own may stand on one line. */
export function isLeaving(node: LayoutNode | null): boolean {
  if (node === null || node.kind !== 'map') return true;
  return node.items.some(({ key }) => key?.name === 'exit' || key?.name === 'goto');
}
