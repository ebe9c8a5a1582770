/** Resources of a bundle as a table, and as JSON without their bodies. */
import type { Bundle } from '../../compiler/ir.ts';
import { counted, table } from './style.ts';
import type { View } from './view.ts';

export type ListedResource = Bundle['resources'][number] & {
  /** `file:line`; null for what stands in no file. */
  readonly place: string | null;
};

export const listView: View<readonly ListedResource[]> = {
  human: (resources) => {
    const rows = resources.map(({ kind, id, meta, place }) => [kind, id, meta.title ?? '', place ?? '']);
    return `${table(['kind', 'id', 'title', 'declared'], rows, { align: 'llll', indent: '' })}${counted(resources.length, 'resource')}\n`;
  },
  json: (resources) => ({
    resources: resources.map(({ kind, id, digest, meta, needs, place }) => ({
      kind,
      id,
      ...meta,
      digest,
      needs,
      place,
    })),
  }),
};
