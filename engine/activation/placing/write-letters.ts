/**
 * A batch of letters: a CSV with a line a letter, and a PDF that shows one of them. Letters are taken by the batch before anything is written, so a
 * batch that was left half done is written again, whole and the same.
 */
import type { PrintBody } from '../../compiler/ir.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { letterProof } from './letter-proof.ts';
import { closeBatch, countLetters, type LetterRow, openBatch, selectLetters, takeLetters } from './queries.ts';
import { csvLine, namedBy, writeWhole } from './whole-file.ts';
import type { LetterContent, WriteRequest } from './write-request.ts';

/** Letters that are read at once. */
const pageMax = 1_000;

const header = [
  'letter',
  'template',
  'locale',
  'name',
  'street',
  'more',
  'postcode',
  'city',
  'country',
  'people',
  'subject',
  'text',
];

/** Writes the batch of a channel, unless it was; a batch without letters leaves no file. Errors: those of the store and of files. */
export async function writeLetters(session: OwnSession, print: PrintBody, request: WriteRequest): Promise<void> {
  const { channel, at } = request;
  await session.transaction(async (tx) => {
    // What a batch has once taken stays its own: it is written again whole and the same.
    if ((await openBatch(tx, channel, at)) === 'new') await takeLetters(tx, channel, at, request.cut);
  });
  await session.transaction(async (tx) => {
    if ((await openBatch(tx, channel, at)) === 'no') return;
    const taken = await countLetters(tx, channel, at);
    const letters = taken === 0 ? 0 : await writeFiles(tx, print, request);
    await closeBatch(tx, channel, at, { letters, people: taken });
  });
}

async function writeFiles(tx: Session, print: PrintBody, { root, channel, at, zone }: WriteRequest): Promise<number> {
  const path = namedBy(print.path, at, zone);
  let first: LetterRow | null = null;
  let letters = 0;
  async function* lines(): AsyncIterable<string> {
    yield csvLine(header);
    for (let after = 0; ; ) {
      const page = await selectLetters(tx, channel, at, { after, limit: pageMax });
      first ??= page[0] ?? null;
      letters += page.length;
      if (page.length > 0) yield page.map(lineOf).join('');
      if (page.length < pageMax) return;
      after = page.at(-1)?.message_id ?? 0;
    }
  }
  await writeWhole(root, path, lines());
  const shown = first as LetterRow | null;
  if (shown !== null) {
    const proof = await letterProof({ sender: print.sender, content: shown.content as LetterContent, at, zone });
    await writeWhole(root, path.replace(/(\.[^./\\]*)?$/, '-proof.pdf'), [proof]);
  }
  return letters;
}

function lineOf({ lane, message_id: id, content, people }: LetterRow): string {
  const { template, locale, subject, title, text, to } = content as LetterContent;
  const { name, street, more, postcode, city, country } = to;
  const where = [name, street, more, postcode, city, country];
  return csvLine([`${lane}-${id}`, template, locale, ...where, people, subject ?? title ?? '', text ?? '']);
}
