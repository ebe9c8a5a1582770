/** Holds what a test expects of a line against what was seen before and after it. Pure: no store, no words for people. */

/** A message of the tested journey, as it stands. */
export interface SeenMessage {
  readonly id: number;
  readonly step: string;
  readonly state: string;
  /** On a site, in print or in an audience: it is placed and not sent. */
  readonly isPlaced: boolean;
  readonly hasLeft: boolean;
  /** `cap house/weekly`, as arbitration says it; null: nothing stood in its way. */
  readonly rule: string | null;
  /** The rules that made it wait before. */
  readonly deferredBy: readonly string[];
}

export interface SeenEnrollment {
  /** Names it among the person's: key and number. */
  readonly id: string;
  readonly isActive: boolean;
  readonly step: string | null;
  /** `goal`, `completed`, or the `as` of an exit; null while he is in it. */
  readonly exitAs: string | null;
  readonly isHeldOut: boolean;
}

/** What is seen of a person after a line. */
export interface Seen {
  readonly messages: readonly SeenMessage[];
  readonly enrollments: readonly SeenEnrollment[];
  /** Declared ones, sorted. */
  readonly segments: readonly string[];
}

export const nothingSeen: Seen = { messages: [], enrollments: [], segments: [] };

/** One key of `expect` that isn't so. */
export interface Miss {
  readonly key: string;
  /** Of a list, which item; null: the key as a whole. */
  readonly index: number | null;
  readonly expected: string;
  readonly found: string;
  /** The step that it is about; null: the journey. */
  readonly step: string | null;
}

type Expectation = Readonly<Record<string, unknown>>;

/** What isn't as expected; empty: all of it is. */
export function missesOf(expect: Expectation, before: Seen, after: Seen): readonly Miss[] {
  const because = typeof expect.because === 'string' ? expect.because : null;
  const left = newlyLeft(before, after);
  const found: readonly (readonly Miss[])[] = [
    exactly('sent', expect.sent, left.sent),
    exactly('placed', expect.placed, left.placed),
    expect.nothing_sent === true ? nothingSent([...left.sent, ...left.placed]) : [],
    each('deferred', expect.deferred, because, heldBack(after), after),
    each('dropped', expect.dropped, because, givenUp(before, after), after),
    enteredAs(expect.entered, before, after),
    exitedAs(expect.exited, before, after),
    standsAt(expect.at_step, after),
    members('in_segment', expect.in_segment, after),
    members('not_in_segment', expect.not_in_segment, after),
  ];
  return found.flat();
}

/** Steps whose messages left since the line before. */
function newlyLeft(
  before: Seen,
  after: Seen,
): { readonly sent: readonly string[]; readonly placed: readonly string[] } {
  const known = new Set(before.messages.filter(({ hasLeft }) => hasLeft).map(({ id }) => id));
  const left = after.messages.filter(({ id, hasLeft }) => hasLeft && !known.has(id));
  const steps = (isPlaced: boolean) =>
    [...new Set(left.filter((one) => one.isPlaced === isPlaced).map(({ step }) => step))].sort();
  return { sent: steps(false), placed: steps(true) };
}

/** A list of steps is all that left: a message too many is as wrong as one that is missing. */
function exactly(key: string, expected: unknown, found: readonly string[]): readonly Miss[] {
  if (!Array.isArray(expected)) return [];
  const wanted = expected.map(String);
  const words = { expected: listOf(wanted), found: found.length === 0 ? 'nothing' : listOf(found) };
  const missing = wanted.flatMap((step, index) => (found.includes(step) ? [] : [{ key, index, step, ...words }]));
  if (missing.length > 0) return missing;
  const extra = found.find((step) => !wanted.includes(step));
  return extra === undefined ? [] : [{ key, index: null, step: extra, ...words }];
}

function nothingSent(left: readonly string[]): readonly Miss[] {
  const [first] = left;
  if (first === undefined) return [];
  return [{ key: 'nothing_sent', index: null, step: first, expected: 'nothing', found: listOf(left) }];
}

interface Stopped {
  readonly step: string;
  readonly rules: readonly string[];
}

function heldBack({ messages }: Seen): readonly Stopped[] {
  return messages.filter(({ state }) => state === 'deferred').map(({ step, rule }) => ({ step, rules: rulesOf(rule) }));
}

const givenUpStates: ReadonlySet<string> = new Set(['suppressed', 'expired', 'failed']);

