/** Between which revisions lanes may go on under the one that they have: what came may only be what nothing else reads. */
import { describe, expect, it } from 'vitest';
import { isQuiet } from '../../../engine/activation/lanes/quiet.ts';
import { compile } from '../../../engine/compiler/compile.ts';
import { link, type Program } from '../../../engine/compiler/program.ts';
import { loadProject } from '../../../engine/config/load-project.ts';
import type { RevisionMove, RevisionRow } from '../../../engine/store/revisions.ts';
import { writeWorkspace } from '../../support/workspace-folder.ts';
import { baseFiles } from '../scenario-files.ts';

const visitors = 'kind: segment\nid: visitors\nwhere: { event: visited }\n';
const visits = 'kind: trait\nid: visits\ncount: { event: visited }\n';
const greet = (wait = '1d') => `kind: journey
id: greet
objective: engagement
entry: { when: { enters: visitors }, current_members: skip }
steps: [ { id: rest, wait: ${wait} }, { id: say, send: { channel: mail, template: named } } ]
`;
const locals = 'kind: country\nid: at\nwhere: { trait: country, is: at }\nzone: Europe/Vienna\n';
const base = [visitors, visits, greet(), locals];
const often = 'kind: segment\nid: often\nwhere: { all: [ { segment: visitors }, { trait: visits, gte: 3 } ] }\n';

interface Compared {
  readonly revision: RevisionRow;
  readonly program: Program;
}

/** A revision of these documents beside the base files, of which some may be others. */
async function revisionOf(
  number: number,
  documents: readonly string[],
  { files = {}, moves = [] as readonly RevisionMove[] } = {},
): Promise<Compared> {
  const root = writeWorkspace({ ...baseFiles, ...files, 'own.yaml': documents.join('---\n') });
  const { project, diagnostics } = await loadProject(root);
  const { bundle, diagnostics: compiled } = compile(project);
  const wrong = [...diagnostics, ...compiled].filter(({ severity }) => severity === 'error');
  if (bundle === null || wrong.length > 0) throw new Error(JSON.stringify(wrong));
  const resources = Object.fromEntries(
    bundle.resources.map(({ kind, id, digest, meta, needs }) => [`${kind}/${id}`, { digest, meta, needs }]),
  );
  const about = { bundle_digest: bundle.digest, git_commit: null, git_dirty: false, author: 'test' };
  return {
    revision: { number, ...about, applied_at: new Date(0), resources, moves, origins: {} },
    program: link(number, bundle.resources),
  };
}

let made: Promise<Compared> | undefined;
/** What the lanes have; made once. */
function lanesHave(): Promise<Compared> {
  made ??= revisionOf(1, base);
  return made;
}

type Files = Readonly<Record<string, string>>;
const quietTo = async (documents: readonly string[], files: Files = {}): Promise<boolean> =>
  isQuiet(await lanesHave(), [], await revisionOf(2, documents, { files }));
const replaced = (file: string, from: string, to: string): Files => ({
  [file]: (baseFiles[file] as string).replace(from, to),
});

describe('lanes go on under their revision', () => {
  it('where segments and computed traits came, whatever these read of what was there and of each other', async () => {
    const twice = 'kind: trait\nid: twice\nformula: visits * 2\n';
    const many = 'kind: segment\nid: many\nwhere: { all: [ { segment: often }, { trait: twice, gte: 9 } ] }\n';
    expect(await quietTo([...base, often, twice, many])).toBe(true);
  });

  it('where somebody begins to read when people were seen, which is kept without being declared', async () => {
    const late = 'kind: segment\nid: late\nwhere: { trait: last_seen_at, exists: true }\n';
    expect(await quietTo([...base, late])).toBe(true);
  });

  it('where words and tests came, went or changed, which no lane reads', async () => {
    const test =
      'kind: test\nid: greets\njourney: greet\ngiven: {}\nstart: 2026-03-02T10:00\nplay: [ { event: visited } ]\n';
    expect(await quietTo([...base, test])).toBe(true);
    expect(await quietTo(base, replaced('templates.yaml', 'text: "Hello {{first_name}}"', 'text: Good day'))).toBe(
      true,
    );
    const more = `${baseFiles['templates.yaml']}---\nkind: template\nid: bye\nany:\n  en: { subject: Bye, title: Bye, text: Bye }\n`;
    expect(await quietTo(base, { 'templates.yaml': more })).toBe(true);
  });
});

