/** Pictures in the languages that draw them: Mermaid and Graphviz. Labels are escaped, so that any text stays a label. */
import type { Picture, PictureNode, PictureNodeKind } from '../../compiler/picture/picture.ts';

/** Longer lines are cut: a picture is no listing. */
const labelCharsMax = 90;

/** A Mermaid flowchart, ending with a newline. */
export function mermaidOf({ nodes, edges }: Picture): string {
  const names = new Map(nodes.map((node, index) => [node.id, `n${index}`]));
  const isJourney = nodes.some(({ kind }) => kind === 'entry');
  const flow = nodes
    .filter(({ kind }) => kind !== 'watch')
    .map((node) => `  ${mermaidNode(node, names.get(node.id)!)}\n`);
  const watched = nodes
    .filter(({ kind }) => kind === 'watch')
    .map((node) => `    ${mermaidNode(node, names.get(node.id)!)}\n`);
  const ways = edges.map(({ from, to, label }) => {
    const middle = label === '' ? '-->' : `-->|${mermaidLabel([label])}|`;
    return `  ${names.get(from)} ${middle} ${names.get(to)}\n`;
  });
  const always = watched.length === 0 ? '' : `  subgraph watched["at any time"]\n${watched.join('')}  end\n`;
  return `flowchart ${isJourney ? 'TD' : 'LR'}\n${flow.join('')}${always}${ways.join('')}`;
}

const shapes: Readonly<Record<PictureNodeKind, readonly [string, string]>> = {
  entry: ['([', '])'],
  send: ['[', ']'],
  wait: ['[/', '/]'],
  choice: ['{{', '}}'],
  action: ['[[', ']]'],
  exit: ['([', '])'],
  watch: ['>', ']'],
  resource: ['[', ']'],
};

function mermaidNode({ kind, title, lines }: PictureNode, name: string): string {
  const [open, close] = shapes[kind];
  return `${name}${open}${mermaidLabel([title, ...lines])}${close}`;
}

/** In quotes; whatever Mermaid would read (quotes, HTML, Markdown, `#` of entities) as a numbered entity. */
function mermaidLabel(lines: readonly string[]): string {
  const escaped = lines.map((line) => cut(line).replace(/[^\p{L}\p{N} _.,:;/+%=?!'’–—→·()-]/gu, entity));
  return `"${escaped.join('<br/>')}"`;
}

function entity(character: string): string {
  return `#${character.codePointAt(0)};`;
}

/** A Graphviz digraph, ending with a newline. */
export function dotOf({ title, nodes, edges }: Picture): string {
  const isJourney = nodes.some(({ kind }) => kind === 'entry');
  const drawn = nodes.map(
    ({ id, kind, title: name, lines }) =>
      `  ${dotText([id])} [label=${dotText([name, ...lines])}, shape=${dotShapes[kind]}];\n`,
  );
  const ways = edges.map(({ from, to, label }) => {
    const attributes = label === '' ? '' : ` [label=${dotText([label])}]`;
    return `  ${dotText([from])} -> ${dotText([to])}${attributes};\n`;
  });
  const head = `digraph ${dotText([title])} {\n  rankdir=${isJourney ? 'TB' : 'LR'};\n  node [fontname="sans-serif"];\n`;
  return `${head}${drawn.join('')}${ways.join('')}}\n`;
}

const dotShapes: Readonly<Record<PictureNodeKind, string>> = {
  entry: 'oval',
  send: 'box',
  wait: 'parallelogram',
  choice: 'hexagon',
  action: 'component',
  exit: 'oval',
  watch: 'note',
  resource: 'box',
};

function dotText(lines: readonly string[]): string {
  return `"${lines
    .map((line) =>
      cut(line)
        .replace(/[\\"]/g, '\\$&')
        .replace(/\p{Cc}/gu, ' '),
    )
    .join('\\n')}"`;
}

function cut(line: string): string {
  const characters = [...line];
  return characters.length > labelCharsMax ? `${characters.slice(0, labelCharsMax - 1).join('')}…` : line;
}
