/** Previews of templates as one HTML page: it needs no script and no other file, and what a mail brings with it can do nothing in it. */
import type { PreviewForm } from '../../activation/previews/preview-template.ts';

/** The page, each template under its name. `title`: what it shows. */
export function previewSheet(title: string, previews: readonly PreviewForm[]): string {
  const templates = [...new Set(previews.map(({ template }) => template))];
  const index = templates.map((id) => `<li><a href="#${escaped(id)}">${escaped(id)}</a></li>`).join('');
  const sections = templates.map((id) => {
    const cards = previews.filter(({ template }) => template === id).map(cardOf);
    return `<section id="${escaped(id)}"><h2>${escaped(id)}</h2><div class="cards">${cards.join('')}</div></section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${style}</style></head>
<body><header><h1>${escaped(title)}</h1>${templates.length > 1 ? `<nav><ul>${index}</ul></nav>` : ''}</header>
<main>${sections.join('\n')}</main></body></html>
`;
}

function cardOf(preview: PreviewForm): string {
  const { template, channel, locale, fault, segments, notes, attachments = [] } = preview;
  const name = `${template}, ${channel}, ${locale}`;
  const parts = [
    segments === undefined ? '' : `<p class="about">${segments} SMS</p>`,
    ...attachments.map((one) => `<p class="about">with ${escaped(one.name)}</p>`),
    fault === null ? '' : `<p class="error">Nothing can be shown: ${escaped(fault)}</p>`,
    ...notes.map(({ severity, text }) => `<p class="${severity}">${escaped(text)}</p>`),
  ];
  return `<article aria-label="${escaped(name)}"><h3>${escaped(channel)} <small lang="en">${escaped(locale)}</small></h3>${parts.join('')}${wordsOf(preview)}</article>`;
}

function wordsOf({ locale, subject, title, text, html, channel }: PreviewForm): string {
  const head = [subject, title].flatMap((one) => (one === undefined ? [] : [`<p class="subject">${escaped(one)}</p>`]));
  // No script, no form, no other page: the frame may show and nothing else.
  const frame =
    html === undefined
      ? ''
      : `<iframe sandbox="" title="${escaped(channel)} ${escaped(locale)}" srcdoc="${escaped(html)}"></iframe>`;
  const plain = text === undefined ? '' : `<pre lang="${escaped(locale)}">${escaped(text)}</pre>`;
  const hidden = html !== undefined && plain !== '' ? `<details><summary>Text</summary>${plain}</details>` : plain;
  return `${head.join('')}${frame}${hidden}`;
}

/** Text as it stands in HTML and its attributes. */
export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

const style = `
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:90rem;padding:1rem;color:#1b1b1b;background:#fff}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}a{color:#0b4f9e}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(24rem,100%),1fr));gap:1rem}
article{border:1px solid #8a8a8a;border-radius:.5rem;padding:.75rem 1rem;min-width:0}h3{margin:0 0 .5rem}small{font-weight:normal}
.subject{font-weight:600;margin:.25rem 0}.about{margin:.25rem 0;color:#555}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0;font:inherit}
.error,.warning{margin:.25rem 0;padding:.25rem .5rem;border-left:.25rem solid #a01010}.warning{border-color:#8a5a00}
iframe{width:100%;height:32rem;border:1px solid #ccc;background:#fff}`;
