/** Lengths of SMS against the tables of GSM 03.38: which characters they hold, and where a text takes one part more. */
import { describe, expect, it } from 'vitest';
import { measureSms } from '../../engine/compiler/sms-segments.ts';

/** The basic table by code point, row by row as the standard prints it; ESC at 0x1B is left out. */
const basicCodes = [
  0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0x0a, 0xd8, 0xf8, 0x0d, 0xc5, 0xe5, 0x394, 0x5f, 0x3a6,
  0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, 0xc6, 0xe6, 0xdf, 0xc9, 0x20, 0x21, 0x22, 0x23, 0xa4, 0x25,
  0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,
  0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0xa1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b,
  0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xc4, 0xd6, 0xd1, 0xdc,
  0xa7, 0xbf, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71,
  0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,
];
/** Form feed, caret, braces, backslash, brackets, tilde, bar, euro. */
const extensionCodes = [0x0c, 0x5e, 0x7b, 0x7d, 0x5c, 0x5b, 0x7e, 0x5d, 0x7c, 0x20ac];

describe('the alphabet', () => {
  it('has the 127 characters of the basic table, of one septet each', () => {
    expect(basicCodes.length).toBe(127);
    for (const code of basicCodes) {
      expect(measureSms(String.fromCodePoint(code)), `U+${code.toString(16)}`).toEqual({
        encoding: 'GSM-7',
        units: 1,
        segments: 1,
        forcedBy: null,
      });
    }
  });

  it('has the ten characters of the extension table, of two septets each', () => {
    for (const code of extensionCodes) {
      expect(measureSms(String.fromCodePoint(code)), `U+${code.toString(16)}`).toMatchObject({
        encoding: 'GSM-7',
        units: 2,
      });
    }
  });

  it('has no other character of the first 65,536', () => {
    const known = new Set([...basicCodes, ...extensionCodes]);
    const wrong: number[] = [];
    for (let code = 0; code < 0x10000; code += 1) {
      if (measureSms(String.fromCharCode(code)).encoding === (known.has(code) ? 'UCS-2' : 'GSM-7')) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });
});

describe('parts', () => {
  it.each([
    ['nothing', '', 0],
    ['160 septets', 'a'.repeat(160), 1],
    ['161 septets', 'a'.repeat(161), 2],
    ['twice 153 septets', 'a'.repeat(306), 2],
    ['307 septets', 'a'.repeat(307), 3],
    ['80 euros', '€'.repeat(80), 1],
    ['81 euros', '€'.repeat(81), 2],
    ['70 code units', 'ç'.repeat(70), 1],
    ['71 code units', 'ç'.repeat(71), 2],
    ['twice 67 code units', 'ç'.repeat(134), 2],
    ['135 code units', 'ç'.repeat(135), 3],
    ['35 emoji', '😀'.repeat(35), 1],
    ['36 emoji', '😀'.repeat(36), 2],
  ])('%s make the number of parts that the header leaves room for', (_name, text, segments) => {
    expect(measureSms(text).segments).toBe(segments);
  });

  it('a character of two units is never cut in two', () => {
    // 152 septets, then an escape and its code: they don't fit in the last septet of the first part.
    expect(measureSms(`${'a'.repeat(152)}€${'a'.repeat(153)}`)).toMatchObject({ units: 307, segments: 3 });
    expect(measureSms(`${'a'.repeat(152)}€${'a'.repeat(151)}`)).toMatchObject({ units: 305, segments: 2 });
    // 33 pairs fill 66 of 67 units: each part loses one.
    expect(measureSms('😀'.repeat(66))).toMatchObject({ units: 132, segments: 2 });
    expect(measureSms('😀'.repeat(67))).toMatchObject({ units: 134, segments: 3 });
  });

  it("tells the first character that isn't in the tables", () => {
    expect(measureSms('Ça va être prêt').forcedBy).toBe('ê');
    expect(measureSms('ok 😀').forcedBy).toBe('😀');
    expect(measureSms('Ça va').forcedBy).toBeNull();
  });
});
