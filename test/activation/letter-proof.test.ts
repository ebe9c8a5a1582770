/** The proof of a letter: what it shows, and what it says of what it does not. */
import { PDFDocument } from 'pdf-lib';
import { expect, it } from 'vitest';
import { letterProof } from '../../engine/activation/placing/letter-proof.ts';
import type { LetterContent } from '../../engine/activation/placing/write-request.ts';

const to = { name: 'Zoë Müller', street: 'Straße 1', more: '', postcode: '10115', city: 'Köln', country: 'DE' };

async function noteOn(change: Partial<LetterContent>): Promise<string | undefined> {
  const content: LetterContent = {
    locale: 'de',
    subject: 'Hallo',
    text: 'Guten Tag',
    template: 'hello',
    to,
    ...change,
  };
  const made = { sender: ['Shop'], content, at: new Date('2026-03-02T10:00:00Z'), zone: 'UTC' };
  return (await PDFDocument.load(await letterProof(made))).getSubject();
}

it('says nothing where all letters are western', async () => {
  expect(await noteOn({})).toBeUndefined();
});

it('says how many characters it cannot show', async () => {
  expect(await noteOn({ to: { ...to, city: 'Łódź' } })).toMatch(/^2 characters are shown as "\?" here/);
  expect(await noteOn({ text: 'Γειά\nσου' })).toMatch(/^7 characters are shown/);
  expect(await noteOn({ subject: 'Žena Ł' })).toMatch(/^1 character is shown/);
});
