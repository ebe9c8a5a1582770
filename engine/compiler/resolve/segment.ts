/** Segments: one condition. Circles between them are found in `cycles.ts`. */
import type { SegmentBody } from '../ir.ts';
import { readCondition } from './condition.ts';
import { child, fault, type Resolving, root } from './place.ts';
import { inSegment } from './standpoint.ts';

export function resolveSegment(at: Resolving): SegmentBody {
  const where = child(root(at), 'where');
  if (where === undefined) {
    fault(root(at), 'CMP036', 'A segment needs `where`: the condition that its members satisfy.');
    return { where: { kind: 'all', of: [] } };
  }
  return { where: readCondition(where, inSegment) };
}
