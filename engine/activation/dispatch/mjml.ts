/**
 * MJML to HTML, once a template: the variables of Handlebars stay in it and are filled in later, for each person. The package is loaded when
 * the first template needs it. MJML can take in files (`mj-include`); that is off.
 */
import type { TemplateBody } from '../../compiler/ir.ts';

/** The HTML with its variables, or why there is none. */
export type MadeHtml = { readonly ok: true; readonly html: string } | { readonly ok: false; readonly reason: string };

const keptMax = 1_000;
const kept = new Map<string, MadeHtml>();

/** What was made of the MJML; undefined: nobody asked for it by `readyTemplate` yet. */
export function htmlOfMjml(source: string): MadeHtml | undefined {
  return kept.get(source);
}

/** Makes HTML of all MJML of the template that isn't known yet. Never throws for what is written in it. */
export async function readyTemplate(body: TemplateBody): Promise<void> {
  for (const [channel, forms] of Object.entries(body.forms)) {
    if (channel === 'part' || channel === 'layout') continue;
    for (const { mjml } of Object.values(forms)) {
      if (mjml === undefined || kept.has(mjml)) continue;
      const made = await makeHtml(mjml);
      if (kept.size >= keptMax) kept.delete(kept.keys().next().value as string);
      kept.set(mjml, made);
    }
  }
}

async function makeHtml(source: string): Promise<MadeHtml> {
  const { default: mjml2html } = await import('mjml');
  try {
    const { html, errors } = await mjml2html(wrapped(keepingBlocks(source)), {
      validationLevel: 'soft',
      ignoreIncludes: true,
      keepComments: false,
    });
    const [error] = errors;
    if (error !== undefined)
      return { ok: false, reason: `MJML: line ${error.line}, ${error.tagName}: ${error.message}` };
    const lost = variablesOf(source).find((one) => !html.includes(one));
    if (lost === undefined) return { ok: true, html };
    return { ok: false, reason: `MJML: ${lost} stands where MJML takes no text: put it into <mj-raw> or <mj-text>` };
  } catch (error) {
    return {
      ok: false,
      reason: `MJML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not readable'}`,
    };
  }
}

/** Sections alone are a mail, too. */
function wrapped(source: string): string {
  return /<mjml[\s>]/.test(source) ? source : `<mjml><mj-body>${source}</mj-body></mjml>`;
}

/** Elements whose content is HTML. */
const holders =
  'mj-text|mj-button|mj-raw|mj-table|mj-title|mj-preview|mj-style|mj-navbar-link|mj-social-element|mj-accordion-title|mj-accordion-text';
const held = new RegExp(`(<(?:${holders})\\b[^>]*>[\\s\\S]*?</(?:${holders})\\s*>|<[^>]*>)`, 'g');

/** MJML drops text between its elements: blocks that stand there (`{{#if …}}`, `{{else}}`, `{{/if}}`) are put into `mj-raw`. */
function keepingBlocks(source: string): string {
  return source
    .split(held)
    .map((piece, i) =>
      i % 2 === 1 ? piece : piece.replace(/\{\{~?(?:[#/^]|else\b)[^}]*\}\}/g, (block) => `<mj-raw>${block}</mj-raw>`),
    )
    .join('');
}

function variablesOf(source: string): readonly string[] {
  return [...new Set(source.match(/\{\{[^!{}][^{}]*\}\}/g) ?? [])];
}
