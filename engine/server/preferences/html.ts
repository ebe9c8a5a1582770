/** The frame of the pages for people: plain HTML that works without JavaScript, for keyboards, small screens and screen readers alike. */

export interface Brand {
  readonly name: string;
  readonly color: string | null;
  readonly logo: string | null;
  readonly privacy: string | null;
}

export interface Page {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly brand: Brand;
  /** HTML. */
  readonly main: string;
  /** What the link to what is said of personal data is called. */
  readonly privacy: string;
}

/** Text as HTML, also inside attributes in double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

const ownColor = '#1d4f91';

export function htmlPage({ language, title, brand, main, privacy }: Page): string {
  const color = brand.color ?? ownColor;
  const logo = brand.logo === null ? '' : `<img src="${escaped(brand.logo)}" alt="${escaped(brand.name)}" height="48">`;
  const footer =
    brand.privacy === null
      ? ''
      : `<footer><a href="${escaped(brand.privacy)}" rel="noreferrer">${escaped(privacy)}</a></footer>`;
  return `<!doctype html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)} – ${escaped(brand.name)}</title>
<style>${styleOf(color)}</style>
</head>
<body>
<header>${logo === '' ? `<span>${escaped(brand.name)}</span>` : logo}</header>
<main>
<h1>${escaped(title)}</h1>
${main}
</main>
${footer}
</body>
</html>
`;
}

function styleOf(color: string): string {
  // What is too light to be read on white is shown on buttons alone, under a color that can be read.
  const ink = contrast(color, '#ffffff') >= 4.5 ? color : ownColor;
  const on = contrast(color, '#ffffff') >= 4.5 ? '#ffffff' : '#000000';
  return `:root{--ink:${ink};--brand:${color};--on:${on}}
*{box-sizing:border-box}
body{font:1.0625rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0;overflow-wrap:anywhere}
header,main,footer{max-width:38rem;margin:0 auto;padding:1rem}
header{font-weight:700}
header img{max-width:100%}
h1{font-size:1.5rem;line-height:1.25}
fieldset{border:1px solid #767676;border-radius:.5rem;margin:0 0 1.25rem;padding:.75rem 1rem;min-width:0}
legend{font-weight:700;padding:0 .25rem}
label{display:flex;gap:.75rem;align-items:flex-start;padding:.5rem 0;min-height:2.75rem}
label.field{display:block;font-weight:700;padding:0 0 .25rem;min-height:0}
input[type=checkbox],input[type=radio]{width:1.25rem;height:1.25rem;margin:.2rem 0 0;flex:none;accent-color:var(--ink)}
select,button{font:inherit;min-height:2.75rem;border-radius:.5rem;max-width:100%}
select{border:1px solid #767676;background:#fff;color:inherit;padding:.25rem .5rem}
button{border:2px solid var(--brand);background:var(--brand);color:var(--on);padding:.5rem 1.25rem;font-weight:700;cursor:pointer}
button.second{background:#fff;color:#1a1a1a;border-color:#767676}
a{color:var(--ink)}
:focus-visible{outline:3px solid #1a1a1a;outline-offset:3px}
.hint{display:block;color:#4a4a4a;font-size:.9375rem}
.said{border-left:.375rem solid var(--ink);background:#f3f3f3;padding:.75rem 1rem;margin:0 0 1.25rem}
form{margin:0 0 1.25rem}
hr{border:0;border-top:1px solid #767676;margin:1.5rem 0}`;
}

/** The ratio of WCAG 2 between two colors `#rrggbb`. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
