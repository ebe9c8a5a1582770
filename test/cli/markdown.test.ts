/** Markdown of comments: text of people stays text, and no comment is longer than servers take. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, codeBlock, fitted, markdownTable, plainText } from '../../engine/cli/views/markdown.ts';

describe('text in a comment', () => {
  it('names nobody, links nowhere and is no markup', () => {
    expect(plainText('@ana <img src=x> [a](http://x.example) #12 **b** `c` | d')).toBe(
      '&#64;ana &#60;img src=x&#62; \\[a\\]\\(http:&#47;&#47;x.example\\) &#35;12 \\*\\*b\\*\\* \\`c\\` \\| d',
    );
    expect(plainText('two\nlines')).toBe('two lines');
  });

  it('ends no span and no cell', () => {
    expect(code('a `b` | c')).toBe('``a `b` \\| c``');
    expect(code('`a`')).toBe('`` `a` ``');
    expect(markdownTable(['a'], 'l', [[code('x | y')]])).toBe('| a |\n| --- |\n| `x \\| y` |\n\n');
    expect(markdownTable(['a'], 'l', [])).toBe('');
  });

  it('ends no block, whatever fences it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('```', '````', 'a', '\n', '`'), { maxLength: 12 }), (parts) => {
        const block = codeBlock('diff', parts.join(''));
        const [fence = ''] = /^`+/.exec(block) ?? [];
        const inner = block.slice(fence.length + 5, -(fence.length + 1));
        expect(inner.includes(fence)).toBe(false);
      }),
    );
  });
});

describe('a text that is fitted', () => {
  const blocks = fc.array(
    fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 80 }), short: fc.string({ maxLength: 10 }) }),
    { minLength: 1, maxLength: 12 },
  );

  it('is whole where there is room, and else within the bytes, from its beginning, with the pointer', () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 20, max: 400 }), (list, bytesMax) => {
        const whole = list.map((one) => one.text).join('');
        const out = fitted(list, { bytesMax, pointer: '…more' });
        expect(Buffer.byteLength(out)).toBeLessThanOrEqual(Math.max(bytesMax, 0));
        if (Buffer.byteLength(whole) <= bytesMax) expect(out).toBe(whole);
        else expect(out.endsWith('…more')).toBe(true);
      }),
    );
  });

  it('keeps what comes first, and gives up details from the end', () => {
    const list = ['head ', 'one '.repeat(10), 'two '.repeat(10)].map((text) => ({ text, short: 'short ' }));
    expect(fitted(list, { bytesMax: 70, pointer: 'END' })).toBe(`head ${'one '.repeat(10)}short END`);
    expect(fitted(list, { bytesMax: 30, pointer: 'END' })).toBe('head short short END');
  });
});
