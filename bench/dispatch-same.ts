/** Holds the floor of benchmark `dispatch` to sending the very messages that we send: both are read at the provider, before anything is measured. */
import { strict as assert } from 'node:assert';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { BenchChannel } from './dispatch-data.ts';

/** Lets both send the first messages of a channel. Errors: the providers were told something else by one than by the other. */
export async function assertSame(
  providers: ChildProcess,
  channel: BenchChannel,
  { ours, floor }: { readonly ours: () => Promise<void>; readonly floor: () => Promise<void> },
): Promise<void> {
  await ask(providers, 'keep');
  await ours();
  const byUs = comparable((await ask(providers, 'keep'))[channel]);
  await floor();
  const byFloor = comparable((await ask(providers, 'tell'))[channel]);
  assert.deepEqual(byFloor, byUs, 'the floor sends the same messages');
}

type Told = Readonly<Record<BenchChannel, readonly unknown[]>>;

async function ask(providers: ChildProcess, what: 'keep' | 'tell'): Promise<Told> {
  const answered = once(providers, 'message');
  providers.send(what);
  const [told] = await answered;
  return told as Told;
}

/** The date of a mail, and how long a push message lasts: by the time at which they leave. */
const timed = /^Date: .*$|"(?:ttl|TTL|apns-expiration)":"[0-9.]+s?"/gm;

/** In an order of their own. */
function comparable(messages: readonly unknown[]): readonly string[] {
  assert(messages.length > 0, 'the providers took messages');
  return messages.map((message) => asText(message).replace(timed, 'a time')).sort();
}

function asText(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
