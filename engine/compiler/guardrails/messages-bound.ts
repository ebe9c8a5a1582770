/**
 * `bound: messages_per_person_per_week`: what caps let through in seven days, at most. Each message in scope must be under a cap; the
 * bound is the least sum over caps that together cover all of them.
 */
import type { Duration, Guardrail } from '../ir.ts';
import { capsOfAll, covers, type HouseCap } from './coverage.ts';
import { nameOf, type Violation, type Watched } from './finding.ts';
import { type PossibleMessage, possibleMessages } from './sends.ts';
import { pathOfStep } from './step-path.ts';

export function findTooManyMessages(watched: Watched): readonly Violation[] {
  const { guardrail, covered, resources } = watched;
  const { rule } = guardrail;
  if (rule.kind !== 'bound' || rule.of !== 'messages_per_person_per_week') return [];
  const caps = capsOfAll(resources);
  const messages = covered
    .flatMap((one) => (one.kind === 'journey' ? possibleMessages(one.id, one.body) : []))
    .filter((message) => isInScope(message, guardrail));
  const free = messages.filter((message) => !caps.some(({ cap }) => covers(cap.covers, message)));
  if (free.length > 0) return uncapped(watched, free);
  const chosen = leastCover(caps, messages);
  const most = chosen.reduce((sum, { cap }) => sum + perWeek(cap), 0);
  return most <= rule.max ? [] : exceeded(watched, { chosen, most, max: rule.max });
}

function isInScope(message: PossibleMessage, { applies }: Guardrail): boolean {
  return applies.objectives === null ? message.objective !== 'service' : applies.objectives.includes(message.objective);
}

/** One for each journey that no cap holds: it alone is without a bound. */
function uncapped({ guardrail, document }: Watched, free: readonly PossibleMessage[]): readonly Violation[] {
  const byJourney = new Map<string, PossibleMessage>();
  for (const message of free) if (!byJourney.has(message.journey)) byJourney.set(message.journey, message);
  return [...byJourney.values()].flatMap(({ journey, step, channel }) => {
    const name = `journey/${journey}`;
    const found = document(name);
    if (found === undefined) return [];
    const detail = `Guardrail \`${guardrail.id}\` bounds the messages that a person gets in a week, and no cap covers step \`${step}\` on channel \`${channel}\`: nothing bounds them. Add a cap that covers this journey to a pressure.`;
    return [{ resource: name, code: 'CMP242' as const, detail, path: pathOfStep(found, step) }];
  });
}

function exceeded(
  { guardrail }: Watched,
  { chosen, most, max }: { readonly chosen: readonly HouseCap[]; readonly most: number; readonly max: number },
): readonly Violation[] {
  const [first] = chosen;
  if (first === undefined) return [];
  const sum = chosen.map(({ pressure, cap }) => `\`${pressure}/${cap.id}\` ${perWeek(cap)}`).join(', ');
  const detail = `Guardrail \`${guardrail.id}\` allows ${max} messages for a person in a week, and the caps let ${most} through (${sum}). Lower a cap, or add one that covers all of these messages.`;
  return [{ resource: nameOf({ kind: 'pressure', id: first.pressure }), code: 'CMP242', detail, path: ['caps'] }];
}

const weekDays = 7;
const dayMs = 24 * 60 * 60_000;

/** The most that a cap lets through in a week; in one that two months or quarters share, twice its number. */
function perWeek({ max, window }: HouseCap['cap']): number {
  if (window.kind === 'rolling') return max * Math.ceil(weekDays / daysOf(window.duration));
  if (window.unit === 'day') return max * weekDays;
  return window.unit === 'week' ? max : max * 2;
}

function daysOf({ months, days, ms }: Duration): number {
  return months * 28 + days + ms / dayMs;
}

/** Beyond so many caps the subsets aren't all tried. */
const triedMax = 12;

/** The caps that together cover all messages and let the least through. */
function leastCover(caps: readonly HouseCap[], messages: readonly PossibleMessage[]): readonly HouseCap[] {
  const useful = caps
    .filter(({ cap }) => messages.some((message) => covers(cap.covers, message)))
    .sort((a, b) => perWeek(a.cap) - perWeek(b.cap))
    .slice(0, triedMax);
  const masks = [...new Set(messages.map((message) => maskOf(useful, message)))];
  let best: readonly HouseCap[] = caps;
  let least = Number.POSITIVE_INFINITY;
  for (let subset = 0; subset < 1 << useful.length; subset++) {
    if (!masks.every((mask) => (mask & subset) !== 0)) continue;
    const chosen = useful.filter((_cap, index) => (subset & (1 << index)) !== 0);
    const sum = chosen.reduce((total, { cap }) => total + perWeek(cap), 0);
    if (sum < least) [best, least] = [chosen, sum];
  }
  return best;
}

function maskOf(caps: readonly HouseCap[], message: PossibleMessage): number {
  return caps.reduce((mask, { cap }, index) => (covers(cap.covers, message) ? mask | (1 << index) : mask), 0);
}
