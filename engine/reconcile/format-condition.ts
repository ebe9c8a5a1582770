/**
 * Conditions in the words of the language, one line each: `{ trait: kyc_status, is: approved }`. For people who read a plan or the
 * reasons of a segment; nothing evaluates or parses these texts, but a test holds that most of them compile to what they say.
 */
import { formatDuration } from '../compiler/durations.ts';
import type { Condition, CountTest, EventSelection, MessagesOf, ValueTest, ValueType } from '../compiler/ir.ts';
import { formatNumberTest, formatPropertyTests, formatTest, testWords } from './format-test.ts';
import { formatMoment } from './format-value.ts';

type Leaf<K extends Condition['kind']> = Extract<Condition, { readonly kind: K }>;

/** The parts of an `all`, or the condition itself as the only part. */
export function formatConditions(condition: Condition): readonly string[] {
  return condition.kind === 'all' ? condition.of.map(formatCondition) : [formatCondition(condition)];
}

/** One condition as it would be written in a file, in one line. */
export function formatCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return `{ ${condition.kind}: [${condition.of.map(formatCondition).join(', ')}] }`;
    case 'not':
      return formatNot(condition.of);
    case 'trait':
    case 'field':
    case 'entity_field':
    case 'first':
    case 'last':
      return formatTested(condition, formatTest(condition.test, typeOf(condition)));
    case 'count':
      return formatCount(condition.events, condition.test);
    case 'sum':
      return asked(condition.events, `sum: { ${formatNumberTest(condition.test, condition.unit)} }`);
    case 'aggregate': {
      const unit = condition.fn === 'distinct' ? null : condition.unit;
      const words = `${condition.fn}: { of: ${condition.of}, ${formatNumberTest(condition.test, unit)} }`;
      return asked(condition.events, words);
    }
    default:
      return `{ ${stateWords(condition)} }`;
  }
}

type State = Exclude<
  Condition,
  {
    readonly kind:
      | ('all' | 'any' | 'not')
      | ('trait' | 'field' | 'entity_field' | 'first' | 'last')
      | ('count' | 'sum' | 'aggregate');
  }
>;

/** What is read as it stands, without the brackets. */
function stateWords(state: State): string {
  switch (state.kind) {
    case 'segment':
      return words(`segment: ${state.segment}`, span('for_at_least', state.forAtLeast));
    case 'persona':
      return `persona: ${state.persona}, ${state.in.length === 1 ? `is: ${state.in[0]}` : `in: ${listWords(state.in)}`}`;
    case 'consent':
      return consentWords(state);
    case 'entity':
      return words(
        `entity: ${state.entity}`,
        named('role', state.role),
        state.where.length === 0 ? null : `where: ${formatPropertyTests(state.where)}`,
        countWords(state.test),
      );
    case 'message':
      return `message: ${listWords(state.steps)}, status: ${state.status}`;
    case 'messages':
      return words(
        `message: ${messagesWords(state.of)}, status: ${state.status}`,
        named('channel', state.channel),
        span('in_last', state.inLast),
        countWords(state.test),
      );
    case 'journey':
      return words(`journey: ${state.journey}, is: ${state.is}`, named('as', state.as), span('in_last', state.inLast));
    case 'points': {
      const expiring = state.expiring === null ? null : `expiring: { in_next: ${formatDuration(state.expiring)} }`;
      return words(`points: ${state.program}`, expiring, formatNumberTest(state.test, null));
    }
    case 'tier':
      return `tier: ${state.program}, ${state.op}: ${state.tier}`;
    case 'gained': {
      const what = `${state.of === 'reward' ? 'taken' : 'won'}: ${state.id}`;
      return words(`${state.of}: ${state.program}`, what, span('in_last', state.inLast), countWords(state.test));
    }
    case 'identified':
      return 'identified: true';
  }
}

function consentWords({ purpose, channel, is, given }: Leaf<'consent'>): string {
  const since = given === undefined ? null : `given: { ${given.op}: ${formatMoment(given.moment)} }`;
  return words(`consent: ${purpose}`, named('channel', channel), `is: ${is}`, since);
}

function messagesWords(of: MessagesOf): string {
  if (of.kind !== 'journey') return of.kind;
  return of.step === null ? of.journey : `${of.journey}/${of.step}`;
}

