/** What `init` wrote, and where to go on. */
import { counted } from './style.ts';
import type { View } from './view.ts';

export interface InitResult {
  readonly folder: string;
  readonly template: string;
  /** Relative to the folder, sorted. */
  readonly files: readonly string[];
}

export const initView: View<InitResult> = {
  human: ({ folder, template, files }) => {
    const enter = folder === '.' ? '' : `  cd ${folder}\n`;
    return `A workspace for a ${template} in ${folder}: ${counted(files.length, 'file')}.\n\nGo on with:\n${enter}  parcours validate\n  parcours plan\n`;
  },
  json: (result) => result,
};
