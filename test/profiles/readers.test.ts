/** Files to rows: formats, encodings, line ends, limits. What rows mean is tested in map-row.test.ts. */
import { truncateSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourceFormat } from '../../engine/compiler/ir.ts';
import { readRows } from '../../engine/profiles/readers/read-rows.ts';
import { type ReadProgress, type RowReading, readLimits } from '../../engine/profiles/readers/row.ts';
import { collect, csv, fileOf, jsonl } from './sources.ts';

const table: SourceFormat = { kind: 'table', columns: ['a', 'b'], encoding: 'utf-8' };

function read(
  content: string | Uint8Array,
  format: SourceFormat,
  lineBytesMax = readLimits.lineBytesMax,
): Promise<RowReading[]> {
  const progress = { bytes: 0 };
  return collect(
    readRows({ path: fileOf(content), format, limits: { lineBytesMax }, progress, checkHeader: () => {} }),
  );
}

function cellsOf(rows: readonly RowReading[]): unknown[] {
  return rows.map((row) => (row.kind === 'row' ? row.cells : row.reason));
}

describe('csv', () => {
  test('quoted cells may hold delimiters, quotes and newlines; lines are those where records begin', async () => {
    const rows = await read('a,b\r\n1,"x, ""y"""\r\n\r\n2,"two\r\nlines"\r\n3,z', csv);
    expect(rows).toEqual([
      { kind: 'row', line: 2, cells: { a: '1', b: 'x, "y"' } },
      { kind: 'row', line: 4, cells: { a: '2', b: 'two\r\nlines' } },
      { kind: 'row', line: 6, cells: { a: '3', b: 'z' } },
    ]);
  });

  test('a broken record costs itself and not its neighbours', async () => {
    const rows = await read('a,b\n1,x\n2,5" pipe\n3,"y"z\n4,x,y\n5\n6,"z"\n', csv);
    expect(rows.map((row) => [row.line, row.kind])).toEqual([
      [2, 'row'],
      [3, 'bad'],
      [4, 'bad'],
      [5, 'bad'],
      [6, 'bad'],
      [7, 'row'],
    ]);
  });

  test('lines without a quote are cells as those are of which one is quoted', async () => {
    const cell = fc.stringMatching(/^[ab\r ;é]{0,4}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (records, end, isEnded) => {
          const lines = ['a,b', ...records.map((cells) => cells.join(','))];
          const text = lines.join(end) + (isEnded ? end : '');
          // Read by the library, since its last record has a quote.
          const quoted = `${text}${isEnded ? '' : '\n'}"x","y"\n`;
          expect(cellsOf(await read(text, csv))).toEqual(cellsOf(await read(quoted, csv)).slice(0, -1));
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });

  test('a quote that is never closed is refused with the line that opened it', async () => {
    await expect(read('a,b\n1,x\n2,"y\n3,z\n', csv)).rejects.toMatchObject({ code: 'IMPORT_UNCLOSED_QUOTE', line: 3 });
    const long = `a,b\n1,x\n2,"y\n${'3,z\n'.repeat(1000)}`;
    await expect(read(long, csv, 500)).rejects.toMatchObject({ code: 'IMPORT_LINE_TOO_LONG', line: 3 });
  });

  test('given columns mean that there is no header, and any delimiter will do', async () => {
    const rows = await read('1;x\n2;y', { ...csv, delimiter: ';', columns: ['a', 'b'] });
    expect(cellsOf(rows)).toEqual([
      { a: '1', b: 'x' },
      { a: '2', b: 'y' },
    ]);
  });

  test('what is written by the rules is read back, wherever the blocks are cut', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', 'é', '😀', ' '), maxLength: 6 });
    const write = (cells: readonly string[]) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
    const records = fc.array(fc.tuple(cell, cell), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 130, max: 200 }), async (rows, limit) => {
        const text = ['a,b', ...rows.map(write)].join('\n');
        expect(cellsOf(await read(text, csv, limit))).toEqual(rows.map(([a, b]) => ({ a, b })));
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

describe('jsonl', () => {
  test('yields objects, and says what is none', async () => {
    const rows = await read('{"a":1,"b":{"c":null}}\r\n\n[1]\n{"a":\n"x"\n', jsonl);
    expect(rows).toEqual([
      { kind: 'row', line: 1, cells: { a: 1, b: { c: null } } },
      { kind: 'bad', line: 3, reason: "isn't a JSON object" },
      { kind: 'bad', line: 4, reason: "isn't valid JSON" },
      { kind: 'bad', line: 5, reason: "isn't a JSON object" },
    ]);
  });

  test('keeps numbers as text that a double would change', async () => {
    const rows = await read(
      '{"a":12345678901234567890,"b":[-0.12345678901234567],"c":"1 \\"12345678901234567"}',
      jsonl,
    );
    expect(cellsOf(rows)).toEqual([
      { a: '12345678901234567890', b: ['-0.12345678901234567'], c: '1 "12345678901234567' },
    ]);
  });
});

describe('table', () => {
  test('separates cells by any white space and skips empty lines', async () => {
    const rows = await read('  1\t x \r\n\r\n2 y z\r\n3  z', table);
    expect(rows).toEqual([
      { kind: 'row', line: 1, cells: { a: '1', b: 'x' } },
      { kind: 'bad', line: 3, reason: 'has 3 cells where 2 columns are expected' },
      { kind: 'row', line: 4, cells: { a: '3', b: 'z' } },
    ]);
  });
});

describe('encodings', () => {
  const text = 'a,b\nñandú,"€ ਅ\n😀"\n'.repeat(40);

  test('utf-8 and utf-16le read the same, with and without their mark, wherever the blocks are cut', async () => {
    const expected = await read(text, csv);
    for (const limit of [readLimits.lineBytesMax, 61, 64]) {
      expect(await read(`\ufeff${text}`, csv, limit)).toEqual(expected);
      for (const mark of ['', '\ufeff']) {
        const bytes = Buffer.from(mark + text, 'utf16le');
        expect(await read(bytes, { ...csv, encoding: 'utf-16le' }, limit)).toEqual(expected);
      }
    }
  });

  test('latin1 reads accents, and the euro sign where Windows puts it', async () => {
    const bytes = Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xf1, 0x2c, 0x80, 0x0a]);
    expect(cellsOf(await read(bytes, { ...csv, encoding: 'latin1' }))).toEqual([{ a: 'ñ', b: '€' }]);
  });

  test('a bad byte is refused with its line and offset', async () => {
    const bytes = Buffer.concat([Buffer.from('a b\né d\nx '), Buffer.from([0xc3, 0x28]), Buffer.from('\ny z\n')]);
    await expect(read(bytes, table)).rejects.toMatchObject({
      code: 'IMPORT_ENCODING',
      line: 3,
      message: expect.stringMatching(/^Line 3 isn't valid utf-8: the byte at offset 1[12] of the file/),
    });
    await expect(read(Buffer.from('\ufeffa b\n', 'utf16le'), table)).rejects.toThrow('say `encoding: utf-16le`');
    const half = Buffer.from([0x61, 0x00, 0x0a, 0x00, 0x00, 0xd8, 0x61, 0x00]);
    await expect(read(half, { ...table, encoding: 'utf-16le' })).rejects.toMatchObject({ line: 2 });
    await expect(read(Buffer.from([0x61]), { ...table, encoding: 'utf-16le' })).rejects.toMatchObject({ line: 1 });
    await expect(read(Buffer.from([0x61, 0xe2, 0x82]), table)).rejects.toMatchObject({ code: 'IMPORT_ENCODING' });
  });
});

describe('a line beyond the limit', () => {
  test.each([csv, jsonl, table])('is refused without being read: $kind', async (format) => {
    const path = fileOf('a b\n1 2\n');
    // 50 MB of zeros without a newline, which take no place on the disk.
    truncateSync(path, 50 * 1024 * 1024);
    const progress: ReadProgress = { bytes: 0 };
    const limits = { lineBytesMax: 64 * 1024 };
    const rows = collect(readRows({ path, format, limits, progress, checkHeader: () => {} }));
    await expect(rows).rejects.toMatchObject({ code: 'IMPORT_LINE_TOO_LONG', line: 3 });
    expect(progress.bytes).toBeLessThan(4 * limits.lineBytesMax);
  });

  test('is the first that has one byte too many', async () => {
    const rows = await read(`${'x'.repeat(98)} y\n1 2\n`, table, 100);
    expect(rows).toHaveLength(2);
    await expect(read(`1 2\n${'x'.repeat(99)} y\n1 2\n`, table, 100)).rejects.toMatchObject({ line: 2 });
  });
});

describe('packed and other files', () => {
  test('opens gzip, whatever the format, and says of a broken one that it is broken', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => JSON.stringify({ id: `c${i}`, note: `line ${i}` }));
    const packed = gzipSync(lines.join('\n'));
    expect(cellsOf(await read(packed, jsonl))).toHaveLength(5_000);
    expect(cellsOf(await read(gzipSync('a;b\n1;2\n'), { ...csv, delimiter: ';' }))).toEqual([{ a: '1', b: '2' }]);
    await expect(read(packed.subarray(0, 2_000), jsonl)).rejects.toMatchObject({ code: 'IMPORT_GZIP' });
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 400, 900);
    await expect(read(damaged, jsonl)).rejects.toMatchObject({ code: 'IMPORT_GZIP' });
  });

  test('reads columns of fixed widths, in characters', async () => {
    const format = { kind: 'fixed', columns: ['id', 'name', 'land'], widths: [4, 6, 2], encoding: 'utf-8' } as const;
    const text = '0001Zoë   CH\n0002Ana\n\n0003Bertrand-LuisFR\n';
    expect(cellsOf(await read(text, format))).toEqual([
      { id: '0001', name: 'Zoë', land: 'CH' },
      { id: '0002', name: 'Ana', land: '' },
      'has 19 characters where 12 are expected',
    ]);
  });

  test('reads what other alphabets are encoded in, and refuses bytes that are none of it', async () => {
    const encoded: readonly (readonly [string, Uint8Array, string])[] = [
      ['windows-1251', Uint8Array.of(0x69, 0x0a, 0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2), 'Привет'],
      ['iso-8859-15', Uint8Array.of(0x69, 0x0a, 0xa4, 0x35), '€5'],
      ['shift_jis', Uint8Array.of(0x69, 0x0a, 0x93, 0xfa, 0x96, 0x7b), '日本'],
    ];
    for (const [encoding, bytes, text] of encoded) {
      expect(cellsOf(await read(bytes, { ...csv, encoding })), encoding).toEqual([{ i: text }]);
    }
    await expect(read(Uint8Array.of(0x69, 0x0a, 0x93), { ...csv, encoding: 'shift_jis' })).rejects.toMatchObject({
      code: 'IMPORT_ENCODING',
    });
  });
});