/** The negative word of an operator where there is one, else `not` around the condition. */
function formatNot(inner: Condition): string {
  switch (inner.kind) {
    case 'count':
      return isOnce(inner.test) ? `{ ${eventWords('never', inner.events)} }` : `{ not: ${formatCondition(inner)} }`;
    case 'identified':
      return '{ identified: false }';
    case 'trait':
    case 'field':
    case 'entity_field':
    case 'first':
    case 'last': {
      const { negated } = testWords(inner.test, typeOf(inner));
      return negated === null ? `{ not: ${formatCondition(inner)} }` : formatTested(inner, negated);
    }
    default:
      return `{ not: ${formatCondition(inner)} }`;
  }
}

type Tested = Leaf<'trait' | 'field' | 'entity_field' | 'first' | 'last'>;

/** The type of the value that is tested: when an event happened is a date and time. */
function typeOf(tested: Tested & { readonly test: ValueTest }): ValueType {
  return 'of' in tested && tested.of === null ? 'datetime' : tested.type;
}

function formatTested(tested: Tested, test: string): string {
  switch (tested.kind) {
    case 'trait':
      return `{ trait: ${tested.trait}, ${test} }`;
    case 'field':
      return `{ field: entry.${tested.property}, ${test} }`;
    case 'entity_field':
      return `{ field: ${tested.entity}.${tested.field}, ${test} }`;
    default: {
      const of = tested.of === null ? '' : `.${tested.of}`;
      const head = `${tested.kind}: ${listWords(tested.events.types)}${of}`;
      return `{ ${words(head, ...selectionWords(tested.events), test)} }`;
    }
  }
}

function formatCount(events: EventSelection, test: CountTest): string {
  if (test.op === 'is' && test.value === 0) return `{ ${eventWords('never', events)} }`;
  return `{ ${words(eventWords('event', events), countWords(test))} }`;
}

function asked(events: EventSelection, question: string): string {
  return `{ ${eventWords('event', events)}, ${question} }`;
}

/** How often; null where once is enough. */
function countWords(test: CountTest): string | null {
  return isOnce(test) ? null : `count: { ${formatNumberTest(test, null)} }`;
}

function isOnce(test: CountTest): boolean {
  return (test.op === 'gte' && test.value === 1) || (test.op === 'gt' && test.value === 0);
}

function eventWords(key: 'event' | 'never', events: EventSelection): string {
  return words(`${key}: ${listWords(events.types)}`, ...selectionWords(events));
}

/** Which events count, their types apart, without the brackets: for triggers and computed traits, too. */
function selectionWords({ where, window, until, match, followed }: EventSelection): readonly (string | null)[] {
  return [
    where.length === 0 ? null : `where: ${formatPropertyTests(where)}`,
    windowWords(window),
    until === undefined ? null : `until: ${formatMoment(until)}`,
    named('match', match),
    followed === undefined ? null : followWords(followed),
  ];
}

function windowWords(window: EventSelection['window']): string | null {
  switch (window.kind) {
    case 'ever':
      return null;
    case 'in_last':
      return `in_last: ${formatDuration(window.duration)}`;
    case 'since':
      return `since: ${window.anchor}`;
    case 'from':
      return `since: ${formatMoment(window.moment)}`;
    case 'calendar':
      return `calendar: ${window.unit}`;
  }
}

function followWords({ not, types, where, match, within }: NonNullable<EventSelection['followed']>): string {
  const inner = words(
    `event: ${listWords(types)}`,
    where.length === 0 ? null : `where: ${formatPropertyTests(where)}`,
    named('match', match),
    span('within', within),
  );
  return `${not ? 'not_followed_by' : 'followed_by'}: { ${inner} }`;
}

function words(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(', ');
}

function named(key: string, name: string | null | undefined): string | null {
  return name === null || name === undefined ? null : `${key}: ${name}`;
}

function span(key: string, duration: Parameters<typeof formatDuration>[0] | null | undefined): string | null {
  return duration === null || duration === undefined ? null : `${key}: ${formatDuration(duration)}`;
}

function listWords(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `[${names.join(', ')}]`;
}
