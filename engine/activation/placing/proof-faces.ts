/**
 * The letters of a proof. Western ones are drawn by Helvetica, which every reader of PDF has; where there are others, all of the proof is set in
 * Tinos, whose files hold some scripts each: those that are needed go into the PDF, and of them the letters that are drawn. Where a line
 * stands is `letter-proof.ts`.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { PDFDocument, PDFFont, PDFPage, StandardFonts } from 'pdf-lib';

/** A weight of the letters. */
export interface Face {
  width(text: string, size: number): number;
  draw(sheet: PDFPage, text: string, at: { readonly x: number; readonly y: number; readonly size: number }): void;
}

export interface Faces {
  readonly regular: Face;
  readonly bold: Face;
  /** Characters of the texts that are drawn as `?`. */
  readonly unshown: number;
}

/** A font, and the characters that it has. */
interface Known {
  readonly font: PDFFont;
  readonly characters: ReadonlySet<number>;
}

/** Scripts by the files that hold them, those first that are looked into first. */
const scripts = ['latin', 'latin-ext', 'greek', 'cyrillic', 'greek-ext', 'cyrillic-ext', 'vietnamese'] as const;

/** Faces in which these texts can be drawn, as far as any can. */
export async function facesFor(
  pdf: PDFDocument,
  texts: { readonly regular: readonly string[]; readonly bold: readonly string[] },
): Promise<Faces> {
  const wanted = { regular: charactersIn(texts.regular), bold: charactersIn(texts.bold) };
  const { StandardFonts } = await import('pdf-lib');
  const helvetica = await standard(pdf, StandardFonts.Helvetica);
  const isWestern = [...wanted.regular, ...wanted.bold].every((one) => helvetica.characters.has(one));
  const fonts = isWestern
    ? { regular: [helvetica], bold: [await standard(pdf, StandardFonts.HelveticaBold)] }
    : await fitting(pdf, wanted);
  const unshown = [...unknownTo(fonts.regular, wanted.regular), ...unknownTo(fonts.bold, wanted.bold)];
  return { regular: faceOf(fonts.regular), bold: faceOf(fonts.bold), unshown: unshown.length };
}

interface Wanted {
  readonly regular: readonly number[];
  readonly bold: readonly number[];
}

async function standard(pdf: PDFDocument, name: StandardFonts): Promise<Known> {
  const font = await pdf.embedFont(name);
  return { font, characters: new Set(font.getCharacterSet()) };
}

async function fitting(pdf: PDFDocument, wanted: Wanted): Promise<Record<keyof Wanted, readonly Known[]>> {
  // Loaded where somebody writes by other letters, and nowhere else.
  const { default: fontkit } = await import('@pdf-lib/fontkit');
  pdf.registerFontkit(fontkit);
  const of = async (weight: 400 | 700, missing: readonly number[]): Promise<readonly Known[]> => {
    const found: Known[] = [];
    for (const script of scripts) {
      const left = unknownTo(found, missing);
      if (left.length === 0 && found.length > 0) break;
      const bytes = await readFile(pathOf(script, weight));
      const characters = new Set(fontkit.create(bytes).characterSet);
      // The first one has what stands everywhere: spaces, figures, `?`.
      if (found.length > 0 && !left.some((one) => characters.has(one))) continue;
      found.push({ font: await pdf.embedFont(bytes, { subset: true }), characters });
    }
    return found;
  };
  return { regular: await of(400, wanted.regular), bold: await of(700, wanted.bold) };
}

function pathOf(script: (typeof scripts)[number], weight: 400 | 700): string {
  return createRequire(import.meta.url).resolve(`@fontsource/tinos/files/tinos-${script}-${weight}-normal.woff`);
}

function unknownTo(fonts: readonly Known[], characters: readonly number[]): readonly number[] {
  return characters.filter((one) => !fonts.some((known) => known.characters.has(one)));
}

function faceOf(fonts: readonly Known[]): Face {
  return {
    width: (text, size) =>
      runsOf(fonts, text).reduce((sum, run) => sum + run.font.widthOfTextAtSize(run.text, size), 0),
    draw(sheet, text, { x, y, size }) {
      let at = x;
      for (const run of runsOf(fonts, text)) {
        sheet.drawText(run.text, { x: at, y, size, font: run.font });
        at += run.font.widthOfTextAtSize(run.text, size);
      }
    },
  };
}

/** The text as it is drawn, in parts of one font each. What no font has is a `?`. */
function runsOf(fonts: readonly Known[], text: string): readonly { readonly font: PDFFont; readonly text: string }[] {
  const runs: { readonly known: Known; text: string }[] = [];
  for (const one of charactersIn([text])) {
    const last = runs.at(-1);
    const has = ({ characters }: Known) => characters.has(one);
    // A space between words of a script is of that script's font.
    const known = last !== undefined && has(last.known) ? last.known : (fonts.find(has) ?? (fonts[0] as Known));
    const shown = has(known) ? String.fromCodePoint(one) : '?';
    if (last?.known === known) last.text += shown;
    else runs.push({ known, text: shown });
  }
  return runs.map(({ known, text: run }) => ({ font: known.font, text: run }));
}

/** Code points, a letter and its accent as one where there is one. */
function charactersIn(texts: readonly string[]): readonly number[] {
  return texts.flatMap((text) =>
    [...text.normalize('NFC').replace(/\p{Cc}/gu, ' ')].map((one) => one.codePointAt(0) as number),
  );
}
