/** What providers told beside the fate of a message: whom it reached where, devices that are no more, and that somebody wants no more. */
import type { Batch } from '../../batch.ts';
import type { OutcomeFact, ProviderFacts } from '../../dispatch/settle.ts';
import { appendInbox, type InboxRow } from '../../lanes/queries.ts';
import { messagesNamed } from '../queries.ts';
import { type DeadDevice, dropDead } from './devices.ts';
import { consentFact, refusablePurposes } from './opt-outs.ts';
import { noteAddressees, noteTold } from './queries.ts';

interface Told {
  readonly lane: number;
  readonly profileId: number;
  readonly body: Pick<OutcomeFact, 'message_id' | 'at' | keyof ProviderFacts>;
}

/** Applies what rows of kind `outcome` tell beside a state. */
export async function applyProviderFacts(batch: Batch, rows: readonly InboxRow[]): Promise<void> {
  const told = rows.flatMap(({ kind, lane, profile_id: profileId, body }): readonly Told[] =>
    kind === 'outcome' && profileId !== null ? [{ lane, profileId, body: body as Told['body'] }] : [],
  );
  const named = told.filter(({ body }) => body.provider_id !== undefined || body.cost_micros !== undefined);
  if (named.length > 0) {
    await noteTold(batch.session, {
      lanes: named.map(({ lane }) => lane),
      messages: named.map(({ body }) => body.message_id),
      providerIds: named.map(({ body }) => body.provider_id ?? null),
      segments: named.map(({ body }) => body.segments ?? null),
      costMicros: named.map(({ body }) => body.cost_micros ?? null),
      costCurrencies: named.map(({ body }) => body.cost_currency ?? null),
    });
  }
  const reached = told.filter(({ body }) => body.address !== undefined);
  if (reached.length > 0) {
    await noteAddressees(batch.session, {
      lanes: reached.map(({ lane }) => lane),
      profiles: reached.map(({ profileId }) => profileId),
      hashes: reached.map(({ body }) => body.address as string),
      at: reached.map(({ body }) => new Date(body.at)),
    });
  }
  const about = told.filter(({ body }) => body.dead !== undefined || body.opted_out === true);
  if (about.length === 0) return;
  const messages = await messagesNamed(
    batch.session,
    about.map(({ lane }) => lane),
    about.map(({ body }) => body.message_id),
  );
  const channels = new Map(messages.map((row) => [row.message_id, row.channel]));
  const channelOf = ({ body }: Told) => batch.program.channels.get(channels.get(body.message_id) ?? '');
  const dead = about.flatMap((one): readonly DeadDevice[] => {
    const trait = channelOf(one)?.address ?? null;
    const { lane, profileId, body } = one;
    return trait === null ? [] : (body.dead ?? []).map((token) => ({ lane, profileId, trait, token }));
  });
  await dropDead(batch, dead);
  await deny(
    batch,
    about.filter(({ body }) => body.opted_out === true),
    (one) => channelOf(one)?.type,
  );
}

async function deny(batch: Batch, told: readonly Told[], typeOf: (told: Told) => string | undefined): Promise<void> {
  const { session, program, t } = batch;
  await appendInbox(
    session,
    told.flatMap((one) => {
      const type = typeOf(one);
      const purposes = type === undefined ? [] : refusablePurposes(program, type);
      if (type === undefined || purposes.length === 0) return [];
      const said = { channel: type, state: 'denied', proof: 'unsubscribed at the provider', at: one.body.at } as const;
      const body = consentFact(purposes, said, t.getTime());
      return [{ lane: one.lane, class: 1, visibleAt: t, profileId: one.profileId, kind: 'fact', body }];
    }),
  );
}
