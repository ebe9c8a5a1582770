/** Conditions on messages: steps of the same enrollment, its last message, any to the person, another journey's step. */
import { suggest } from '../../diagnostics/suggest.ts';
import { asSet } from '../canonical.ts';
import type { Condition, CountTest, MessageStatus, MessagesOf } from '../ir.ts';
import { channelTypes, journeyNamed } from '../references.ts';
import { allOf, anyOf, unresolved } from './combine.ts';
import { readCountTests } from './number-tests.ts';
import { child, demand, fault, faultUnknown, items, type Place, textOf } from './place.ts';
import type { Standpoint } from './standpoint.ts';
import { durationAt } from './values.ts';

const once: CountTest = { op: 'gte', value: 1 };

export function readMessage(place: Place, stand: Standpoint): Condition {
  const named = items(demand(place, 'message'));
  const isWider = (one: Place): boolean => /^(last|any)$|\//.test(textOf(one));
  const own = named.filter((one) => !isWider(one));
  const wider = named.filter(isWider);
  const parts = [
    ...(own.length === 0 ? [] : [readOwn(place, own, stand)]),
    ...wider.flatMap((one) => readWider(place, one, stand)),
  ];
  return parts.length === 0 ? unresolved : anyOf(parts);
}

/** Messages of steps of the same enrollment. */
function readOwn(place: Place, named: readonly Place[], stand: Standpoint): Condition {
  if (stand.kind === 'outside' || stand.messages === null) {
    const detail = `${stand.name} can't read messages of steps: they are read by the journey that sent them, after it did. Write \`journey/step\` or \`any\`.`;
    fault(demand(place, 'message'), 'CMP030', detail, { on: 'key' });
    return unresolved;
  }
  for (const key of ['channel', 'in_last', 'count']) {
    const option = child(place, key);
    if (option === undefined) continue;
    const detail = `\`${key}\` is read of many messages, and a step of this enrollment has one. Remove it, or write \`any\` or \`journey/step\`.`;
    fault(option, 'CMP114', detail, { on: 'key' });
  }
  const steps: string[] = [];
  for (const item of named) {
    const id = textOf(item);
    if (stand.messages.has(id)) steps.push(id);
    else stand.faultStep(item, id, 'message');
  }
  const status = statusOf(place);
  stand.checkStatus(demand(place, 'status'), steps, status);
  return { kind: 'message', steps: asSet(steps), status };
}

function statusOf(place: Place): MessageStatus {
  return textOf(demand(place, 'status')) as MessageStatus;
}

function readWider(place: Place, named: Place, stand: Standpoint): readonly Condition[] {
  const of = readMessagesOf(named, stand);
  const channel = child(place, 'channel');
  const count = child(place, 'count');
  if (of === undefined) return [];
  if (of.kind === 'last' && count !== undefined) {
    fault(count, 'CMP114', '`last` is one message, so there is nothing to count. Remove it, or write `any`.', {
      on: 'key',
    });
  }
  if (channel !== undefined && !channelTypes.some((type) => type === textOf(channel))) {
    const remedy = 'Name the type of a channel, such as email or sms.';
    faultUnknown(channel, 'CMP014', { what: 'type of channel', name: textOf(channel), known: channelTypes, remedy });
  }
  const shared = {
    kind: 'messages',
    of,
    status: statusOf(place),
    channel: channel === undefined ? null : textOf(channel),
    inLast: durationAt(place, 'in_last'),
  } as const;
  const tests = count === undefined ? [once] : readCountTests(count);
  return [allOf(tests.map((test) => ({ ...shared, test })))];
}

function readMessagesOf(named: Place, stand: Standpoint): MessagesOf | undefined {
  const text = textOf(named);
  if (text === 'any') return { kind: 'any' };
  if (text === 'last') {
    if (stand.kind === 'inside' && stand.messages !== null) return { kind: 'last' };
    const detail = `\`last\` is the last message of an enrollment, and ${stand.name.toLowerCase()} stands in none that has sent one. Write \`any\` or \`journey/step\`.`;
    fault(named, 'CMP030', detail);
    return undefined;
  }
  const [id, step] = text.split('/') as [string, string];
  const journey = journeyNamed(named, id);
  if (journey === undefined) return undefined;
  if (journey.messages.has(step)) return { kind: 'journey', journey: id, step };
  const detail = `Journey \`${id}\` has no step \`${step}\` that sends a message. Name one of its steps with \`send\`.`;
  fault(named, 'CMP018', detail, { suggestion: nearest(id, step, journey.messages) });
  return undefined;
}

function nearest(journey: string, step: string, known: ReadonlySet<string>): string | undefined {
  const near = suggest(step, [...known]);
  return near === undefined ? undefined : `${journey}/${near}`;
}
