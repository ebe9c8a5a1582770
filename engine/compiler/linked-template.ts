/**
 * Templates with what they take of others put in: parts at their places, mails into their layouts. Text is joined to text before anything
 * is compiled, so that what leaves is one source. Pure; that all of it fits was checked when it was resolved.
 */
import { digestOf } from './digest.ts';
import type { BundleResource, TemplateBody, TemplateForm } from './ir.ts';

export interface LinkedTemplate {
  /** Of its own body and of all that it takes in. */
  readonly digest: string;
  readonly body: TemplateBody;
}

type Bodies = ReadonlyMap<string, { readonly digest: string; readonly body: TemplateBody }>;
type Field = 'subject' | 'title' | 'preheader' | 'text' | 'html' | 'mjml';

const fields: readonly Field[] = ['subject', 'title', 'preheader', 'text', 'html', 'mjml'];
/** Parts of parts; resolving has seen to it that none leads back. */
const depthMax = 20;

/** All templates of a revision; those that take nothing in stay as they are. */
export function linkTemplates(
  resources: readonly BundleResource[],
  locale: string,
): ReadonlyMap<string, LinkedTemplate> {
  const bodies: Bodies = new Map(
    resources.flatMap((one) =>
      one.kind === 'template' ? [[one.id, { digest: one.digest, body: one.body }] as const] : [],
    ),
  );
  return new Map([...bodies].map(([id, one]) => [id, linked(one, bodies, locale)]));
}

function linked(template: LinkedTemplate, bodies: Bodies, locale: string): LinkedTemplate {
  const taken = new Set<string>();
  const forms = Object.entries(template.body.forms).map(([channel, byLocale]) => {
    const words = Object.entries(byLocale).map(([spoken, form]) => {
      const joining = { bodies, locales: [spoken, languageOf(spoken), locale, languageOf(locale)], taken };
      return [spoken, channel === 'layout' ? form : linkForm(form, joining)] as const;
    });
    return [channel, Object.fromEntries(words)] as const;
  });
  if (taken.size === 0) return template;
  const digests = [...taken].sort().map((id) => bodies.get(id)?.digest ?? '');
  return {
    digest: digestOf({ own: template.digest, taken: digests, locale }),
    body: { ...template.body, forms: Object.fromEntries(forms) },
  };
}

interface Joining {
  readonly bodies: Bodies;
  /** The first that is written is taken. */
  readonly locales: readonly string[];
  /** Ids of what was put in. */
  readonly taken: Set<string>;
}

function linkForm(form: TemplateForm, joining: Joining): TemplateForm {
  const made: { -readonly [K in keyof TemplateForm]: TemplateForm[K] } = { ...form };
  for (const field of fields) {
    const source = form[field];
    if (source === undefined) continue;
    const framed = form.layout === undefined ? source : inLayout(form.layout, { source, field, joining });
    made[field] = withParts(framed, field, joining, 0);
  }
  return made;
}

interface Framed {
  readonly source: string;
  readonly field: Field;
  readonly joining: Joining;
}

function inLayout(id: string, { source, field, joining }: Framed): string {
  if (field !== 'html' && field !== 'mjml' && field !== 'text') return source;
  const frame = wordsOf(id, 'layout', joining)?.[field];
  return frame === undefined ? source : frame.replace(/\{\{~?>\s*content\s*~?\}\}/, () => source);
}

/** A part without such words is the empty text: that was said when it was resolved. */
function withParts(source: string, field: Field, joining: Joining, depth: number): string {
  if (depth > depthMax || !source.includes('{{')) return source;
  return source.replace(/\{\{~?>\s*([a-z0-9-]+)\s*~?\}\}/g, (_whole, id: string) => {
    const words = wordsOf(id, 'part', joining);
    const format = field === 'html' || field === 'mjml' ? field : 'text';
    return withParts(words?.[format] ?? '', field, joining, depth + 1);
  });
}

function wordsOf(id: string, kind: 'part' | 'layout', { bodies, locales, taken }: Joining): TemplateForm | undefined {
  const forms = bodies.get(id)?.body.forms;
  const byLocale = forms !== undefined && Object.hasOwn(forms, kind) ? forms[kind] : undefined;
  if (byLocale === undefined) return undefined;
  taken.add(id);
  const spoken = locales.find((one) => Object.hasOwn(byLocale, one)) ?? Object.keys(byLocale)[0];
  return spoken === undefined ? undefined : byLocale[spoken];
}

function languageOf(locale: string): string {
  return locale.split('-', 1)[0] ?? locale;
}
