/** Ways of a journey that nobody can take: steps after an end, arms that an earlier one covers, jumps that go nowhere. */
import { implies } from '../implies.ts';
import type { Condition, StepBody } from '../ir.ts';
import { armsOf, type Flow } from './journey-flow.ts';
import type { JourneyNames } from './journey-names.ts';
import { child, fault, faultUnknown, type Place, rangeOf, textOf } from './place.ts';

/** What stands after an `exit` without `if` is a mistake of indentation more often than a plan. Each stretch is said once. */
export function warnUnreached(flow: Flow): void {
  for (const { place, order } of flow.steps) {
    if (flow.isReached(order)) continue;
    const { path } = place;
    const index = path.at(-1);
    const isFirst = index === 0;
    const before = flow.steps.find(
      ({ place: other }) =>
        other.path.length === path.length &&
        other.path.slice(0, -1).join('/') === path.slice(0, -1).join('/') &&
        other.path.at(-1) === Number(index) - 1,
    );
    if (isFirst || before === undefined || !flow.isReached(before.order)) continue;
    const detail =
      'Every way before it ends the journey or jumps past it, so nobody comes here. Move it, or give the `exit` or `goto` an `if`.';
    fault(place, 'CMP054', detail);
  }
}

/** Arms are read from the top: one whose people an earlier arm takes already is never taken. */
export function checkArms(place: Place, step: StepBody): void {
  const action = step.do;
  const conditions =
    action.kind === 'branch' || action.kind === 'wait_for_first'
      ? action.arms.map((arm) => arm.if)
      : action.kind === 'switch'
        ? action.cases.map((one) => one.if)
        : [];
  const arms = armsOf(place);
  for (const [index, condition] of conditions.entries()) {
    const arm = arms[index];
    const earlier = conditions.slice(0, index);
    if (arm === undefined || isUnresolved(condition)) continue;
    const cover = earlier.findIndex((one) => !isUnresolved(one) && implies(condition, one));
    if (cover >= 0) sayCovered(arm, arms[cover] as Place);
    else if (action.kind === 'branch' && isEveryone(earlier)) {
      const detail =
        'The arms before it take everyone, as two of them are opposites, so nobody comes here. Remove it, or move it up.';
      fault(arm, 'CMP156', detail);
    }
  }
  const otherwise = child(place, 'otherwise');
  if (action.kind === 'branch' && otherwise !== undefined && isEveryone(conditions)) {
    const detail =
      'Two of the arms are opposites, so one of them takes everyone and `otherwise` is never taken. Remove it, or correct the arms.';
    fault(otherwise, 'CMP156', detail, { on: 'key' });
  }
}

function sayCovered(arm: Place, by: Place): void {
  // A value that has a case already was said at the value.
  if (arm.at.diagnostics.some((one) => one.code === 'CMP154' && isWithin(one.range, rangeOf(arm)))) return;
  const related = [{ message: 'this one takes them', range: rangeOf(by) }];
  const detail =
    'Whoever fits here fits an earlier one, and the first that fits is taken, so nobody comes here. Move it up, or correct one of the two.';
  fault(arm, 'CMP156', detail, { related });
}

type Range = ReturnType<typeof rangeOf>;

function isWithin(inner: Range | undefined, outer: Range): boolean {
  if (inner === undefined) return false;
  return inner.file === outer.file && inner.line >= outer.line && inner.endLine <= outer.endLine;
}

function isUnresolved(condition: Condition): boolean {
  return condition.kind === 'all' && condition.of.length === 0;
}

/** Whether two of them are opposites. */
function isEveryone(conditions: readonly Condition[]): boolean {
  const positives = conditions.filter((one) => one.kind !== 'not');
  return conditions.some((one) => one.kind === 'not' && positives.some((other) => implies(one.of, other)));
}

/** A jump goes ahead, to a step of this journey, and not into the rounds of a `repeat` from outside. */
export function checkGoto(place: Place, names: JourneyNames, order: number): void {
  const id = textOf(place);
  const target = names.flow.steps.find((step) => step.id === id);
  if (target === undefined) {
    const remedy = 'Name a step of this journey that stands further down.';
    faultUnknown(place, 'CMP018', { what: 'step', name: id, known: names.steps.keys(), remedy });
    return;
  }
  if (target.order <= order) {
    const detail = `Step \`${id}\` doesn't stand further down, and a jump back could go round for ever. Use \`repeat\`, which has a \`max\`.`;
    fault(place, 'CMP162', detail);
    return;
  }
  const here = names.flow.steps[order]?.loops ?? [];
  if (target.loops.every((loop) => here.includes(loop))) return;
  fault(
    place,
    'CMP162',
    `Step \`${id}\` stands inside a \`repeat\`, whose rounds begin at its top. Jump to the \`repeat\` itself.`,
  );
}
