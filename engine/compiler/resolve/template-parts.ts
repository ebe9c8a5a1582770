/**
 * What templates take of each other: parts by `{{> id}}` and layouts by `layout: id`. Whether they are there, speak the same format and end
 * somewhere. Putting them together is `linked-template.ts`.
 */
import type { Names, TemplateName } from '../names.ts';
import { useTemplate } from '../references.ts';
import { child, entries, fault, type Place, textOf } from './place.ts';

/** Where a layout holds the mail. */
export const contentName = 'content';

const formats = ['text', 'html', 'mjml'] as const;
type Format = (typeof formats)[number];

/** The formats in which a part or a layout is written in all of its locales. */
export function formatsOf(form: Place | undefined): ReadonlySet<string> {
  const locales = entries(form).map(([, words]) => words);
  const isIn = (format: Format): boolean => locales.every((words) => child(words, format) !== undefined);
  return new Set(locales.length === 0 ? [] : formats.filter(isIn));
}

/** What the template asks of its sends, with what its parts and its layout ask. */
export function withParts(names: Names, template: TemplateName): TemplateName {
  if (template.parts.size === 0) return template;
  const all = [template, ...reached(names, template).values()];
  const union = (of: (one: TemplateName) => ReadonlySet<string>) => new Set(all.flatMap((one) => [...of(one)]));
  return {
    ...template,
    withNames: union((one) => one.withNames),
    entryProperties: union((one) => one.entryProperties),
    entities: union((one) => one.entities),
  };
}

/** All templates that it takes in, by id, over all steps; itself only where it does. */
function reached(names: Names, template: TemplateName): ReadonlyMap<string, TemplateName> {
  const found = new Map<string, TemplateName>();
  const open = [...template.parts];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const named = found.has(id) ? undefined : names.templates.get(id);
    if (named === undefined) continue;
    found.set(id, named);
    open.push(...named.parts);
  }
  return found;
}

/** Checks a part that a source takes in. `field`: of the form in which it stands. */
export function checkPart(place: Place, field: string, name: string, isInside: boolean): void {
  if (isInside) {
    const detail = `\`{{> ${name}}}\` stands inside a list or a \`with\`, where names mean something else than in the part. Take it in outside of the block.`;
    fault(place, 'CMP276', detail);
    return;
  }
  const { names, resource } = place.at;
  const template = useTemplate(place, name);
  if (template === undefined) return;
  if (name === resource.id || reached(names, template).has(resource.id)) {
    fault(
      place,
      'CMP276',
      `\`{{> ${name}}}\` leads back into \`${resource.id}\`, so this would never end. Take it out.`,
    );
    return;
  }
  const format: Format = field === 'html' || field === 'mjml' ? field : 'text';
  if (template.part.has(format)) return;
  const has =
    template.part.size === 0 ? 'it has no `part`' : `its \`part\` has ${listed(template.part)} in all locales`;
  const detail = `Template \`${name}\` can't be taken in by ${field}: ${has}. Add \`${format}\` to its \`part\` in each locale.`;
  fault(place, 'CMP276', detail);
}

/** Checks the layout that a form of an e-mail names. */
export function checkLayout(form: Place): void {
  const named = child(form, 'layout');
  if (named === undefined) return;
  const id = textOf(named);
  const template = useTemplate(named, id);
  if (template === undefined) return;
  const format = formats.slice(1).find((one) => child(form, one) !== undefined);
  if (format === undefined) {
    const detail =
      'A layout stands around HTML or MJML, and this form has neither. Add `html` or `mjml`, or remove `layout`.';
    fault(named, 'CMP276', detail);
  } else if (!template.layout.has(format)) {
    const has =
      template.layout.size === 0
        ? 'it has no `layout`'
        : `its \`layout\` has ${listed(template.layout)} in all locales`;
    const detail = `Template \`${id}\` can't stand around ${format}: ${has}. Add \`${format}\` to its \`layout\` in each locale.`;
    fault(named, 'CMP276', detail);
  }
}

/** A layout holds the mail in one place. */
export function checkContent(source: Place): void {
  const times = [...textOf(source).matchAll(/\{\{~?>\s*content\s*~?\}\}/g)].length;
  if (times === 1) return;
  const detail = `A layout has \`{{> ${contentName}}}\` once, where the mail goes, and this one has it ${times === 0 ? 'nowhere' : `${times} times`}.`;
  fault(source, 'CMP276', detail);
}

function listed(names: ReadonlySet<string>): string {
  return [...names].join(' and ');
}
