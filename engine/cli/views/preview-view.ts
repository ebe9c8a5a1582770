/** Previews of templates as text and as JSON. The page is in `preview-sheet.ts`. */
import type { PreviewForm } from '../../activation/previews/preview-template.ts';
import type { Style } from './style.ts';
import type { View } from './view.ts';

export interface PreviewResult {
  readonly previews: readonly PreviewForm[];
  /** The file with the page; null: none was asked for. */
  readonly out: string | null;
}

export const previewView: View<PreviewResult> = {
  human({ previews, out }, style) {
    const shown =
      out === null ? previews.map((one) => formLines(one, style)) : previews.flatMap((one) => faultLines(one, style));
    const written =
      out === null ? [] : [`Wrote ${previews.length} ${previews.length === 1 ? 'form' : 'forms'} to ${out}.\n`];
    return [...shown, ...written].join(out === null ? '\n' : '');
  },
  json: ({ previews, out }) => ({ out, previews }),
};

function formLines(preview: PreviewForm, style: Style): string {
  const { template, channel, locale, fault, subject, title, text, html, segments, attachments = [] } = preview;
  const lines = [style.strong(`${template} · ${channel} · ${locale}`)];
  if (fault !== null) lines.push(`Nothing can be shown: ${fault}`);
  if (subject !== undefined) lines.push(`Subject: ${subject}`);
  if (title !== undefined) lines.push(`Title: ${title}`);
  if (segments !== undefined) lines.push(`Parts: ${segments}`);
  for (const { name } of attachments) lines.push(`Attached: ${name}`);
  if (text !== undefined) lines.push('', text.trimEnd());
  if (html !== undefined) lines.push('', `(HTML of ${html.length} characters: --out FILE writes a page of it)`);
  return `${[...lines, ...noteLines(preview)].join('\n')}\n`;
}

function faultLines(preview: PreviewForm, style: Style): readonly string[] {
  const { template, channel, locale, fault } = preview;
  const notes = noteLines(preview);
  if (fault === null && notes.length === 0) return [];
  const said = fault === null ? [] : [`  Nothing can be shown: ${fault}`];
  return [
    `${[style.strong(`${template} · ${channel} · ${locale}`), ...said, ...notes.filter((line) => line !== '')].join('\n')}\n`,
  ];
}

function noteLines({ notes }: PreviewForm): readonly string[] {
  return notes.length === 0 ? [] : ['', ...notes.map(({ severity, text }) => `  ${severity}: ${text}`)];
}
