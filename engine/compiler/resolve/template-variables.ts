/**
 * The variables of a Handlebars source, checked against what a message is rendered with: traits at the root, `entry.<property>`,
 * `with.<name>`, `<entity>.<field>`, `locale`. Blocks `if unless each with` and our helpers only: no prototypes. Nothing is rendered here.
 */
import { suggest } from '../../diagnostics/suggest.ts';
import type { ValueType } from '../ir.ts';
import { useEntity, useTrait } from '../references.ts';
import { helperNamed, templateHelpers } from '../template-helpers.ts';
import { fault, type Place, textOf } from './place.ts';
import { builtIns, parse, type Visitor, walk } from './template-walk.ts';

/** Links of ours, where the workspace signs any. */
const linkNames: ReadonlySet<string> = new Set(['unsubscribe_url', 'preferences_url', 'confirm_url']);

export interface UsedNames {
  readonly withNames: Set<string>;
  readonly entryProperties: Set<string>;
  readonly entities: Set<string>;
  readonly parts: Set<string>;
}

/** Adds the names that the source reads from `with`, `entry` and entities; a source that doesn't parse reads none. */
export function declareVariables(source: string, used: UsedNames, isEntity: (name: string) => boolean): void {
  const program = parse(source);
  if (typeof program === 'string') return;
  const visitor: Visitor = {
    isEntity,
    trait: () => null,
    entry: (property) => {
      used.entryProperties.add(property);
      return null;
    },
    with: (name) => {
      used.withNames.add(name);
      return null;
    },
    field: (entity) => {
      used.entities.add(entity);
      return null;
    },
    noList: () => {},
    unknown: () => {},
    refused: () => {},
    misused: () => {},
    unfit: () => {},
    noValue: () => {},
    part: (name) => {
      used.parts.add(name);
    },
  };
  walk(program, ['root'], visitor);
}

/** Says what is wrong in the source at the place, once for each name. `onPart`: told of each part that it takes in. */
export function checkVariables(place: Place, onPart: (name: string, isInside: boolean) => void): void {
  const program = parse(textOf(place));
  if (typeof program === 'string') {
    fault(
      place,
      'CMP060',
      `The template can't be read: ${program}. Variables are written {{name}}, blocks {{#if name}}…{{/if}}.`,
    );
    return;
  }
  const said = new Set<string>();
  const once: Once = (name, say) => {
    if (!said.has(name)) say();
    said.add(name);
  };
  const part = (name: string, isInside: boolean): void => once(`> ${name}`, () => onPart(name, isInside));
  walk(program, ['root'], { ...namesAt(place, once), ...formsAt(place, once), part });
}

/** Says something once for each name. */
type Once = (name: string, say: () => void) => void;

/** What is said of names: those that nothing is called, and links that nobody signs. */
function namesAt(
  place: Place,
  once: Once,
): Pick<Visitor, 'isEntity' | 'trait' | 'entry' | 'with' | 'field' | 'unknown'> {
  const { names } = place.at;
  const entryTypes = readEntryTypes(place);
  const unknown = (text: string, candidates: readonly string[]): void =>
    once(text, () => {
      const detail = `Nothing is called \`${text}\` when this is rendered. Variables are traits (\`first_name\`), \`entry.<property>\` of the event that opens the journey, \`with.<name>\`, \`<entity>.<field>\` of the row that it is per, \`locale\`, \`unsubscribe_url\`, \`preferences_url\` and \`confirm_url\`.`;
      fault(place, 'CMP061', detail, { suggestion: suggest(text, candidates) });
    });
  return {
    isEntity: (name) => names.entities.has(name),
    trait: (name) => {
      if (linkNames.has(name)) {
        if (!names.hasLinks) once(name, () => fault(place, 'CMP278', withoutLinks(name)));
        return 'text';
      }
      if (names.traits.has(name)) return useTrait(place, name)?.type ?? null;
      unknown(name, [...names.traits.keys(), ...builtIns, ...linkNames]);
      return null;
    },
    entry: (property) => {
      if (!entryTypes.has(property))
        unknown(
          `entry.${property}`,
          [...entryTypes.keys()].map((one) => `entry.${one}`),
        );
      return entryTypes.get(property) ?? null;
    },
    with: () => null,
    field: (entity, field) => {
      const body = useEntity(place, entity);
      if (body === undefined || field === body.key) return null;
      const known = Object.hasOwn(body.fields, field) ? body.fields[field] : undefined;
      if (known === undefined) {
        unknown(
          `${entity}.${field}`,
          [body.key, ...Object.keys(body.fields)].map((one) => `${entity}.${one}`),
        );
      }
      return known?.type ?? null;
    },
    unknown,
  };
}

/** What is said of forms: what may not be used, or isn't for values of that type. */
function formsAt(place: Place, once: Once): Pick<Visitor, 'noList' | 'refused' | 'misused' | 'unfit' | 'noValue'> {
  return {
    noList: (original, type) =>
      once(`each ${original}`, () => {
        const detail = `\`${original}\` is of type ${type}, and \`each\` goes through a list. Write \`{{${original}}}\`, or name a list.`;
        fault(place, 'CMP273', detail);
      }),
    refused: (what) =>
      once(what, () => {
        const detail = `${what} can't be used in a template: it holds variables, the blocks if, unless, each and with, and the helpers ${Object.keys(templateHelpers).join(', ')}, so that a reviewer sees all that it does.`;
        fault(place, 'CMP062', detail);
      }),
    misused: (helper, wrong) =>
      once(`${helper} ${wrong}`, () => {
        const known = helperNamed(helper)?.isBlock === true ? `{{#${helper} …}}` : `{{${helper} …}}`;
        fault(place, 'CMP062', `The helper \`${known}\` ${wrong}. Nothing could be shown there: correct the call.`);
      }),
    unfit: (helper, original, type, form) =>
      once(`${helper} ${original}`, () => {
        const detail = `\`${original}\` is of type ${type}, and \`${helper}\` is for ${form.subject.join(', ')}. Write \`{{${original}}}\`, or name a value of such a type.`;
        fault(place, 'CMP274', detail);
      }),
    noValue: (original, value) =>
      once(`${original} is ${value}`, () => {
        const { type, values } = place.at.names.traits.get(original) ?? { type: null, values: null };
        if (type !== 'enum' || values === null || values.includes(value)) return;
        const detail = `\`${original}\` is never \`${value}\`: it is one of ${values.join(', ')}. Nobody would see this block.`;
        fault(place, 'CMP274', detail, { suggestion: suggest(value, values) });
      }),
  };
}

function withoutLinks(name: string): string {
  return `\`${name}\` is a link that the workspace signs, and this one signs none, so people would read a gap. Add \`links\` with its \`base_url\` and \`keys\` to parcours.yaml, or remove it.`;
}

/** What `entry.x` can be: a property of any event, or what a `start` hands over; null where its types differ. */
function readEntryTypes({ at: { names } }: Place): ReadonlyMap<string, ValueType | null> {
  const types = new Map<string, ValueType | null>();
  const events = [...names.events.values()].flatMap((event) => Object.entries(event.properties));
  const handed = [...names.journeys.values()].flatMap((journey) => [...journey.with]);
  for (const [name, type] of [...events, ...handed]) {
    types.set(name, (types.get(name) ?? type) === type ? type : null);
  }
  return types;
}
