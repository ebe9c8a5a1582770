/**
 * The change of a list for an advertising platform: what is to be added and what removed since it was told last, hashed as it asks. The whole list is
 * worked out each time, so expiries, exits, merges and erasures all come out as removes.
 */
import type { AdListBody } from '../../compiler/ir.ts';
import { type AudienceKind, audienceHash } from '../../profiles/cleaning/audience-hash.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { changeAdList, closeBatch, openBatch, selectAdList, selectListed } from './queries.ts';
import { csvLine, namedBy, writeWhole } from './whole-file.ts';
import type { WriteRequest } from './write-request.ts';

/** People who are read at once. */
const pageMax = 5_000;

interface Hashed {
  readonly kind: AudienceKind;
  readonly hash: string;
}

/** Writes the files of a change, unless they were; of nothing no file. Errors: those of the store and of files. */
export async function writeAdList(session: OwnSession, list: AdListBody, request: WriteRequest): Promise<void> {
  const { root, channel, at, zone } = request;
  await session.transaction(async (tx) => {
    if ((await openBatch(tx, channel, at)) === 'no') return;
    const wanted = await wantedHashes(tx, list, request);
    const told = new Map((await selectAdList(tx, channel)).map((one) => [keyOf(one), one]));
    const adds = [...wanted].filter(([key]) => !told.has(key)).map(([, one]) => one);
    const removes = [...told].filter(([key]) => !wanted.has(key)).map(([, one]) => one);
    for (const [change, hashes] of [
      ['adds', adds],
      ['removes', removes],
    ] as const) {
      if (hashes.length === 0) continue;
      // Written before it is noted: a change that is told twice is no harm, one that is never told is.
      await writeWhole(root, namedBy(list.path, at, zone, { change }), linesOf(hashes));
    }
    await changeAdList(tx, channel, columnsOf(adds), columnsOf(removes));
    await closeBatch(tx, channel, at, { adds: adds.length, removes: removes.length });
  });
}

async function wantedHashes(
  tx: Session,
  { platform }: AdListBody,
  { channel, at, cut }: WriteRequest,
): Promise<ReadonlyMap<string, Hashed>> {
  const wanted = new Map<string, Hashed>();
  for (let after = 0; ; ) {
    const page = await selectListed(tx, channel, at, { after, limit: pageMax, cut });
    for (const row of page) {
      for (const kind of ['email', 'phone'] as const) {
        const value = row[kind];
        const hash = value === null ? null : audienceHash(kind, value, platform);
        if (hash !== null) wanted.set(keyOf({ kind, hash }), { kind, hash });
      }
    }
    if (page.length < pageMax) return wanted;
    after = page.at(-1)?.profile_id ?? 0;
  }
}

function keyOf({ kind, hash }: Hashed): string {
  return `${kind} ${hash}`;
}

function* linesOf(hashes: readonly Hashed[]): Iterable<string> {
  yield csvLine(['email', 'phone']);
  // By their order they tell nothing of who came when.
  const sorted = [...hashes].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  for (const { kind, hash } of sorted) yield csvLine(kind === 'email' ? [hash, ''] : ['', hash]);
}

function columnsOf(hashes: readonly Hashed[]) {
  return { kinds: hashes.map(({ kind }) => kind), hashes: hashes.map(({ hash }) => hash) };
}
