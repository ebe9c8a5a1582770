/** Our side of benchmark `dispatch`: the built dispatcher over the built adapters, as the engine puts them together. */
import type { Dispatcher } from '../engine/activation/dispatch/dispatch.ts';
import { systemClock } from '../engine/clock/clock.ts';
import type { Store } from '../engine/store/store.ts';
import { built } from './built.ts';
import { secrets } from './dispatch-data.ts';

export interface Ours {
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

async function parts() {
  const { keepHeapSmall } = await built<typeof import('../engine/cli/v8-settings.ts')>('cli/v8-settings');
  // As the daemon has it; the floor, in the same process, has it, too.
  keepHeapSmall();
  const [{ catalogueOf }, { createDispatcher }, { createAdapters }, { link }, { serverStore }, revisions] =
    await Promise.all([
      built<typeof import('../engine/activation/dispatch/catalogue.ts')>('activation/dispatch/catalogue'),
      built<typeof import('../engine/activation/dispatch/dispatch.ts')>('activation/dispatch/dispatch'),
      built<typeof import('../engine/activation/dispatch/adapters.ts')>('activation/dispatch/adapters'),
      built<typeof import('../engine/compiler/program.ts')>('compiler/program'),
      built<typeof import('../engine/store/open-store.ts')>('store/open-store'),
      built<typeof import('../engine/store/revisions.ts')>('store/revisions'),
    ]);
  return { catalogueOf, createDispatcher, createAdapters, link, serverStore, ...revisions };
}

export async function ourDispatcher({ connection }: Store, root: string): Promise<Ours> {
  const { catalogueOf, createDispatcher, createAdapters, link, serverStore, readRevision, readResources } =
    await parts();
  const store = serverStore(connection);
  const resources = await store.withSession(async (session) => {
    const revision = await readRevision(session, 1);
    if (revision === null) throw new Error('assertion failed: the workspace is applied');
    return await readResources(session, revision);
  });
  const secret = (name: string) => secrets[name];
  // No country has a say here, so nothing is read by their rules.
  const catalogue = catalogueOf(link(1, resources), undefined as never, secret);
  const adapters = createAdapters({ root, secret, isSimulated: false, place: notPlaced });
  const dispatcher = createDispatcher({
    openSession: (settings) => store.session(settings),
    catalogue: () => catalogue,
    adapter: (id, body) => adapters.adapter(id, body),
    clock: systemClock,
    dispatcherId: 'bench',
  });
  return {
    dispatcher,
    async close() {
      await dispatcher.close();
      await adapters.close();
    },
  };
}

function notPlaced(): never {
  throw new Error('assertion failed: nothing is placed here');
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
