/** The readable text of an HTML mail, for its text part. No HTML parser: tags become line ends or nothing, links keep their address. */

const namedEntities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  euro: '€',
  copy: '©',
  reg: '®',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  rsquo: '’',
  lsquo: '‘',
  rdquo: '”',
  ldquo: '“',
};

/** Plain text with paragraphs, `- ` before list items and `text (address)` for links. */
export function textOfHtml(html: string): string {
  const withoutHidden = html
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/<(style|script|head|title)\b[^>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
    // A preheader: what nobody sees isn't read either.
    .replace(/<div\b[^>]*style\s*=\s*"[^"]*display:\s*none[^"]*"[^>]*>[^<]*<\/div\s*>/gi, '');
  const withLinks = withoutHidden.replace(
    /<a\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([\s\S]*?)<\/a\s*>/gi,
    (_whole, double: string | undefined, single: string | undefined, label: string) => {
      const address = double ?? single ?? '';
      const shown = label.replace(/<[^>]*>/g, '').trim();
      return !address || address === shown ? shown : `${shown} (${address})`;
    },
  );
  const withLines = withLinks
    .replace(/\s+/g, ' ')
    .replace(/<li\b[^>]*>/gi, '\n- ')
    .replace(/<br\b[^>]*>|<\/(?:tr|li|h[1-6]|div|ul|ol|table)\s*>/gi, '\n')
    .replace(/<\/p\s*>/gi, '\n\n')
    .replace(/<[^>]*>/g, '');
  return decodeEntities(withLines)
    .replace(/[ \t]*\n[ \t]*/g, '\n')
    .replace(/[ \t]{2,}/g, ' ')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The text that character references of HTML stand for. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return Object.hasOwn(namedEntities, name) ? (namedEntities[name] ?? whole) : whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
