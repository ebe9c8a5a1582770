/** The proof of a letter: what it shows, and what it says of what it does not. */
import { decodePDFRawStream, PDFDocument, PDFRawStream } from 'pdf-lib';
import { expect, it } from 'vitest';
import { letterProof } from '../../engine/activation/placing/letter-proof.ts';
import type { LetterContent } from '../../engine/activation/placing/write-request.ts';

const to = { name: 'Zoë Müller', street: 'Straße 1', more: '', postcode: '10115', city: 'Köln', country: 'DE' };

function proofOf(change: Partial<LetterContent>): Promise<Uint8Array> {
  const content: LetterContent = {
    locale: 'de',
    subject: 'Hallo',
    text: 'Guten Tag',
    template: 'hello',
    to,
    ...change,
  };
  return letterProof({ sender: ['Shop'], content, at: new Date('2026-03-02T10:00:00Z'), zone: 'UTC' });
}

async function noteOn(change: Partial<LetterContent>): Promise<string | undefined> {
  return (await PDFDocument.load(await proofOf(change))).getSubject();
}

/** The characters that glyphs of embedded fonts stand for, as the fonts say for who copies text. */
async function lettersIn(bytes: Uint8Array): Promise<string> {
  const pdf = await PDFDocument.load(bytes);
  const streams = pdf.context
    .enumerateIndirectObjects()
    .flatMap(([, one]) => (one instanceof PDFRawStream ? [one] : []));
  const maps = streams
    .map((one) => Buffer.from(decodePDFRawStream(one).decode()).toString('latin1'))
    .filter((text) => text.includes('beginbfchar'));
  const hexes = maps.flatMap((map) =>
    [...map.matchAll(/^<[0-9A-F]+> <([0-9A-F]+)>/gm)].map(([, hex]) => hex as string),
  );
  return hexes.map((hex) => Buffer.from(hex, 'hex').swap16().toString('utf16le')).join('');
}

it('shows western letters by a font that every reader has', async () => {
  expect(await noteOn({})).toBeUndefined();
  expect(await lettersIn(await proofOf({}))).toBe('');
});

it('shows Latin letters with all their accents, Greek and Cyrillic ones', async () => {
  const change = {
    to: { ...to, name: 'Stanisław Żółć', city: 'Łódź' },
    subject: 'Γειά σου, Ελένη',
    text: 'Привет, Ганна Її!\nŽena, Đặng',
  };
  const bytes = await proofOf(change);
  const letters = new Set(await lettersIn(bytes));
  const wanted = [change.to.name, change.to.city, change.subject, change.text].join('').replace(/\s/g, '');
  expect([...wanted].filter((one) => !letters.has(one))).toEqual([]);
  expect(await noteOn(change)).toBeUndefined();
  // Written again, a batch is the same.
  expect(Buffer.from(await proofOf(change)).equals(Buffer.from(bytes))).toBe(true);
  expect(bytes.length).toBeLessThan(100_000);
});

it('says how many characters it cannot show', async () => {
  expect(await noteOn({ to: { ...to, city: '北京' } })).toMatch(/^2 characters are shown as "\?" here/);
  expect(await noteOn({ text: 'Γειά\nשלום' })).toMatch(/^4 characters are shown/);
  expect(await noteOn({ subject: 'Žena 京' })).toMatch(/^1 character is shown/);
});
