/** Where a step stands in a journey's document, by its id. Steps nest under keys of many names, so the whole document is searched. */
import type { Path, Resource } from '../../config/project.ts';

/** The path of the step's `id`, or of the journey's where there is no such step. */
export function pathOfStep(journey: Resource, step: string): Path {
  return find(journey.body.steps, step, ['steps']) ?? ['id'];
}

function find(value: unknown, step: string, path: Path): Path | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value) && (value as { readonly id?: unknown }).id === step) return [...path, 'id'];
  for (const [key, inner] of Object.entries(value)) {
    const found = find(inner, step, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
