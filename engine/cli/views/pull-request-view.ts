/** A pull request's comment: the summary first, details folded, under the length that servers take. What it says is `PullRequest`. */
import type { Drawing, PullRequest } from '../../reconcile/pull-request/pull-request.ts';
import { changeCounts } from './change-lines.ts';
import { markedLines } from './line-diff.ts';
import { type Block, code, codeBlock, fitted, folded, plainText } from './markdown.ts';
import { outlineText } from './outline-view.ts';
import { mermaidOf } from './picture-text.ts';
import { peopleSummary, peopleText } from './pull-request-people.ts';
import { counted, styleOf } from './style.ts';

/** By this a script finds the comment again. */
export const commentMark = '<!-- parcours report -->';
/** What the strictest server takes, which counts characters; bytes are never fewer. */
export const commentBytesMax = 65_535;
/** Beyond this servers don't draw it. */
const pictureCharsMax = 20_000;
const outlineLinesMax = 400;
/** Fields told of one resource, and resources told one by one. */
const fieldsMax = 25;
const changesMax = 100;

export interface CommentOptions {
  /** Before paths of files, such as the address of the commit in a browser, ending with `/`; null: no links. */
  readonly links: string | null;
  /** How somebody sees it whole: a command line. */
  readonly command: string;
}

const symbols = { add: '+', change: '~', remove: '−', move: '>' } as const;

/** The comment; ends with a newline. */
export function pullRequestComment(request: PullRequest, options: CommentOptions): string {
  const blocks: readonly Block[] = [
    whole(`${commentMark}\n${headText(request)}`),
    whole(warnings(request)),
    ...(request.people === null ? [] : [whole(peopleText(request.people))]),
    whole(sourceText(request)),
    changesBlock(request, options),
    ...request.drawings.map((drawing) => drawingBlock(drawing, options)),
    whole(
      `<sub>From ${code(request.base.commit.slice(0, 10))} (${plainText(request.base.name)}) to ${headName(request)}.</sub>\n`,
    ),
  ];
  const pointer = `_It is longer than a comment may be, so the middle is left out; all of it: ${code(options.command)}._\n`;
  return fitted(blocks, { bytesMax: commentBytesMax, pointer });
}

/** What a pull request is told whose files have errors. */
export function brokenComment(problems: string, { command }: { readonly command: string }): string {
  const text = `${commentMark}\n### Parcours: the files have errors\n\nNothing can be planned until they are right.\n\n`;
  const blocks = [whole(text), { text: codeBlock('text', problems), short: '' }];
  return fitted(blocks, {
    bytesMax: commentBytesMax,
    pointer: `_Too long for a comment; all of it: ${code(command)}._\n`,
  });
}

function whole(text: string): Block {
  return { text, short: text };
}

function headName({ head }: PullRequest): string {
  return head.commit === null ? 'the files' : code(head.commit.slice(0, 10));
}

function headText(request: PullRequest): string {
  const indirect = request.indirect.length === 0 ? '' : `, ${request.indirect.length} touched by them`;
  const people = request.people === null ? '' : peopleSummary(request.people);
  return `### Parcours: ${changeCounts(request.changes)}${indirect}\n\n${people}`;
}

/** What stands in the way of an apply, or should be looked at first. */
function warnings({ refusals, breaches, held, suggestions, base }: PullRequest): string {
  const lines = [
    ...refusals.map(
      ({ kind, resource, journeys }) =>
        `**Refused:** ${refusalWords[kind](code(resource), journeys.map(code).join(', '))}`,
    ),
    ...breaches.map(
      ({ severity, words }) => `**${severity === 'error' ? 'Guarded' : 'Warning'}:** ${plainText(words)}`,
    ),
    ...suggestions.map(
      ({ resource, step, was, similarity }) =>
        `**Renamed?** ${step === null ? code(resource) : `step ${code(step)} of ${code(resource)}`} looks like ${code(was)}, ${Math.round(similarity * 100)} %: say so by ${code('moved:')}, and people keep their place.`,
    ),
    ...(held.length === 0 ? [] : [`**Not run** by this version of Parcours: ${held.map(code).join(', ')}`]),
    ...(base.isValid ? [] : ['**The base has errors**, so everything counts as added.']),
  ];
  return lines.length === 0 ? '' : `${lines.map((line) => `- ${line}\n`).join('')}\n`;
}

const refusalWords: Readonly<
  Record<PullRequest['refusals'][number]['kind'], (resource: string, journeys: string) => string>
> = {
  removed: (resource, journeys) => `people stand on ${resource}, which would be removed (${journeys}).`,
  'steps-gone': (resource) =>
    `people stand in steps of ${resource} that are gone: say with ${code('in_flight')} where they go.`,
  versions: (resource) => `too many versions of ${resource} would be lived in at once.`,
  accounts: (resource) => `members have points in ${resource}, which would be removed.`,
  empty: () => 'nothing would be left of the workspace.',
};

