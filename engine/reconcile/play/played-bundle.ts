/**
 * The bundle that tests are played with: that of the files, but nothing leaves the house, nobody's address is left out, and the journeys
 * that are tested run, though the files call them drafts. And which tests may share one store. Pure.
 */
import { compareText } from '../../compiler/canonical.ts';
import { digestOf, digestOfResources } from '../../compiler/digest.ts';
import type { Bundle, BundleResource, StepBody, TestBody } from '../../compiler/ir.ts';
import { runnable } from '../../compiler/not-run.ts';
import { allSteps } from '../../compiler/steps-inside.ts';

export type TestResource = Extract<BundleResource, { readonly kind: 'test' }>;

/** Tests that are played in one store, under one clock. */
export interface PlayedTogether {
  readonly tests: readonly TestResource[];
  readonly bundle: Bundle;
}

/** People of one store at most: what goes wrong in a store of thousands is slow to find. */
const togetherMax = 200;

/** The tests of a bundle, in its order. */
export function testsOf(bundle: Bundle): readonly TestResource[] {
  return bundle.resources.filter((one): one is TestResource => one.kind === 'test');
}

/** Parts the tests: those of drafts, those that read what everybody does, and those that speak of the same row stand apart. */
export function playedTogether(bundle: Bundle, tests: readonly TestResource[]): readonly PlayedTogether[] {
  const byName = new Map(bundle.resources.map((one) => [`${one.kind}/${one.id}`, one]));
  const hasBounces = tests.some(({ body }) => body.play.some(bounces));
  const groups: { readonly name: string; readonly tests: TestResource[]; readonly said: Set<string> }[] = [];
  for (const test of tests) {
    const name = groupName(test, byName);
    const said = [...rowsOf(test.body, byName), ...(hasBounces ? addressesOf(test.body) : [])];
    const room = groups.find(
      (one) => one.name === name && one.tests.length < togetherMax && said.every((value) => !one.said.has(value)),
    );
    if (room === undefined) groups.push({ name, tests: [test], said: new Set(said) });
    else {
      room.tests.push(test);
      for (const value of said) room.said.add(value);
    }
  }
  return groups.map((group) => ({
    tests: group.tests,
    bundle: asPlayed(bundle, new Set(group.tests.map(({ body }) => body.journey))),
  }));
}

type ByName = ReadonlyMap<string, BundleResource>;

function groupName({ id, body: { journey } }: TestResource, byName: ByName): string {
  if (readsEverybody(journey, byName)) return `alone ${id}`;
  const found = byName.get(`journey/${journey}`);
  return found?.kind === 'journey' && found.body.status !== 'live' ? `not live ${journey}` : '';
}

function bounces({ message }: TestBody['play'][number]): boolean {
  return isMap(message) && message.status === 'bounced';
}

/** Addresses that are given. Only one that bounced is known to the store by itself, and then for whoever has it. */
function addressesOf({ given, play }: TestBody): readonly string[] {
  const people = [given, ...play.flatMap((line) => [line.identify, line.traits])].filter(isMap);
  const said = people.flatMap((person) =>
    ['email', 'phone', 'push_token'].flatMap((name) =>
      typeof person[name] === 'string' ? [`${name} ${person[name]}`] : [],
    ),
  );
  return [...new Set(said)];
}

/** Rows that are told of, by their keys: two tests that name the same would speak of one row. */
function rowsOf({ given, play }: TestBody, byName: ByName): readonly string[] {
  const rows = [
    ...Object.entries(given),
    ...play.flatMap((line) => (isMap(line.set) ? [[String(line.entity), line.set] as const] : [])),
  ];
  const keys = rows.flatMap(([name, row]) => {
    const entity = byName.get(`entity/${name}`);
    return entity?.kind === 'entity' && isMap(row) ? [`${name} ${row[entity.body.key]}`] : [];
  });
  return [...new Set(keys)];
}

/** Whether a value of a test is one with names: a row, consents, what a person says. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether what becomes of a person in the journey depends on other people. */
function readsEverybody(journey: string, byName: ByName): boolean {
  const everybodys = [...byName.values()].filter(({ kind }) => ['pressure', 'country', 'identity'].includes(kind));
  const open = [`journey/${journey}`, ...everybodys.map(({ kind, id }) => `${kind}/${id}`)];
  const seen = new Set(open);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const one = byName.get(name);
    if (one === undefined) continue;
    if (isOfEverybody(one)) return true;
    for (const need of one.needs) {
      if (!seen.has(need)) open.push(need);
      seen.add(need);
    }
  }
  return false;
}

function isOfEverybody(one: BundleResource): boolean {
  switch (one.kind) {
    case 'trait':
      return one.body.origin === 'computed' && 'refresh' in one.body.definition;
    case 'journey':
      return one.body.entry.maxEntries !== undefined || allSteps(one.body.steps).some(learns);
    case 'channel':
      return one.body.desk !== undefined;
    case 'loyalty':
      return /"(stock|pool|budget)":(?!null)/.test(JSON.stringify(one.body));
    case 'identity':
      return (one.body.match ?? []).length > 0;
    default:
      return false;
  }
}

function learns({ do: action }: StepBody): boolean {
  return action.kind === 'split' && ['winner', 'bandit'].includes(action.choose.kind);
}

function asPlayed(bundle: Bundle, tested: ReadonlySet<string>): Bundle {
  const resources = runnable(bundle).resources.map((one) => {
    const body = bodyPlayed(one, tested);
    return body === one.body ? one : ({ ...one, body, digest: digestOf(body) } as BundleResource);
  });
  const whole = [...resources, ...missingTemplates(resources)].sort(
    (a, b) => compareText(a.kind, b.kind) || compareText(a.id, b.id),
  );
  return { digest: digestOfResources(whole), resources: whole };
}

/** Where no file declares any template, sends name what is not written yet: a journey can be tested before. */
function missingTemplates(resources: readonly BundleResource[]): readonly BundleResource[] {
  const known = new Set(resources.flatMap(({ kind, id }) => (kind === 'template' ? [id] : [])));
  const workspace = resources.find((one) => one.kind === 'workspace');
  const locale = workspace?.kind === 'workspace' ? workspace.body.locale : 'en';
  const asked = resources.flatMap((one) => (one.kind === 'journey' ? allSteps(one.body.steps) : []));
  const missing = new Set(
    asked.flatMap(({ do: action }) => (action.kind === 'send' && !known.has(action.template) ? [action.template] : [])),
  );
  const body = { forms: { any: { [locale]: { text: '' } } } };
  return [...missing].map((id) => ({ kind: 'template', id, digest: digestOf(body), body, meta: {}, needs: [] }));
}

function bodyPlayed(one: BundleResource, tested: ReadonlySet<string>): BundleResource['body'] {
  switch (one.kind) {
    case 'workspace': {
      const { allow: _, ...body } = one.body;
      return one.body.allow === undefined ? one.body : body;
    }
    case 'channel':
      // What leaves is written to a file of the run's, whoever the provider is.
      return one.body.desk !== undefined
        ? one.body
        : { ...one.body, via: { kind: 'log', path: `.parcours/outbox/${one.id}.jsonl` } };
    case 'country':
      // Nobody of a test stands in a register, which nobody imported either.
      return one.body.registers.length === 0 ? one.body : { ...one.body, registers: [] };
    case 'journey':
      return tested.has(one.id) && one.body.status !== 'live' ? { ...one.body, status: 'live' } : one.body;
    default:
      return one.body;
  }
}
