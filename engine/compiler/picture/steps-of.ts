/**
 * The steps of a journey's document in one form for all verbs: what a step does, the ways that lead on from it, and the steps on
 * each way. Read from the document as written, so that a reader finds his own words; valid by its schema.
 */
import { channelWords, listOf, mapOf, timeWords, type Written, words } from './words.ts';

export const verbs = [
  ...['send', 'wait', 'wait_for', 'branch', 'switch', 'split', 'repeat', 'update', 'consent', 'award', 'redeem'],
  ...['call', 'webhook', 'start', 'goto', 'exit'],
] as const;

/** A way on from a step. Without steps it goes right to what follows. */
export interface Way {
  /** When it is taken; empty: always. */
  readonly label: string;
  readonly steps: readonly Step[];
  /** `round`: comes back to the step (`repeat`). */
  readonly kind: 'on' | 'round';
  /** How long until it is taken, as written; null: at once. */
  readonly delay: string | null;
}

export interface Step {
  /** Null for an exit or a jump without a name. */
  readonly id: string | null;
  readonly verb: string;
  /** What it does, without its name. */
  readonly text: string;
  /** `after 2d at 18:00`, or empty. */
  readonly time: string;
  /** As written, or null. */
  readonly after: string | null;
  /** The guard, or empty. */
  readonly guard: string;
  /** Where a jump leads; the reason of an exit. */
  readonly target: string;
  readonly ways: readonly Way[];
}

/** The steps of a list as written. */
export function stepsOf(list: unknown): readonly Step[] {
  return listOf(list).map((item) => stepOf(mapOf(item)));
}

function stepOf(step: Written): Step {
  const verb = verbs.find((name) => step[name] !== undefined) ?? 'wait';
  return {
    id: typeof step.id === 'string' ? step.id : null,
    verb,
    text: textOf(verb, step),
    time: timeWords(step),
    after: typeof step.after === 'string' ? step.after : null,
    guard: step.if === undefined ? '' : `if ${words(step.if)}`,
    target: verb === 'goto' || verb === 'exit' ? String(step[verb]) : '',
    ways: waysOf(verb, step),
  };
}

function textOf(verb: string, step: Written): string {
  const what = mapOf(step[verb]);
  switch (verb) {
    case 'send':
      return `send ${channelWords(what.channel)}: ${String(what.template)}`;
    case 'wait_for':
      return `${Array.isArray(step.wait_for) && isArms(step.wait_for) ? 'wait for the first' : `wait for ${words(step.wait_for)}`}, ${String(step.for)}`;
    case 'branch':
      return 'choose';
    case 'split':
      return 'split';
    case 'repeat':
      return `repeat every ${String(what.every)}, at most ${String(what.max)}${what.until === undefined ? '' : `, until ${words(what.until)}`}`;
    default:
      return `${verb} ${words(step[verb])}`;
  }
}

function isArms(list: readonly unknown[]): boolean {
  return list.some((item) => 'steps' in mapOf(item) || 'when' in mapOf(item));
}

function waysOf(verb: string, step: Written): readonly Way[] {
  const then = (label: string) => way(label, step.then);
  const otherwise = (label: string, delay: string | null = null) => way(label, step.otherwise, { delay });
  const hasWays = step.then !== undefined || step.otherwise !== undefined;
  switch (verb) {
    case 'wait_for':
      return [
        ...(Array.isArray(step.wait_for) && isArms(step.wait_for) ? arms(step.wait_for) : [then('met')]),
        otherwise(`not in ${String(step.for)}`, typeof step.for === 'string' ? step.for : null),
      ];
    case 'branch':
      return [...arms(step.branch), otherwise('otherwise')];
    case 'switch':
      return [...arms(step.cases), otherwise('otherwise')];
    case 'split':
      return splitArms(listOf(step.split));
    case 'repeat':
      return [way('each round', step.steps, { kind: 'round' }), way('over', undefined)];
    case 'wait':
      return [way('', step.then, { delay: typeof step.wait === 'string' ? step.wait : null }), ...missing(step)];
    case 'goto':
    case 'exit':
      return [];
    default:
      return hasWays
        ? [then(wordsOf(verb).done), ...(step.otherwise ? [otherwise(wordsOf(verb).not)] : [])]
        : [way('', null)];
  }
}

/** Only where somebody said what then: else both are the same way. */
function missing(step: Written): readonly Way[] {
  return step.otherwise === undefined ? [] : [way('missing or too late', step.otherwise)];
}

function wordsOf(verb: string): { readonly done: string; readonly not: string } {
  switch (verb) {
    case 'send':
      return { done: 'left', not: 'did not leave' };
    case 'call':
      return { done: 'reached', not: 'not reached' };
    case 'redeem':
      return { done: 'redeemed', not: 'points or stock lack' };
    case 'award':
      return { done: 'awarded', not: 'limit reached' };
    default:
      return { done: 'done', not: 'given up' };
  }
}

function arms(list: unknown): readonly Way[] {
  return listOf(list).map((item) => {
    const { steps, id: _id, title: _title, if: condition, when, ...tests } = mapOf(item);
    const label = condition !== undefined ? `if ${words(condition)}` : when !== undefined ? words(when) : words(tests);
    return way(label, steps);
  });
}

function splitArms(list: readonly unknown[]): readonly Way[] {
  const weights = list.map((arm) => Number(mapOf(arm).weight ?? 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return list.map((item, index) => {
    const arm = mapOf(item);
    return way(`${String(arm.id)} ${Math.round((100 * weights[index]!) / total)} %`, arm.steps);
  });
}

function way(label: string, steps: unknown, more: { kind?: Way['kind']; delay?: string | null } = {}): Way {
  return { label, steps: stepsOf(steps), kind: more.kind ?? 'on', delay: more.delay ?? null };
}
