/**
 * Where a pass over what is due of a channel stands. Each batch is looked for behind the one before: what was marked stays in the index for as
 * long as an old snapshot keeps it, and a pass that began anew each time would read it all again, which grows with the square of what leaves.
 * What becomes due behind it is found by the next pass. Pure.
 */

/** Behind that message of that due time; null: at the beginning. */
export interface Place {
  readonly dueAt: Date | null;
  readonly messageId: number;
}

/** By class: service messages, which leave first, and the rest. */
export interface Pass {
  readonly service: Place;
  readonly rest: Place;
}

/** Messages in the order of class, due time and id. */
export interface Passed {
  readonly class: number;
  readonly message_id: number;
}

/** `from`: what was due earlier is left out; null: nothing is. */
export function passFrom(from: Date | null): Pass {
  const place: Place = { dueAt: from, messageId: 0 };
  return { service: place, rest: place };
}

/** Behind a batch. `due`: when the last message of each class was due; null: there was none. */
export function passBehind(
  pass: Pass,
  batch: readonly Passed[],
  due: { readonly service: Date | null; readonly rest: Date | null },
): Pass {
  const behind = (place: Place, dueAt: Date | null, isOfClass: (one: Passed) => boolean): Place => {
    const last = batch.findLast(isOfClass);
    return last === undefined || dueAt === null ? place : { dueAt, messageId: last.message_id };
  };
  return {
    service: behind(pass.service, due.service, (one) => one.class === 0),
    rest: behind(pass.rest, due.rest, (one) => one.class !== 0),
  };
}