/** Who is held out gets none of the messages, and no candidate is made of them. */
function givenUp(before: Seen, after: Seen): readonly Stopped[] {
  const known = new Set(before.messages.filter(({ state }) => givenUpStates.has(state)).map(({ id }) => id));
  return after.messages
    .filter(({ id, state }) => givenUpStates.has(state) && !known.has(id))
    .map(({ step, rule, state, deferredBy }) => ({
      step,
      rules: [...rulesOf(rule ?? state), ...deferredBy.flatMap(rulesOf)],
    }));
}

function each(
  key: 'deferred' | 'dropped',
  expected: unknown,
  because: string | null,
  stopped: readonly Stopped[],
  after: Seen,
): readonly Miss[] {
  if (!Array.isArray(expected)) return [];
  return expected.map(String).flatMap((step, index): readonly Miss[] => {
    const ofStep = stopped.filter((one) => one.step === step);
    const isHeldOut = key === 'dropped' && after.enrollments.some((one) => one.isHeldOut);
    if (ofStep.length === 0 && !isHeldOut) {
      const others = [...new Set(stopped.map((one) => one.step))].sort();
      return [{ key, index, step, expected: step, found: others.length === 0 ? 'nothing' : listOf(others) }];
    }
    const rules = [...new Set([...ofStep.flatMap((one) => one.rules), ...(isHeldOut ? ['holdout'] : [])])];
    if (because === null || rules.includes(because)) return [];
    const [named] = rules;
    return [{ key: 'because', index: null, step, expected: because, found: named ?? 'no rule' }];
  });
}

/** The words by which a test may name a rule of arbitration, the fullest first. */
export function rulesOf(rule: string | null): readonly string[] {
  if (rule === null || rule === '') return [];
  const [kind = '', name = ''] = rule.split(' ');
  const word = words[kind] ?? kind;
  if (kind !== 'cap' && kind !== 'mute') return [...new Set([word, rule, kind])];
  return [name, name.split('/').at(-1) ?? name, kind];
}

const words: Readonly<Record<string, string>> = {
  quiet: 'quiet_hours',
  'no-consent': 'consent',
  'no-address': 'address',
  'suppressed-address': 'address',
  'bad-number': 'address',
  'not-mobile': 'address',
  expired: 'valid_for',
};

function enteredAs(expected: unknown, before: Seen, after: Seen): readonly Miss[] {
  if (typeof expected !== 'boolean') return [];
  const known = new Set(before.enrollments.map(({ id }) => id));
  const hasEntered = after.enrollments.some(({ id }) => !known.has(id));
  if (hasEntered === expected) return [];
  return [{ key: 'entered', index: null, step: null, expected: String(expected), found: String(hasEntered) }];
}

function exitedAs(expected: unknown, before: Seen, after: Seen): readonly Miss[] {
  if (typeof expected !== 'string') return [];
  const known = new Set(before.enrollments.filter(({ isActive }) => !isActive).map(({ id }) => id));
  const left = after.enrollments.filter(({ id, isActive }) => !isActive && !known.has(id));
  const ways = left.map(({ exitAs }) => exitAs ?? 'completed');
  if (ways.includes(expected)) return [];
  const found = ways.length > 0 ? listOf(ways) : placeIn(after);
  return [{ key: 'exited', index: null, step: null, expected, found }];
}

function standsAt(expected: unknown, after: Seen): readonly Miss[] {
  if (typeof expected !== 'string') return [];
  if (after.enrollments.some(({ isActive, step }) => isActive && step === expected)) return [];
  return [{ key: 'at_step', index: null, step: expected, expected, found: placeIn(after) }];
}

function placeIn({ enrollments }: Seen): string {
  const active = enrollments.filter(({ isActive }) => isActive);
  if (active.length > 0) return `at ${listOf(active.map(({ step }) => step ?? 'its start'))}`;
  const last = enrollments.at(-1);
  return last === undefined ? 'never entered' : `left as ${last.exitAs ?? 'completed'} before`;
}

function members(key: 'in_segment' | 'not_in_segment', expected: unknown, { segments }: Seen): readonly Miss[] {
  if (!Array.isArray(expected)) return [];
  const isWanted = key === 'in_segment';
  return expected.map(String).flatMap((segment, index) => {
    if (segments.includes(segment) === isWanted) return [];
    const found = segments.length === 0 ? 'in no segment' : `in ${listOf(segments)}`;
    return [{ key, index, step: null, expected: segment, found }];
  });
}

function listOf(names: readonly string[]): string {
  return names.join(', ');
}