/** Where the numbers come from, and what isn't known. */
function sourceText({ people, unreachable }: PullRequest): string {
  const why = unreachable === null ? '' : ` ${plainText(unreachable)}`;
  if (people === null) {
    return `_Nobody here knows where people stand:${why === '' ? ' no store was asked.' : why} What this does to them is counted where the store is trusted, before it is applied._\n\n`;
  }
  const at = people.at === '' ? '' : `, ${people.at.slice(0, 16).replace('T', ' ')} UTC`;
  const other = people.isAtBase
    ? ''
    : ' The store does not hold what the base says, so they tell of more than this change.';
  if (people.from === 'store') {
    const how = people.isExact ? 'all lanes counted' : 'from a sample of lanes';
    return `_Numbers from the live store at revision ${people.revision}${at}, ${how}. Counts of 1 to 9 are withheld.${other}_\n\n`;
  }
  return (
    `_Numbers as published at revision ${people.revision}${at}; counts of 1 to 9 are withheld.${why}${other} ` +
    'What it will be *after* is counted where the store is trusted, before it is applied._\n\n'
  );
}

function changesBlock({ changes, indirect, people }: PullRequest, { links }: CommentOptions): Block {
  const told = changes.slice(0, changesMax).map((change) => changeText(change, links));
  const more = changes.length - told.length;
  const touched = indirect
    .slice(0, changesMax)
    .map(({ resource, because }) => `- ${code(resource)} reads it: ${because.map(code).join(' → ')}\n`);
  const text = [
    ...told,
    more > 0 ? `- and ${more} more\n` : '',
    touched.length === 0 ? '' : `\nTouched by what they read:\n\n${touched.join('')}`,
  ].join('');
  const isShort = changes.length + indirect.length <= 3 && people === null;
  const names = changes
    .slice(0, changesMax)
    .map(({ action, kind, id }) => `- ${symbols[action]} ${code(`${kind}/${id}`)}\n`);
  const summary = `What changes: ${counted(changes.length, 'resource')}`;
  return {
    text: isShort ? `${text}\n` : folded(summary, text),
    short: folded(summary, names.slice(0, fieldsMax).join('')),
  };
}

type Change = PullRequest['changes'][number];

function changeText(change: Change, links: string | null): string {
  const name = code(`${change.kind}/${change.id}`);
  const linked = links === null || change.file === null ? name : `[${name}](${links}${encodeURI(change.file)})`;
  const title = change.title === null ? '' : ` ${plainText(change.title)}`;
  const moved = change.movedFrom === null ? '' : `, was ${code(change.movedFrom)}`;
  const sort = change.action === 'change' || change.action === 'move' ? ` (${change.class}${moved})` : '';
  const [reason] = change.reasons;
  const why = reason === undefined || change.action === 'add' ? '' : `: ${plainText(reason)}`;
  const fields = change.fields.slice(0, fieldsMax).map((field) => `  - ${code(field.words)}\n`);
  const more = change.fields.length > fieldsMax ? `  - and ${change.fields.length - fieldsMax} more\n` : '';
  return `- ${symbols[change.action]} ${linked}${sort}${title}${why}\n${fields.join('')}${more}`;
}

/** The outline as it becomes, with what goes and comes; and the picture. */
function drawingBlock({ id, action, before, after, picture }: Drawing, { command }: CommentOptions): Block {
  const plain = styleOf({ isColoured: false });
  const [was, is] = [before, after].map((outline) => (outline === null ? '' : outlineText(outline, plain)));
  const lines =
    was === '' || is === ''
      ? codeBlock('text', cutMiddle(is || was || ''))
      : codeBlock('diff', cutMiddle(markedLines(was ?? '', is ?? '')));
  const summary = `${symbols[action]} <code>journey/${id}</code>: outline${picture === null ? '' : ' and picture'}`;
  const drawn = picture === null ? '' : mermaidOf(picture);
  const shown =
    drawn === ''
      ? ''
      : drawn.length > pictureCharsMax
        ? `_The picture is too large: ${code(`parcours graph journey/${id}`)}_\n`
        : codeBlock('mermaid', drawn);
  return {
    text: folded(summary, `${lines}\n${shown}`),
    short: `- ${symbols[action]} ${code(`journey/${id}`)}: its outline is left out here; ${code(command)}\n`,
  };
}

function cutMiddle(text: string): string {
  const lines = text.trimEnd().split('\n');
  if (lines.length <= outlineLinesMax) return text;
  const half = outlineLinesMax / 2;
  const left = lines.length - outlineLinesMax;
  return [...lines.slice(0, half), `… ${left} lines left out …`, ...lines.slice(-half)].join('\n');
}

/** The value that programs read. */
export function pullRequestJson(request: PullRequest | null): {
  readonly format: 1;
  readonly report: PullRequest | null;
} {
  return { format: 1, report: request };
}
