/**
 * Schemas as Markdown: the type of a value in words, and the tables of fields. Where a form has a section of its own, tables link
 * to it; what is written inline is unfolded here, with dotted names.
 */
import { type Schema, stringsOf } from '../../engine/config/schemas.ts';
import { flowText, yamlText } from './yaml-text.ts';

/** Gives the schema of a reference, and where its section stands. */
export interface Book {
  readonly definitions: Readonly<Record<string, Schema>>;
  /** The link to the section of a definition, from the page that is being written. */
  link(name: string): string;
}

/** Deeper inline maps are left to the examples. */
const depthMax = 5;

export interface Field {
  /** Dotted from the map on; `[]` marks the items of a list, `<name>` a key of the user's. */
  readonly name: string;
  readonly schema: Schema;
  readonly need: string;
}

/** The table of the fields of a map; empty when it has none of its own. */
export function fieldsTable(schema: Schema, book: Book, without: readonly string[] = []): string {
  return tableOf(
    fieldsOf(schema, book, '', 0).filter(({ name }) => !without.includes(topOf(name))),
    book,
  );
}

/** The same in parts: a table of the first level, and one for each field with so much inside that it deserves its own. */
export function fieldsSections(schema: Schema, book: Book, without: readonly string[]): string {
  const fields = fieldsOf(schema, book, '', 0).filter(({ name }) => !without.includes(topOf(name)));
  const inside = (top: string) => fields.filter(({ name }) => name !== top && topOf(name) === top);
  const apart = fields.filter(({ name }) => name === topOf(name) && inside(name).length >= insideMin);
  const isApart = (name: string) => apart.some((field) => name !== field.name && topOf(name) === field.name);
  const parts = apart.map((field) => {
    const [example] = (resolved(field.schema, book).examples ?? []) as readonly unknown[];
    const shown = example === undefined ? '' : `\`\`\`yaml\n${yamlText({ [field.name]: example })}\`\`\`\n\n`;
    return `### \`${field.name}\`\n\n${descriptionOf(field.schema, book)}\n\n${shown}${tableOf(inside(field.name), book)}`;
  });
  return [
    tableOf(
      fields.filter(({ name }) => !isApart(name)),
      book,
    ),
    ...parts,
  ].join('\n');
}

/** From so many fields inside on, a field has a table of its own. */
const insideMin = 3;

function topOf(name: string): string {
  return name.split(/[.[]/)[0]!;
}

function tableOf(fields: readonly Field[], book: Book): string {
  if (fields.length === 0) return '';
  const rows = fields.map(({ name, schema: field, need }) => [
    `\`${name}\``,
    typeText(field, book),
    need,
    defaultText(field, book),
    cell(descriptionOf(field, book)),
    exampleText(field, book),
  ]);
  const hasDefaults = rows.some((row) => row[3] !== '');
  const head = ['field', 'type', 'required', ...(hasDefaults ? ['default'] : []), 'what it says', 'example'];
  return markdownTable(head, hasDefaults ? rows : rows.map((row) => row.filter((_, i) => i !== 3)));
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

function fieldsOf(schema: Schema, book: Book, prefix: string, depth: number): readonly Field[] {
  const properties = propertiesOf(schema);
  const required = new Set(stringsOf(schema.required));
  const choice = choiceKeys(schema);
  return Object.entries(properties).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const need = required.has(key) ? 'yes' : choice.includes(key) ? 'one of these' : '';
    return [{ name, schema: field, need }, ...insideOf(field, book, name, depth + 1)];
  });
}

/** What is written inside of a field, where it has no section of its own. */
function insideOf(field: Schema, book: Book, name: string, depth: number): readonly Field[] {
  if (depth > depthMax || sectionOf(field) !== undefined) return [];
  const branches = ['oneOf', 'anyOf'].flatMap((key) => (Array.isArray(field[key]) ? (field[key] as Schema[]) : []));
  const typed = branches.filter((branch) => branch.type !== undefined);
  const items = field.items as Schema | undefined;
  const values = isSchema(field.additionalProperties) ? field.additionalProperties : undefined;
  return [
    ...fieldsOf(field, book, `${name}.`, depth),
    ...typed.flatMap((branch) => insideOf(branch, book, name, depth)),
    ...(items === undefined ? [] : insideOf(items, book, `${name}[]`, depth)),
    ...(values === undefined || sectionOf(values) !== undefined
      ? []
      : fieldsOf(values, book, `${name}.<name>.`, depth)),
  ];
}

