/**
 * `forbid`: whether a message could leave by a channel in a forbidden window. It can't where quiet hours cover the window, nor where
 * its step has a fixed time outside of it and nothing may hold it until another.
 */
import type { BundleResource, GuardrailRule, PressureBody, Weekday } from '../ir.ts';
import { capsOfAll, covers, pressuresOf } from './coverage.ts';
import { nameOf, type Violation, type Watched } from './finding.ts';
import { type PossibleMessage, possibleMessages } from './sends.ts';
import { pathOfStep } from './step-path.ts';
import { addTo, holdsAt, isWithin, type Week, weekdays, weekOf } from './week.ts';

type Forbid = Extract<GuardrailRule, { readonly kind: 'forbid' }>;
type QuietHours = PressureBody['quietHours'][number];

export function findForbidden({ covered, guardrail, resources, document }: Watched): readonly Violation[] {
  const { rule } = guardrail;
  if (rule.kind !== 'forbid') return [];
  const house = houseOf(rule, resources);
  return covered.flatMap((resource) => {
    if (resource.kind !== 'journey') return [];
    const guilty = possibleMessages(resource.id, resource.body).filter(
      (message) => rule.channels.includes(message.channel) && isInScope(message, guardrail) && !house.keeps(message),
    );
    const first = guilty[0];
    const journey = document(nameOf(resource));
    if (first === undefined || journey === undefined) return [];
    const path = pathOfStep(journey, first.step);
    return [
      { resource: nameOf(resource), code: 'CMP241' as const, detail: detailOf(guardrail.id, rule, guilty), path },
    ];
  });
}

function isInScope(message: PossibleMessage, { applies }: Watched['guardrail']): boolean {
  return applies.objectives === null || applies.objectives.includes(message.objective);
}

/** What the whole house does about the window. */
function houseOf(rule: Forbid, resources: readonly BundleResource[]): { keeps(message: PossibleMessage): boolean } {
  const forbidden = weekOf(rule.between, rule.days);
  const quiet = pressuresOf(resources).flatMap(({ body }) =>
    body.quietHours.filter((hours) => hours.where === undefined),
  );
  const caps = capsOfAll(resources);
  const defers = pressuresOf(resources).some(({ body }) => body.whenCapped !== 'drop');
  const desks = new Map(
    resources.flatMap((one) => (one.kind === 'channel' && one.body.desk ? [[one.id, one.body.desk]] : [])),
  );
  const weeks = new Map<string, Week>();

  /** The minutes in which the message is held; messages of the same quiet hours share them. */
  function quietOf(message: PossibleMessage): Week {
    const rules = quiet.map((hours) => covers(hours.covers, message));
    const key = rules.join();
    const known = weeks.get(key) ?? unionOf(quiet.filter((_hours, index) => rules[index]));
    weeks.set(key, known);
    return known;
  }

  return {
    keeps(message) {
      const held = quietOf(message);
      if (isWithin(forbidden, held)) return true;
      const desk = desks.get(message.channel);
      if (desk !== undefined && desk.hours.length > 0) {
        return desk.hours.every((hours) => isOutside(weekOf([hours.from, hours.to], hours.days), forbidden, held));
      }
      if (message.at === null || holdsAt(forbidden, message.at) || holdsAt(held, message.at)) return false;
      const isDeferred = message.whenCapped === null ? defers : message.whenCapped !== 'drop';
      return !isDeferred || !caps.some(({ cap }) => covers(cap.covers, message));
    },
  };
}

/** Whether no minute of the window is forbidden and not held anyway. */
function isOutside(window: Week, forbidden: Week, held: Week): boolean {
  return !window.some((isOpen, minute) => isOpen === 1 && forbidden[minute] === 1 && held[minute] === 0);
}

function unionOf(quiet: readonly QuietHours[]): Week {
  const all = weekOf(null, []);
  for (const { from, to, days } of quiet) {
    const named = days?.filter((day): day is Weekday => day !== 'holiday') ?? null;
    addTo(all, weekOf([from, to], named));
  }
  return all;
}

function detailOf(id: string, rule: Forbid, guilty: readonly PossibleMessage[]): string {
  const channels = listed(guilty.map(({ channel }) => channel));
  const steps = listed(guilty.map(({ step }) => step));
  const window = [
    rule.between === null ? null : `between ${rule.between[0]} and ${rule.between[1]}`,
    rule.days === null ? null : `on ${weekdays.filter((day) => rule.days?.includes(day)).join(', ')}`,
  ].filter((one) => one !== null);
  return (
    `Guardrail \`${id}\` forbids ${channels} ${window.join(' ')}, and ${steps} may send then: no quiet hours cover the whole window, and no fixed time keeps out of it. ` +
    'Add `quiet_hours` for the channel to a pressure, or give the step an `at` outside of the window that no cap can defer.'
  );
}

function listed(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `\`${name}\``).join(', ');
}
