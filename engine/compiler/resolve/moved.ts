/** `moved:`: the id that a resource or a step had. What is still there under that id can't have moved. */
import type { Metadata } from '../ir.ts';
import { child, fault, type Place, type Resolving, root, textOf } from './place.ts';

/** What a document says of its former names, and what `in_flight` says aloud; part of what doesn't change behaviour. */
export function movedOf(at: Resolving): Pick<Metadata, 'moved' | 'movedSteps' | 'pins'> {
  const { kind } = at.resource;
  if (kind !== 'journey' && kind !== 'segment') return {};
  const place = root(at);
  const moved = child(place, 'moved');
  const known = kind === 'journey' ? at.names.journeys : at.names.segments;
  if (moved !== undefined && known.has(textOf(moved))) {
    const detail = `There is a ${kind} \`${textOf(moved)}\` in these files, so this one isn't that one under another name: its people would be in two places. Remove \`moved\`, or the other ${kind}.`;
    fault(moved, 'CMP310', detail);
  }
  if (kind === 'segment') return moved === undefined ? {} : { moved: textOf(moved) };
  const steps = movedSteps(place);
  const inFlight = child(place, 'in_flight');
  const isPinned = inFlight !== undefined && child(inFlight, 'policy')?.value === 'pin';
  return {
    ...(moved !== undefined && { moved: textOf(moved) }),
    ...(steps.size > 0 && { movedSteps: Object.fromEntries([...steps].sort()) }),
    ...(isPinned && { pins: true as const }),
  };
}

/** By the id of a step, the one that it had. */
function movedSteps(journey: Place): ReadonlyMap<string, string> {
  const places: Place[] = [];
  const ids = new Set<string>();
  const walk = (place: Place): void => {
    const { value } = place;
    if (Array.isArray(value)) {
      for (const index of value.keys()) {
        const item = child(place, index);
        if (item !== undefined) walk(item);
      }
    } else if (typeof value === 'object' && value !== null) {
      const id = child(place, 'id');
      if (id !== undefined) ids.add(textOf(id));
      if (id !== undefined && child(place, 'moved') !== undefined) places.push(place);
      for (const key of Object.keys(value)) {
        const inner = child(place, key);
        if (inner !== undefined && typeof inner.value === 'object') walk(inner);
      }
    }
  };
  const steps = child(journey, 'steps');
  if (steps !== undefined) walk(steps);
  const found = new Map<string, string>();
  for (const place of places) {
    const [id, moved] = [child(place, 'id'), child(place, 'moved')] as [Place, Place];
    const isThere = ids.has(textOf(moved));
    const isTwice = [...found.values()].includes(textOf(moved));
    if (isThere || isTwice) {
      const why = isThere ? 'there is a step of that id here' : 'another step says so, too';
      const detail = `\`${textOf(id)}\` can't be the step that was \`${textOf(moved)}\`: ${why}, and who stands in it can go on in one of them only. Give the id that the step had, or remove \`moved\`.`;
      fault(moved, 'CMP310', detail);
    } else found.set(textOf(id), textOf(moved));
  }
  return found;
}
