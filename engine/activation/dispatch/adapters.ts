/** The open adapters of a process, one a channel, made when first asked for and replaced when the channel's configuration changes. */
import type { ChannelAdapter } from '../../channels/adapter.ts';
import { type AdapterContext, createAdapter } from '../../channels/create-adapter.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import { notRun } from '../../compiler/not-run.ts';
import { sendAside } from './send-aside.ts';

export interface Adapters {
  adapter(channelId: string, body: ChannelBody): ChannelAdapter;
  close(): Promise<void>;
}

/** In a simulation nobody outside is called: requests become lines of a file of their destination. */
export function createAdapters(
  context: AdapterContext & {
    readonly isSimulated: boolean;
    /** Keeps in the store what is placed rather than sent. */
    readonly place: (channelId: string, body: ChannelBody) => ChannelAdapter;
  },
): Adapters {
  const open = new Map<string, { readonly via: string; readonly adapter: ChannelAdapter }>();
  const replaced: ChannelAdapter[] = [];
  return {
    adapter(channelId, body) {
      if (body.desk !== undefined) return placing;
      if (body.via.kind === 'placed') return context.place(channelId, body);
      if (body.via.kind === 'none') return notRun('via: none');
      const via = JSON.stringify(body.via);
      const known = open.get(channelId);
      if (known?.via === via) return known.adapter;
      // It may still be sending; adapters stay usable until `close`, and configurations change rarely.
      if (known) replaced.push(known.adapter);
      const isCalled = body.via.kind === 'webhook' && !context.isSimulated;
      const config = body.via.kind !== 'webhook' || isCalled ? body.via : simulatedCall(channelId);
      const adapter = config.kind === 'firebase' ? sendAside(config, context) : createAdapter(config, context);
      open.set(channelId, { via, adapter });
      return adapter;
    },
    async close() {
      const all = [...replaced.splice(0), ...[...open.values()].map((kept) => kept.adapter)];
      open.clear();
      await Promise.all(all.map((adapter) => adapter.close()));
    },
  };
}

/** A call has left when it stands on its list. */
const placing: ChannelAdapter = {
  send: async (messages) => messages.map(() => ({ kind: 'accepted' })),
  close: async () => {},
};

function simulatedCall(channelId: string) {
  return { kind: 'log', path: `.parcours/outbox/${channelId.replace('/', '-')}.jsonl` } as const;
}
