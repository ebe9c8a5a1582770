/**
 * The Handlebars sources of one form as they are compiled: MJML has become HTML, the preheader stands in it, and the text part of a mail is
 * made of its HTML where nobody wrote one. Once a form, never once a message.
 */
import { textOfHtml } from '../../channels/text-of-html.ts';
import type { TemplateForm } from '../../compiler/ir.ts';
import { type CompiledTemplate, compileTemplate } from './compile-template.ts';
import { htmlOfMjml } from './mjml.ts';

/** Each text of the form, compiled. What is wrong is said by the text that it concerns. */
export function compileForm(form: TemplateForm): ReadonlyMap<'subject' | 'title' | 'text' | 'html', CompiledTemplate> {
  const made = new Map<'subject' | 'title' | 'text' | 'html', CompiledTemplate>();
  for (const field of ['subject', 'title'] as const) {
    const source = form[field];
    if (source !== undefined) made.set(field, compileTemplate(source, false));
  }
  const html = htmlOf(form);
  if (html !== null && !html.ok) return made.set('html', html);
  const text = form.text ?? (html === null ? undefined : textOfHtml(html.html));
  if (text !== undefined) made.set('text', compileTemplate(text, false));
  if (html !== null) made.set('html', compileTemplate(withPreheader(html.html, form.preheader), true));
  return made;
}

function htmlOf({ html, mjml }: TemplateForm) {
  if (html !== undefined) return { ok: true, html } as const;
  if (mjml === undefined) return null;
  return htmlOfMjml(mjml) ?? ({ ok: false, reason: 'its MJML was not made into HTML' } as const);
}

/** Inboxes show the first words of a mail. What follows keeps them from showing more than the preheader. */
function withPreheader(html: string, preheader: string | undefined): string {
  if (preheader === undefined) return html;
  const style =
    'display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;color:transparent';
  const hidden = `<div style="${style}">${escapedWords(preheader)}${'&#847;&zwnj;&nbsp;'.repeat(60)}</div>`;
  const body = /<body\b[^>]*>/i.exec(html);
  if (body === null) return `${hidden}${html}`;
  const at = body.index + body[0].length;
  return `${html.slice(0, at)}${hidden}${html.slice(at)}`;
}

/** A preheader is text: its words are escaped as its values are. */
function escapedWords(source: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return source
    .split(/(\{\{[\s\S]*?\}\})/)
    .map((piece, i) => (i % 2 === 1 ? piece : piece.replace(/[&<>]/g, (sign) => entities[sign] ?? sign)))
    .join('');
}
