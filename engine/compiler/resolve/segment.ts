/** Segments: one condition. Circles between them are found in `cycles.ts`. */
import type { SegmentBody } from '../ir.ts';
import { readCondition } from './condition.ts';
import { warnNewcomers } from './newcomers.ts';
import { demand, type Resolving, root } from './place.ts';
import { inSegment } from './standpoint.ts';

export function resolveSegment(at: Resolving): SegmentBody {
  const where = demand(root(at), 'where');
  warnNewcomers(where);
  return { where: readCondition(where, inSegment) };
}
