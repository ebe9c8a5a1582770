/** Which schemas there are, or were written. */
import { counted } from './style.ts';
import type { View } from './view.ts';

export interface SchemaFiles {
  readonly names: readonly string[];
  /** As it was named; null: nothing was written. */
  readonly folder: string | null;
}

export const schemaFilesView: View<SchemaFiles> = {
  human: ({ names, folder }) =>
    folder === null
      ? names.map((name) => `${name}\n`).join('')
      : `${counted(names.length, 'schema')} written to ${folder}.\n`,
  json: ({ names, folder }) => ({ schemas: names, folder }),
};
