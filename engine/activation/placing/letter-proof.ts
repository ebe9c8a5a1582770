/**
 * One letter as a PDF, so that somebody sees a batch before it is printed: A4, the address where windows of envelopes show it (DIN 5008 B).
 * By which letters it is written is `proof-faces.ts`.
 */
import { linesOf } from './postal.ts';
import { type Face, facesFor } from './proof-faces.ts';
import type { LetterContent } from './write-request.ts';

export interface Proof {
  /** Lines of the return address. */
  readonly sender: readonly string[];
  readonly content: LetterContent;
  readonly at: Date;
  readonly zone: string;
}

const mm = 72 / 25.4;
const page = { width: 210 * mm, height: 297 * mm } as const;
const margin = 25 * mm;
const size = 11;
const leading = 15;

/** The bytes of the PDF; pages as many as the text needs. */
export async function letterProof({ sender, content, at, zone }: Proof): Promise<Uint8Array> {
  // Loaded where a letter is printed, and nowhere else.
  const { PDFDocument } = await import('pdf-lib');
  const pdf = await PDFDocument.create({ updateMetadata: false });
  pdf.setTitle('Proof');
  const day = new Intl.DateTimeFormat(content.locale, { dateStyle: 'long', timeZone: zone }).format(at);
  const heading = content.subject ?? content.title;
  const { regular, bold, unshown } = await facesFor(pdf, {
    regular: [...sender, ...linesOf(content.to), day, content.text ?? ''],
    bold: [heading ?? ''],
  });
  let sheet = pdf.addPage([page.width, page.height]);
  const write = (text: string, x: number, y: number, face = regular, points = size) =>
    face.draw(sheet, text, { x, y, size: points });
  if (sender.length > 0) write(sender.join(' · '), margin, page.height - 45 * mm - 9, regular, 7);
  for (const [i, line] of linesOf(content.to).entries()) write(line, margin, page.height - 62 * mm - i * leading);
  write(day, page.width - margin - regular.width(day, size), page.height - 97 * mm);
  if (unshown > 0) {
    const note = noteOf(unshown);
    pdf.setSubject(note);
    write(note, margin, 12 * mm, regular, 7);
  }
  let y = page.height - 110 * mm;
  if (heading !== undefined) {
    for (const line of wrapped(heading, bold)) {
      write(line, margin, y, bold);
      y -= leading;
    }
    y -= leading;
  }
  for (const line of (content.text ?? '').split(/\r?\n/).flatMap((one) => wrapped(one, regular))) {
    if (y < margin) {
      sheet = pdf.addPage([page.width, page.height]);
      y = page.height - margin;
    }
    write(line, margin, y);
    y -= leading;
  }
  return await pdf.save();
}

/** Lines that fit between the margins; a word that doesn't is broken. */
function wrapped(text: string, face: Face): readonly string[] {
  const fits = (line: string) => face.width(line, size) <= page.width - 2 * margin;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (!fits(line)) {
      let end = line.length;
      while (end > 1 && !fits(line.slice(0, end))) end -= 1;
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return [...lines, line];
}

/** What stands at the foot of a proof that doesn't show everything, and in its properties. */
function noteOf(unshown: number): string {
  const those = unshown === 1 ? '1 character is' : `${unshown} characters are`;
  return `${those} shown as "?" here: this proof knows Latin, Greek and Cyrillic letters alone. The file for the print house has all of them.`;
}
