/**
 * How many parts an SMS takes: GSM 03.38 (3GPP TS 23.038) where all its characters are in the basic or extension table, UCS-2
 * otherwise. One part holds 160 septets or 70 code units, each of several 153 or 67, since a header joins them. Pure.
 */

/** Row by row; ESC (0x1B) is no character of its own. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
/** Two septets each: ESC and a code. */
const extension = '\f^{}\\[~]|€';

const septetsByCharacter: ReadonlyMap<string, number> = new Map([
  ...[...basic].map((character) => [character, 1] as const),
  ...[...extension].map((character) => [character, 2] as const),
]);

export interface SmsLength {
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** Septets or UTF-16 code units. */
  readonly units: number;
  readonly segments: number;
  /** The first character that isn't in the tables of GSM 03.38; null for GSM-7. */
  readonly forcedBy: string | null;
}

export function measureSms(text: string): SmsLength {
  const characters = [...text];
  const forcedBy = characters.find((character) => !septetsByCharacter.has(character)) ?? null;
  const sizes = characters.map((character) =>
    forcedBy === null ? (septetsByCharacter.get(character) ?? 1) : character.length,
  );
  const limits = forcedBy === null ? { single: 160, joined: 153 } : { single: 70, joined: 67 };
  const units = sizes.reduce((sum, size) => sum + size, 0);
  return {
    encoding: forcedBy === null ? 'GSM-7' : 'UCS-2',
    units,
    segments: units <= limits.single ? Math.min(1, units) : pack(sizes, limits.joined),
    forcedBy,
  };
}

/** A character of two units is never cut in two: what doesn't fit begins the next part. */
function pack(sizes: readonly number[], limit: number): number {
  let segments = 1;
  let filled = 0;
  for (const size of sizes) {
    if (filled + size > limit) {
      segments += 1;
      filled = 0;
    }
    filled += size;
  }
  return segments;
}