/** The fields that a form adds to a condition, or all of its own. */
function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  const all = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  const added = stringsOf(schema['x-condition-with']);
  return added.length === 0 ? all : Object.fromEntries(added.map((key) => [key, all[key] as Schema]));
}

/** Keys of which one must be there. */
function choiceKeys(schema: Schema): readonly string[] {
  return ['oneOf', 'anyOf'].flatMap((word) => {
    const branches = schema[word];
    return Array.isArray(branches) ? branches.flatMap((branch: Schema) => stringsOf(branch.required)) : [];
  });
}

/** A value's type in words, with links to the forms that have a section. */
export function typeText(schema: Schema, book: Book): string {
  const name = sectionOf(schema);
  if (name !== undefined) return book.link(name);
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (Array.isArray(schema.enum)) return schema.enum.map((word) => `\`${word}\``).join(', ');
  const branches = ['oneOf', 'anyOf'].flatMap((key) => (Array.isArray(schema[key]) ? (schema[key] as Schema[]) : []));
  const typed = branches.filter(
    (branch) => branch.type !== undefined || branch.$ref !== undefined || branch.enum !== undefined,
  );
  if (typed.length > 0) return [...new Set(typed.map((branch) => typeText(branch, book)))].join(' or ');
  return plainType(schema, book);
}

function plainType(schema: Schema, book: Book): string {
  const types = Array.isArray(schema.type) ? stringsOf(schema.type) : [String(schema.type ?? 'any value')];
  return types.map((type) => wordFor(type, schema, book)).join(' or ');
}

function wordFor(type: string, schema: Schema, book: Book): string {
  const { minimum, maximum } = schema;
  const bounds =
    minimum === undefined ? '' : maximum === undefined ? `, ${minimum} or more` : `, ${minimum} to ${maximum}`;
  switch (type) {
    case 'string':
      return 'text';
    case 'integer':
      return `whole number${bounds}`;
    case 'number':
      return `number${bounds}`;
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return schema.items === undefined ? 'list' : `list of ${typeText(schema.items as Schema, book)}`;
    case 'object':
      return isSchema(schema.additionalProperties)
        ? `map of names to ${typeText(schema.additionalProperties, book)}`
        : 'map';
    default:
      return type;
  }
}

/** The definition that a schema refers to, when it is one of those that have a section. */
function sectionOf(schema: Schema): string | undefined {
  const ref = schema.$ref;
  if (typeof ref !== 'string' || ref.includes('/properties/')) return undefined;
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function resolved(schema: Schema, book: Book): Schema {
  const name = sectionOf(schema);
  return name === undefined ? schema : { ...book.definitions[name], ...schema };
}

function descriptionOf(schema: Schema, book: Book): string {
  return String(resolved(schema, book).description ?? '');
}

function defaultText(schema: Schema, book: Book): string {
  const value = resolved(schema, book).default;
  return value === undefined ? saidDefault(descriptionOf(schema, book)) : `\`${flowText(value)}\``;
}

/** Descriptions say a default that isn't one value in a fixed way of words: "all when absent", "Without it: any role". */
function saidDefault(description: string): string {
  const said =
    /(`[^`]+`) \(default\)/.exec(description) ??
    /([^.;,:(]+?),? \(?when absent/.exec(description) ??
    /[Ww]hen absent: ([^.;]+)/.exec(description) ??
    /Without it:? ([^.;]+)/.exec(description);
  return cell(said?.[1]?.trim() ?? '');
}

function exampleText(schema: Schema, book: Book): string {
  const [example] = (resolved(schema, book).examples ?? []) as readonly unknown[];
  if (example === undefined) return '';
  const text = flowText(example);
  return text.length > 80 ? '' : `\`${text.replaceAll('|', '\\|')}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