describe('lanes are taken over first', () => {
  const cases: Readonly<Record<string, readonly [readonly string[], Files?]>> = {
    'a segment changed': [[visitors.replace('visited', 'signed_up'), ...base.slice(1)]],
    'a computed trait changed': [[visitors, visits.replace('visited', 'signed_up'), greet(), locals]],
    'a journey changed': [[visitors, visits, greet('2d'), locals]],
    'a trait went': [[visitors, greet(), locals]],
    'a journey came that enters by what is new': [
      [...base, often, greet().replace('greet', 'other').replace('visitors', 'often')],
    ],
    'a journey went': [[visitors, visits, locals]],
    'a rule of pressure came': [
      [
        ...base,
        'kind: pressure\nid: house\ncaps: [ { id: weekly, max: 3, rolling: 7d } ]\nwhen_capped: drop\nvalid_for: 2d\n',
      ],
    ],
    'a country came': [[...base, locals.replace('id: at', 'id: de').replace('is: at', 'is: de')]],
    'a purpose of consent came': [[...base, 'kind: consent\nid: profiling\nbasis: consent\nchannels: [email]\n']],
    'a channel came': [[...base, 'kind: channel\nid: other\ntype: log\n']],
    'an event was declared': [
      base,
      replaced('schema.yaml', 'visited: { page: text }', 'visited: { page: text }\n  seen: { page: text }'),
    ],
    'a trait that sources tell was declared': [
      base,
      replaced('schema.yaml', 'plan: { type: text }', 'plan: { type: text }\n  age: { type: integer }'),
    ],
    'the zone of the workspace changed': [base, replaced('parcours.yaml', 'zone: UTC', 'zone: Europe/Vienna')],
    'people are ranked among everybody': [
      [
        ...base,
        'kind: trait\nid: rank\nquantile: { of: visits, parts: 2, best: highest, refresh: { every: day, at: "03:00" } }\n',
      ],
    ],
    'personas came': [
      [
        ...base,
        `${visits.replace('id: visits', 'id: buys')}`,
        'kind: persona\nid: kinds\npersonas: [ { id: loud, score: visits }, { id: busy, score: buys } ]\nconfidence: 0.7\n',
      ],
    ],
    'events of ours are listened to that nobody heard before': [
      [...base, 'kind: segment\nid: clean\nwhere: { event: journey_entered }\n'],
    ],
  };
  for (const [what, [documents, files]] of Object.entries(cases)) {
    it(`where ${what}`, async () => {
      expect(await quietTo(documents, files)).toBe(false);
    });
  }

  it('where something was renamed', async () => {
    const moves = [{ resource: 'segment/guests', from: 'visitors' }];
    expect(isQuiet(await lanesHave(), [], await revisionOf(2, base, { moves }))).toBe(false);
  });

  it('where a revision in between was more than that, though it was taken back', async () => {
    const between = await revisionOf(2, [visitors, visits, greet('2d'), locals]);
    const after = await revisionOf(3, [...base, often]);
    expect(isQuiet(await lanesHave(), [], after)).toBe(true);
    expect(isQuiet(await lanesHave(), [between.revision], after)).toBe(false);
  });

  it('but not for a segment that came in between and changed again, which no lane knew', async () => {
    const between = await revisionOf(2, [...base, often]);
    const after = await revisionOf(3, [...base, often.replace('gte: 3', 'gte: 4')]);
    expect(isQuiet(await lanesHave(), [between.revision], after)).toBe(true);
    expect(isQuiet(between, [], after)).toBe(false);
  });
});
