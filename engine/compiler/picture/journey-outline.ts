/**
 * A journey's document as an outline: each step on a line with the days on which it can come, ways indented below, and where they
 * come together, which indentation hides. Days are counted from the entry; waits for dates and people have no day.
 */
import { parseDuration } from '../durations.ts';
import { type Step, stepsOf, type Way } from './steps-of.ts';
import { listOf, mapOf, type Written, words } from './words.ts';

export interface OutlineLine {
  readonly kind: 'step' | 'way' | 'rejoin';
  /** Levels of ways. */
  readonly depth: number;
  /** The earliest and the latest day of a step; null when it isn't known. */
  readonly days: { readonly from: number; readonly to: number } | null;
  /** Of a step, or the label of a way. */
  readonly name: string;
  readonly text: string;
}

export interface Outline {
  readonly id: string;
  readonly title: string;
  /** What stands above the steps: entry, goal, exits. */
  readonly head: readonly { readonly name: string; readonly text: string }[];
  readonly lines: readonly OutlineLine[];
}

/** `document`: of kind journey, valid by its schema. */
export function journeyOutline(document: Written): Outline {
  const page: Page = { lines: [], jumps: new Map() };
  const last = walk(stepsOf(document.steps), { start: { from: 0, to: 0 }, depth: 0, next: 'the end' }, page);
  if (last !== 'left') page.lines.push({ kind: 'step', depth: 0, days: last, name: 'exit completed', text: '' });
  return {
    id: String(document.id),
    title: typeof document.title === 'string' ? document.title : '',
    head: headOf(document),
    lines: page.lines,
  };
}

/** What is written so far, and when jumps come to the steps they name; they only lead ahead. */
interface Page {
  readonly lines: OutlineLine[];
  readonly jumps: Map<string, Days>;
}

/** Where a list of steps stands. */
interface Standing {
  readonly start: Days;
  readonly depth: number;
  /** What comes behind its last step. */
  readonly next: string;
}

function headOf(document: Written): Outline['head'] {
  const { when, if: condition, reentry, ...rest } = mapOf(document.entry);
  const again = reentry === undefined ? 'never' : words(reentry);
  const guard = condition === undefined ? [] : [`if ${words(condition)}`];
  const entry = [listOf(when).map(words).join(' or '), ...guard, words(rest), `again: ${again}`];
  const { within, exit, ...goal } = mapOf(document.goal);
  const exits = listOf(document.exit).map((rule) => {
    const { as, ...test } = mapOf(rule);
    return { name: 'exit', text: `${String(as)}: ${words(test)}` };
  });
  const end = exit === true ? ', and the end' : '';
  return [
    { name: 'entry', text: entry.filter((part) => part !== '').join('; ') },
    ...(document.goal === undefined ? [] : [{ name: 'goal', text: `${words(goal)}, within ${String(within)}${end}` }]),
    ...exits,
  ];
}

type Days = { readonly from: number; readonly to: number } | null;
/** When what follows begins; `left`: nobody comes there. */
type Reached = Days | 'left';

function walk(steps: readonly Step[], { start, depth, next }: Standing, page: Page): Reached {
  let now = start as Reached;
  for (const [index, step] of steps.entries()) {
    const jump = step.id === null ? undefined : page.jumps.get(step.id);
    if (jump !== undefined) now = either(now, jump);
    const days: Days = now === 'left' ? null : plus(now, step.after);
    const name = nameOf(step);
    const text = step.id === null ? '' : step.text;
    page.lines.push({
      kind: 'step',
      depth,
      days,
      name,
      text: [step.time, step.guard, text].filter(Boolean).join(', '),
    });
    if (step.verb === 'goto') page.jumps.set(step.target, jumped(page.jumps.get(step.target), days));
    const following = steps[index + 1];
    const standing = { start: days, depth, next: following === undefined ? next : nameOf(following) };
    const after: Reached = isLeaving(step) ? 'left' : ways(step, standing, page);
    now = step.guard === '' ? after : either(now, after);
  }
  return now;
}

function jumped(known: Days | undefined, days: Days): Days {
  const both = known === undefined ? days : either(known, days);
  return both === 'left' ? null : both;
}

function isLeaving(step: Step): boolean {
  return step.verb === 'exit' || step.verb === 'goto';
}

function nameOf(step: Step): string {
  return step.id ?? `${step.verb} ${step.target}`.trim();
}

function ways(step: Step, { start: days, depth, next }: Standing, page: Page): Reached {
  let reached: Reached = 'left';
  let joining = 0;
  for (const way of step.ways) {
    const start = uncertain(step) ? null : span(plus(days, way.delay), days, step, way);
    let end: Reached = start;
    if (way.steps.length > 0) {
      page.lines.push({ kind: 'way', depth: depth + 1, days: null, name: way.label, text: '' });
      end = walk(way.steps, { start, depth: depth + 2, next }, page);
    }
    if (way.kind === 'round') continue;
    if (end !== 'left') joining += 1;
    reached = either(reached, end);
  }
  const hasSteps = step.ways.some((way) => way.steps.length > 0);
  if (hasSteps && joining > 1) page.lines.push({ kind: 'rejoin', depth: depth + 1, days: null, name: next, text: '' });
  return reached;
}

/** An answer may come at once or when the time is nearly over. */
function span(start: Days, days: Days, step: Step, way: Way): Days {
  if (step.verb !== 'wait_for' || way.delay !== null || days === null) return start;
  const limit = plus(days, step.ways.at(-1)?.delay ?? null);
  return limit === null ? null : { from: days.from, to: limit.to };
}

/** What waits for a date, for rounds or for a person at a telephone has no day. */
function uncertain(step: Step): boolean {
  return step.verb === 'repeat' || step.verb === 'call' || (step.verb === 'wait' && step.ways[0]?.delay === null);
}

function plus(days: Days, duration: string | null): Days {
  if (days === null || duration === null) return days;
  const parsed = parseDuration(duration);
  if (parsed === null) return null;
  const added = parsed.months * 30 + parsed.days + parsed.ms / 86_400_000;
  return { from: days.from + added, to: days.to + added };
}

function either(a: Reached, b: Reached): Reached {
  if (a === 'left') return b;
  if (b === 'left') return a;
  return a === null || b === null ? null : { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}
