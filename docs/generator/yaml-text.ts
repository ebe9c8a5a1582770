/** Values of examples as YAML that reads as people write it: short things on one line, long ones in blocks. */
import { stringify } from 'yaml';

const lineMax = 100;

/** The value as YAML, ending with a newline. */
export function yamlText(value: unknown): string {
  return `${block(value, 0)}\n`;
}

/** The value on one line. */
export function flowText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(flowText).join(', ')}]`;
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, part]) => `${key}: ${flowText(part)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return scalar(value, true);
}

function block(value: unknown, indent: number): string {
  const pad = ' '.repeat(indent);
  if (Array.isArray(value) && value.length > 0) {
    return value.map((item) => `${pad}- ${itemText(item, indent + 2)}`).join('\n');
  }
  if (!isMap(value) || Object.keys(value).length === 0) return `${pad}${isMap(value) ? '{}' : flowText(value)}`;
  return Object.entries(value)
    .map(([key, part]) => `${pad}${key}:${partText(key, part, indent)}`)
    .join('\n');
}

function partText(key: string, part: unknown, indent: number): string {
  const line = isBranching(part) ? null : flowOf(part);
  const fits = line !== null && indent + key.length + 2 + line.length <= lineMax;
  return fits ? ` ${line}` : `\n${block(part, indent + 2)}`;
}

function itemText(item: unknown, indent: number): string {
  const line = flowOf(item);
  const isStep = isMap(item) && 'id' in item && Object.keys(item).length > 1 && line.length > 60;
  return !isStep && !isBranching(item) && indent + line.length <= lineMax ? line : block(item, indent).trimStart();
}

function flowOf(value: unknown): string {
  return Array.isArray(value) || isMap(value) ? flowText(value) : scalar(value, false);
}

/** Lists of maps with more than one key are read better one below the other. */
function isBranching(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.some((item) => isMap(item) && Object.keys(item).length > 1) &&
    flowOf(value).length > 60
  );
}

function scalar(value: unknown, isInFlow: boolean): string {
  if (typeof value !== 'string') return String(value);
  const asItem = stringify(isInFlow ? [value] : value, {
    lineWidth: 0,
    collectionStyle: isInFlow ? 'flow' : 'any',
  }).trim();
  const text = isInFlow ? asItem.replace(/^\[\s*/, '').replace(/\s*\]$/, '') : asItem;
  const needsQuotes = /^\d{1,2}:\d{2}$|^0\d|^(yes|no|on|off|y|n)$/i.test(value);
  return needsQuotes && text === value ? JSON.stringify(value) : text;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
