/** What `import --live` wrote. */
import { counted, type Style } from './style.ts';
import type { View } from './view.ts';

export interface ImportedLive {
  readonly folder: string;
  readonly revision: number;
  readonly files: readonly { readonly path: string; readonly declares: readonly string[] }[];
  readonly differing: readonly { readonly resource: string; readonly why: string }[];
}

export const importedLiveView: View<ImportedLive> = {
  human: (result, style) =>
    result.files.length === 0
      ? `Nothing to write: the files say all that revision ${result.revision} holds.\n${differingText(result, style)}`
      : `Wrote ${counted(result.files.length, 'file')} of revision ${result.revision} to ${result.folder}: ${wordsOf(result)}\n${differingText(result, style)}`,
  json: (result) => result,
};

function wordsOf({ files, differing }: ImportedLive): string {
  const count = counted(
    files.reduce((sum, one) => sum + one.declares.length, 0),
    'resource',
  );
  const proof = differing.length === 0 ? 'compiled again, they are the same to the last digest' : 'but for these:';
  return `${count}, with every default said; ${proof}.`.replace(':.', ':');
}

function differingText({ differing }: ImportedLive, style: Style): string {
  return differing.map(({ resource, why }) => `  ${style.removed('!')} ${resource}: ${why}\n`).join('');
}
