/** `split`: arms and their weights, and how one of them wins. What chance does with them is not decided here. */

import { scaleDecimal } from '../decimals.ts';
import type { Money, SplitArm, SplitChoice, StepAction, StepBody } from '../ir.ts';
import { useEvent } from '../references.ts';
import { readConditionAt } from './check-messages.ts';
import { propertyType } from './events.ts';
import { atGoalOrExit, type JourneyNames } from './journey-names.ts';
import { child, demand, fault, faultUnknown, isMap, items, type Place, rangeOf, textOf } from './place.ts';
import { readShare } from './shares.ts';
import { capital, readDuration, readLiteral } from './values.ts';

interface Splitting {
  readonly names: JourneyNames;
  readonly readSteps: (list: Place | undefined) => readonly StepBody[];
}

export function readSplit(step: Place, { names, readSteps }: Splitting): StepAction {
  const places = items(demand(step, 'split'));
  checkArmIds(places);
  checkWeights(demand(step, 'split'), places);
  const arms = places.map(
    (arm): SplitArm => ({
      id: textOf(demand(arm, 'id')),
      weight: readWeight(demand(arm, 'weight')),
      cost: readCost(child(arm, 'cost')),
      steps: readSteps(child(arm, 'steps')),
    }),
  );
  return { kind: 'split', arms, choose: readChoice(step, arms, names) };
}

function checkArmIds(arms: readonly Place[]): void {
  const seen = new Map<string, Place>();
  for (const arm of arms) {
    const id = demand(arm, 'id');
    const first = seen.get(textOf(id));
    if (first === undefined) seen.set(textOf(id), id);
    else {
      const related = [{ message: 'first used here', range: rangeOf(first) }];
      const detail = `Two arms are called \`${textOf(id)}\`, and results and winners name arms by their ids. Give each its own.`;
      fault(id, 'CMP159', detail, { related });
    }
  }
}

/** A percentage is that many; its sum with the others is a hundred. */
function readWeight(place: Place): number {
  return Number(textOf(place).replace(/%$/, ''));
}

function checkWeights(split: Place, arms: readonly Place[]): void {
  const weights = arms.map((arm) => demand(arm, 'weight'));
  const shares = weights.filter((weight) => textOf(weight).endsWith('%'));
  if (shares.length > 0 && shares.length < weights.length) {
    const other = weights.find((weight) => !shares.includes(weight)) as Place;
    const detail = `Some arms have a percentage, and \`${textOf(other)}\` is a plain weight, so the shares can't be told. Write all of them in one way.`;
    fault(other, 'CMP157', detail);
    return;
  }
  const hundredths = weights.map((weight) => scaleDecimal(textOf(weight).replace(/%$/, ''), 2) ?? 0);
  const sum = hundredths.reduce((total, one) => total + one, 0);
  if (shares.length > 0 && sum !== 10_000) {
    const detail = `The percentages of the arms add up to ${sum / 100}%, not 100%. Correct them, or write plain weights.`;
    fault(split, 'CMP157', detail, { on: 'key' });
  } else if (weights.every((weight) => readWeight(weight) === 0)) {
    fault(split, 'CMP157', 'All weights are 0, so nobody takes any arm. Give one of them a weight.', { on: 'key' });
  }
}

function readCost(place: Place | undefined): Money | null {
  if (place === undefined) return null;
  const value = readLiteral(place, { type: 'money', values: null, label: 'the cost of an arm' });
  return value === undefined ? null : (value as Money);
}

function readChoice(step: Place, arms: readonly SplitArm[], names: JourneyNames): SplitChoice {
  const winner = child(step, 'winner');
  const bandit = child(step, 'bandit');
  if (winner !== undefined && bandit !== undefined) {
    const detail = 'A split is decided by a winner or learns as a bandit, not both. Keep one of them.';
    fault(bandit, 'CMP160', detail, { on: 'key' });
  }
  if (winner !== undefined) return readWinner(winner, arms, names);
  if (bandit !== undefined) return readBandit(bandit, arms);
  return { kind: 'weights' };
}

function readWinner(winner: Place, arms: readonly SplitArm[], names: JourneyNames): SplitChoice {
  const is = child(winner, 'is');
  const by = child(winner, 'by');
  const rule = by === undefined ? null : readRule(winner, by, { arms, names });
  if (is === undefined) return rule as SplitChoice;
  checkArm(is, arms);
  return { kind: 'pinned', arm: textOf(is) };
}

interface Deciding {
  readonly arms: readonly SplitArm[];
  readonly names: JourneyNames;
}

function readRule(winner: Place, by: Place, { arms, names }: Deciding): SplitChoice {
  const undecided = demand(winner, 'undecided');
  if (textOf(undecided) !== 'keep') checkArm(undecided, arms);
  const confidence = demand(winner, 'confidence');
  const isGoal = !isMap(by.value) && !Array.isArray(by.value);
  if (isGoal) checkGoal(by);
  return {
    kind: 'winner',
    by: isGoal ? 'goal' : readConditionAt(by, atGoalOrExit(names)),
    confidence: readShare(confidence, 99.99, 'certainty is never complete.'),
    eachAtLeast: Number(textOf(demand(winner, 'each_at_least'))),
    decideBy: readDuration(demand(winner, 'decide_by')),
    undecided: textOf(undecided) === 'keep' ? null : textOf(undecided),
  };
}

function checkArm(place: Place, arms: readonly SplitArm[]): void {
  const ids = arms.map(({ id }) => id);
  if (ids.includes(textOf(place))) return;
  const remedy = 'Name an arm of this split.';
  faultUnknown(place, 'CMP158', { what: 'arm', name: textOf(place), known: [...ids, 'keep'], remedy });
}

function checkGoal(place: Place): void {
  const journey = place.at.resource.body;
  if (journey.goal !== undefined) return;
  fault(
    place,
    'CMP161',
    'This journey has no goal, so no arm can be better by it. Add a `goal`, or say what counts instead.',
  );
}

function readBandit(bandit: Place, arms: readonly SplitArm[]): SplitChoice {
  const maximise = demand(bandit, 'maximise');
  const explore = readShare(demand(bandit, 'explore'), 100, 'it is the share of people who keep being spread evenly.');
  if (!isMap(maximise.value)) {
    checkGoal(maximise);
    return { kind: 'bandit', maximise: 'goal', explore };
  }
  const sum = demand(maximise, 'sum');
  const [event = '', property = ''] = textOf(sum).split('.');
  checkSum(sum, { event, property }, arms);
  return { kind: 'bandit', maximise: { event, property, within: readDuration(demand(maximise, 'within')) }, explore };
}

/** A cost is taken off what the arm brings, so both are amounts. */
function checkSum(
  sum: Place,
  { event, property }: { readonly event: string; readonly property: string },
  arms: readonly SplitArm[],
): void {
  const body = useEvent(sum, event);
  if (body === undefined) return;
  if (property === '') {
    fault(sum, 'CMP012', `Name the property that is summed: \`${event}.total\`.`);
    return;
  }
  const type = propertyType(sum, property, [{ name: event, body }]);
  if (type === undefined) return;
  const hasCost = arms.some((arm) => arm.cost !== null);
  if (type === 'money' || (!hasCost && (type === 'integer' || type === 'number'))) return;
  const needed = hasCost ? 'an amount of money, as the arms have costs' : 'a number or an amount of money';
  fault(sum, 'CMP020', `${capital(`\`${textOf(sum)}\``)} is of type ${type}, and what is summed here is ${needed}.`);
}
