/** Regular expressions that JavaScript and PostgreSQL read alike are taken, all others refused with the reason. */
import { describe, expect, it } from 'vitest';
import { whyNotPattern } from '../../engine/compiler/patterns.ts';

describe('patterns', () => {
  it.each([
    '^[A-Z]{2}[0-9]{4}$',
    'a|b',
    '(?:ab)+?c',
    '^\\+33[67]\\d{8}$',
    '\\w+@\\w+',
    '(?=a)a',
    'a\\\\b',
    'é',
    '[^\\d]',
  ])('%s is taken', (pattern) => {
    expect(whyNotPattern(pattern)).toBeNull();
  });

  it.each([
    ['(?<=a)b', 'looks behind'],
    ['(?<!a)b', 'looks behind'],
    ['(?<year>\\d+)', 'names a group'],
    ['\\bana\\b', 'edge of a word'],
    ['\\p{L}', 'class of Unicode'],
    ['[[:alpha:]]', '[A-Za-z]'],
    ['[a\\D]', 'opposite of a class'],
    ['\\u{1F600}', 'only one of them'],
    ['a{1,300}', 'repeats more than 255'],
    ['a{999}', 'repeats more than 255'],
    ['(a', 'does not parse'],
    ['a**', 'does not parse'],
    ['x'.repeat(201), '201 characters'],
  ])('%s is refused', (pattern, reason) => {
    expect(whyNotPattern(pattern)).toContain(reason);
  });
});
