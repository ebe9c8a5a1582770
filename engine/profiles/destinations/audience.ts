/**
 * An audience for an advertising platform: files of hashes to add, and of hashes to remove. A hash is removed when nobody in the audience has it any
 * more, so a merge or an address that went from one to another takes nobody out.
 */
import { hash } from 'node:crypto';
import type { Session } from '../../store/session.ts';
import { type AudienceKind, type AudiencePlatform, audienceHash } from '../cleaning/audience-hash.ts';
import type { DeliveredPerson } from './columns.ts';
import { openPart, type PartFile } from './part-file.ts';
import { closePeople } from './people/queries.ts';
import type { Teller, TellingBatch } from './teller.ts';
import { fetchGoneHashes, openGoneHashes, setHashes } from './told/queries.ts';

export interface Hashes {
  /** Hex, sorted. */
  readonly email: readonly string[];
  readonly phone: readonly string[];
}

export interface AudienceForm {
  readonly destination: string;
  readonly run: number;
  readonly platform: AudiencePlatform;
  /** The file without its part: `out/12.csv` becomes `out/12-adds.csv`. */
  readonly path: string;
  /** As the log names it. */
  readonly shown: string;
  readonly ofChanges: boolean;
  /** Of the file that adds. */
  readonly bytes: number;
}

const headers: Readonly<Record<AudiencePlatform, string>> = {
  google: 'Email,Phone',
  meta: 'email,phone',
  tiktok: 'Email_SHA256,Phone_SHA256',
};

/** Opens the file that adds. Null: what was written of it isn't there any more. */
export async function openAudience(form: AudienceForm): Promise<Teller<Hashes> | null> {
  const word = form.ofChanges ? 'adds' : 'all';
  const path = beside(form.path, word);
  const adds = await openPart(path, `${path}.${form.run}.part`, form.bytes);
  if (adds === null) return null;
  let written = form.bytes;
  return {
    reads: { identifiers: ['email', 'phone'], segments: [] },
    read: (person) => hashesOf(person, form.platform),
    digestOf: ({ email, phone }) => hash('md5', JSON.stringify([email, phone]), 'hex'),
    async tell(session, batch) {
      if (form.ofChanges) await note(session, form, batch);
      const named = batch.puts.filter(({ said }) => said.email.length + said.phone.length > 0);
      if (named.length > 0) {
        const lines = named.flatMap(({ said }) => linesOf(said));
        if (written === 0) await adds.write(`${headers[form.platform]}\n`);
        written = 1;
        await adds.write(`${lines.join('\n')}\n`);
      }
      return { told: named.length, removed: 0, unnamed: batch.puts.length - named.length };
    },
    settle: async () => [await adds.settle()],
    async finish(session) {
      const artifacts: string[] = [];
      const size = await adds.settle();
      if (size === 0 && form.ofChanges) await adds.discard();
      else {
        if (size === 0) await adds.write(`${headers[form.platform]}\n`);
        await adds.finish();
        artifacts.push(beside(form.shown, word));
      }
      if (!form.ofChanges) return { artifacts, removed: 0 };
      const removed = await session.transaction((inner) => writeRemoves(inner, form));
      if (removed > 0) artifacts.push(beside(form.shown, 'removes'));
      return { artifacts, removed };
    },
    close: () => adds.close(),
  };
}

/** From identifiers and addresses that traits hold. */
export function hashesOf({ identifiers, traits }: DeliveredPerson, platform: AudiencePlatform): Hashes {
  const of = (kind: AudienceKind): readonly string[] => {
    const told = traits[kind];
    const values = [...(identifiers[kind] ?? []), ...(typeof told === 'string' ? [told] : [])];
    const found = values.map((value) => audienceHash(kind, value, platform));
    return [...new Set(found.filter((one) => one !== null))].sort();
  };
  return { email: of('email'), phone: of('phone') };
}

function linesOf({ email, phone }: Hashes): readonly string[] {
  return Array.from({ length: Math.max(email.length, phone.length) }, (_, i) => `${email[i] ?? ''},${phone[i] ?? ''}`);
}

async function note(
  session: Session,
  { destination, run }: AudienceForm,
  { puts, gone }: TellingBatch<Hashes>,
): Promise<void> {
  const all = [...puts, ...gone];
  if (all.length === 0) return;
  const known = puts.flatMap(({ lane, id, said }) =>
    (['email', 'phone'] as const).flatMap((kind) => said[kind].map((one) => ({ lane, id, kind, hash: one }))),
  );
  await setHashes(session, {
    ...{ destination, run, people: { lanes: all.map(({ lane }) => lane), ids: all.map(({ id }) => id) } },
    lanes: known.map(({ lane }) => lane),
    ids: known.map(({ id }) => id),
    kinds: known.map(({ kind }) => kind),
    hashes: known.map((one) => one.hash),
  });
}

/** The file that removes, written anew each time it is tried; how many hashes it holds. None: there is no file. */
async function writeRemoves(session: Session, { destination, run, path, platform }: AudienceForm): Promise<number> {
  const target = beside(path, 'removes');
  const file = (await openPart(target, `${target}.${run}.part`, 0)) as PartFile;
  try {
    await openGoneHashes(session, destination, run);
    let removed = 0;
    for (;;) {
      const gone = await fetchGoneHashes(session);
      if (gone.length === 0) break;
      if (removed === 0) await file.write(`${headers[platform]}\n`);
      removed += gone.length;
      await file.write(gone.map(({ kind, hash: one }) => (kind === 'email' ? `${one},\n` : `,${one}\n`)).join(''));
    }
    await closePeople(session);
    if (removed === 0) await file.discard();
    else await file.finish();
    return removed;
  } finally {
    await file.close();
  }
}

/** `out/12.csv` as `out/12-adds.csv`. */
function beside(path: string, word: string): string {
  const ending = /\.[A-Za-z0-9]+$/.exec(path)?.[0] ?? '';
  return `${path.slice(0, path.length - ending.length)}-${word}${ending}`;
}
