/** Our side of benchmark `dispatch`: the dispatcher over the adapters, as the engine puts them together. */
import { catalogueOf, type DispatchCatalogue } from '../engine/activation/dispatch/catalogue.ts';
import { createDispatcher, type Dispatcher } from '../engine/activation/dispatch/dispatch.ts';
import type { ChannelAdapter } from '../engine/channels/adapter.ts';
import { type AdapterConfig, createAdapter } from '../engine/channels/create-adapter.ts';
import { systemClock } from '../engine/clock/clock.ts';
import { link } from '../engine/compiler/program.ts';
import { readResources, readRevision } from '../engine/store/revisions.ts';
import type { Store } from '../engine/store/store.ts';
import { secrets } from './dispatch-data.ts';

export interface Ours {
  readonly dispatcher: Dispatcher;
  readonly catalogue: DispatchCatalogue;
  close(): Promise<void>;
}

export async function ourDispatcher(store: Store, root: string): Promise<Ours> {
  const resources = await store.withSession(async (session) => {
    const revision = await readRevision(session, 1);
    if (revision === null) throw new Error('assertion failed: the workspace is applied');
    return await readResources(session, revision);
  });
  const secret = (name: string) => secrets[name];
  // No country has a say here, so nothing is read by their rules.
  const catalogue = catalogueOf(link(1, resources), undefined as never, secret);
  const adapters = new Map<string, ChannelAdapter>();
  const dispatcher = createDispatcher({
    openSession: (settings) => store.session(settings),
    catalogue: () => catalogue,
    adapter(id, body) {
      const known = adapters.get(id) ?? createAdapter(body.via as AdapterConfig, { root, secret });
      adapters.set(id, known);
      return known;
    },
    clock: systemClock,
    dispatcherId: 'bench',
  });
  return {
    dispatcher,
    catalogue,
    async close() {
      await dispatcher.close();
      await Promise.all([...adapters.values()].map((adapter) => adapter.close()));
    },
  };
}

/** Sends all that is due. Errors: something was not accepted. */
export async function sendAll({ dispatcher }: Ours, expected: number): Promise<void> {
  let accepted = 0;
  for (;;) {
    const report = await dispatcher.dispatchDue(systemClock.now());
    accepted += report.accepted;
    if (!report.isMore) break;
  }
  if (accepted !== expected) throw new Error(`assertion failed: ${accepted} of ${expected} messages were accepted`);
}
