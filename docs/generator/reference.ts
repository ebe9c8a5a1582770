/**
 * Makes docs/reference/ of docs/reference-src/, the schemas and the catalogue of codes. The sources are Markdown by hand; lines of
 * the form `<!-- form NAME -->` are replaced by what the schemas say. What no source names is put on the page of other forms, so
 * nothing of the language is left out. Pure: `generate.ts` writes the files.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resourceKinds } from '../../engine/config/project.ts';
import { readSchema, type Schema, stringsOf } from '../../engine/config/schemas.ts';
import { codePage } from './code-page.ts';
import { type Book, fieldsSections, fieldsTable, typeText } from './schema-text.ts';
import { flowText, yamlText } from './yaml-text.ts';

const sourceFolder = new URL('../reference-src/', import.meta.url);

/** The first lines of each page. */
const mark = '<!-- Made by `npm run generate` from docs/reference-src/ and schemas/. Not edited by hand. -->\n\n';
const directive = /^<!-- (kind|form|fields|union|rest|codes) ?([A-Za-z]*)(?: without ([a-z_,]+))? -->$/gm;

interface Source {
  readonly file: string;
  readonly text: string;
}

/** The pages by file name. */
export function referencePages(): ReadonlyMap<string, string> {
  const sources = readSources();
  const definitions = readSchema('definitions').definitions as Readonly<Record<string, Schema>>;
  const places = placesOf(sources, definitions);
  return new Map(
    sources.map(({ file, text }) => {
      const book = bookFor(file, places, definitions);
      const written = text.replace(directive, (_, what: string, name: string, without: string | undefined) =>
        render({ what, name, without: hiddenFields(without, definitions), places, file }, book),
      );
      return [file, `${mark}${written}`];
    }),
  );
}

/** Every kind that no source shows, for the test that all have their page. */
export function missingKinds(): readonly string[] {
  const shown = readSources().flatMap(({ text }) =>
    [...text.matchAll(directive)].map((match) => `${match[1]} ${match[2]}`),
  );
  return resourceKinds.filter((kind) => !shown.includes(`kind ${kind}`));
}

function readSources(): readonly Source[] {
  const files = readdirSync(sourceFolder).filter((file) => file.endsWith('.md'));
  return files.sort().map((file) => ({ file, text: readFileSync(new URL(file, sourceFolder), 'utf8') }));
}

/** On which page the section of each definition stands. */
function placesOf(
  sources: readonly Source[],
  definitions: Readonly<Record<string, Schema>>,
): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const { file, text } of sources) {
    for (const [, what, name] of text.matchAll(directive)) {
      if (what !== 'form' && what !== 'union') continue;
      if (definitions[name!] === undefined) throw new Error(`${file}: no definition is called ${name}`);
      if (!places.has(name!)) places.set(name!, file);
    }
  }
  const rest = sources.find(({ text }) => text.includes('<!-- rest -->'));
  for (const name of Object.keys(definitions)) {
    if (!places.has(name) && rest !== undefined) places.set(name, rest.file);
  }
  return places;
}

function bookFor(
  file: string,
  places: ReadonlyMap<string, string>,
  definitions: Readonly<Record<string, Schema>>,
): Book {
  return {
    definitions,
    link: (name) => {
      const page = places.get(name);
      const title = String(definitions[name]?.title ?? name).toLowerCase();
      return `[${title}](${page === file ? '' : page}#form-${name})`;
    },
  };
}

/** `step`: what every step has · `operators`: the tests of values; both have one place of their own. */
function hiddenFields(words: string | undefined, definitions: Readonly<Record<string, Schema>>): readonly string[] {
  return (words?.split(',') ?? []).flatMap((word) => {
    if (word === 'step') return ['id', 'title', 'after', 'at', 'days', 'if'];
    return word === 'operators' ? Object.keys((definitions.valueTest?.properties ?? {}) as object) : [word];
  });
}

interface Task {
  readonly what: string;
  readonly name: string;
  readonly without: readonly string[];
  readonly places: ReadonlyMap<string, string>;
  readonly file: string;
}

function render({ what, name, without, places, file }: Task, book: Book): string {
  switch (what) {
    case 'kind':
      return kindText(name, book);
    case 'fields':
      return fieldsTable(book.definitions[name] ?? readSchema(name), book, without).trimEnd();
    case 'union':
      return unionText(name, book);
    case 'codes':
      return codePage();
    case 'rest':
      return restOf(places, file, book);
    default:
      return formText(name, book, without);
  }
}

const common = ['title', 'description', 'owner', 'tags'];

function kindText(kind: string, book: Book): string {
  const schema = readSchema(kind);
  const table = fieldsSections(schema, book, common);
  return [String(schema.description), ...examples(schema), table.trimEnd()].join('\n\n');
}

function formText(name: string, book: Book, without: readonly string[]): string {
  const schema = book.definitions[name]!;
  const isCondition = Array.isArray(schema['x-condition-with']);
  return [
    `<a id="form-${name}"></a>\n#### ${schema.title}`,
    String(schema.description ?? ''),
    schema.type === 'object' ? '' : `Type: ${typeText(schema, book)}.`,
    ...examples(schema),
    isCondition ? `Any ${book.link('condition')}, and beside it:` : '',
    fieldsTable(schema, book, without).trimEnd(),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function examples(schema: Schema): readonly string[] {
  const all = (schema.examples ?? []) as readonly unknown[];
  const isShort = all.every((example) => typeof example !== 'object' || example === null);
  if (isShort && all.length > 0) return [`Such as ${all.map((example) => `\`${flowText(example)}\``).join(', ')}.`];
  return all.map((example) => `\`\`\`yaml\n${yamlText(example)}\`\`\``);
}

/** The branches of a choice, each with its one sentence. */
function unionText(name: string, book: Book): string {
  const schema = book.definitions[name]!;
  const branches = ((schema.oneOf ?? []) as readonly Schema[]).map((branch) => {
    const target = String(branch.$ref ?? '')
      .split('/')
      .at(-1)!;
    const { description = '', required } = book.definitions[target] ?? branch;
    const head = stringsOf(required).find((key) => key !== 'id');
    return `- ${head === undefined ? '' : `\`${head}\`: `}${book.definitions[target] ? book.link(target) : typeText(branch, book)}. ${description}`;
  });
  return `<a id="form-${name}"></a>\n\n${[String(schema.description), branches.join('\n')].join('\n\n')}`;
}

function restOf(places: ReadonlyMap<string, string>, file: string, book: Book): string {
  const names = [...places].filter(([, page]) => page === file).map(([name]) => name);
  return names
    .sort()
    .map((name) => formText(name, book, []))
    .join('\n\n');
}
