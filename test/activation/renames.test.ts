/** People and what is known of them follow a journey, a segment or a step that gets another name (`moved:`). */
import { expect, it } from 'vitest';
import { scenario } from './scenario.ts';
import { note, signUp, way } from './steps-yaml.ts';

const resting = (more = '') => way(`  - id: rest\n    wait: 2d\n${note('hello')}`, more);

it('a renamed journey takes its people along, and lets nobody in twice', async () => {
  const s = await scenario(resting('holdout: 50%\ngoal: { event: order_placed, within: 30d }'));
  for (const who of ['ana', 'ben', 'cat', 'dan']) await signUp(s, who);
  const before = await s.rows<{ profile_id: number; holdout: string | null; entered_at: Date }>(
    'select profile_id, holdout, entered_at from parcours.enrollment order by profile_id',
  );
  await s.reapply(
    resting('holdout: 50%\ngoal: { event: order_placed, within: 30d }').replace('id: way', 'id: path\nmoved: way'),
  );
  const after = await s.rows('select profile_id, holdout, entered_at from parcours.enrollment order by profile_id');
  expect(after).toEqual(before);
  expect(new Set((await s.enrollments()).map((one) => one.journey))).toEqual(new Set(['path']));
  for (const who of ['ana', 'eve', 'fay', 'gil']) await signUp(s, who);
  await s.advance('2d 1h');
  const treated = (await s.enrollments()).filter((one) => one.who === 'ana' && one.n === 1);
  expect(treated).toHaveLength(1);
  expect(await s.rows(`select origins from parcours.revision where number = 2`)).toEqual([
    { origins: { 'journey/path': ['way'] } },
  ]);
});

it('a renamed journey draws its holdout by its first name', async () => {
  const named = (id: string, more = '') => resting('holdout: 50%').replace('id: way', `id: ${id}${more}`);
  const plain = await scenario(named('way'));
  const moved = await scenario(named('way'));
  await moved.reapply(named('path', '\nmoved: way'));
  await moved.reapply(named('trail', '\nmoved: path'));
  const people = ['ana', 'ben', 'cat', 'dan', 'eve', 'fay', 'gil', 'hal'];
  for (const s of [plain, moved]) for (const who of people) await signUp(s, who);
  const held = (s: typeof plain) =>
    s.rows('select profile_id % 1000 as who, exit_as from parcours.enrollment order by profile_id');
  expect(await held(moved)).toEqual(await held(plain));
});

it('a renamed segment keeps its members, since when they are in it, and enters nobody anew', async () => {
  const files = (segment: string, more = '') => ({
    'scenario.yaml': way(note('hello')).replace(
      /entry:[\s\S]*?steps:/,
      `entry: { when: { enters: ${segment} }, current_members: enter, reentry: always }\nsteps:`,
    ),
    'segment.yaml': `kind: segment\nid: ${segment}\n${more}where: [ { trait: plan, is: free } ]\n`,
  });
  const s = await scenario(files('freeloaders'));
  await s.traits('ana', { plan: 'free' });
  await s.advance('1d');
  const rows = 'select profile_id, since from parcours.membership where is_member';
  const before = await s.rows(rows);
  expect(before).toHaveLength(1);
  await s.reapply(files('guests', 'moved: freeloaders\n'));
  await s.advance('1d');
  expect(await s.rows(rows)).toEqual(before);
  // Its journey begins as before, so nobody who is in the segment already is brought in by the new name.
  expect(await s.members('guests')).toEqual(['ana']);
  expect(await s.sent()).toHaveLength(1);
});

it('a renamed step keeps who waits in it, and its messages', async () => {
  const policy = 'in_flight: { policy: migrate }';
  const s = await scenario(way(`${note('hello')}\n  - id: rest\n    wait: 2d\n${note('welcome')}`, policy));
  await signUp(s, 'ana');
  await s.advance('1d');
  const renamed = `  - id: greet\n    moved: hello\n    send: { channel: diary, template: hello }\n  - id: pause\n    moved: rest\n    wait: 5d\n`;
  await s.reapply(way(`${renamed}${note('welcome')}`, policy));
  expect(await s.ways()).toEqual(['ana way at pause']);
  await s.advance('1d 1h');
  expect((await s.sent()).at(-1)).toContain('ana welcome');
  expect(await s.rows('select step from parcours.message order by message_id')).toEqual([
    { step: 'greet' },
    { step: 'welcome' },
  ]);
});

it('lanes that were behind for several revisions take people through what each of them said', async () => {
  const s = await scenario(way(`  - id: one\n    wait: 20d\n${note('hello')}`));
  await signUp(s, 'ana');
  const migrate = 'in_flight: { policy: migrate }';
  await s.reapply(way(`  - id: two\n    moved: one\n    wait: 20d\n${note('hello')}`, migrate), { settles: false });
  await s.reapply(
    way(`  - id: three\n    moved: two\n    wait: 30d\n${note('welcome')}`, migrate).replace(
      'id: way',
      'id: path\nmoved: way',
    ),
  );
  expect(await s.ways()).toEqual(['ana path at three']);
  expect(await s.deadLetters()).toEqual([]);
});

it('a name that another journey had before may be taken: what that left behind is set aside', async () => {
  const named = (id: string, more = '') => resting().replace('id: way', `id: ${id}${more}`);
  const s = await scenario({ 'a.yaml': named('path'), 'b.yaml': named('way') });
  await signUp(s, 'ana');
  await s.advance('3d');
  await s.reapply({ 'a.yaml': '', 'b.yaml': named('way') });
  await signUp(s, 'ana');
  await s.reapply({ 'a.yaml': '', 'b.yaml': named('path', '\nmoved: way') });
  const active = (await s.enrollments()).filter((one) => one.state === 'active');
  expect(active.map(({ who, journey, n }) => `${who} ${journey} ${n}`)).toEqual(['ana path 2']);
  expect(new Set((await s.enrollments()).map((one) => one.journey))).toEqual(new Set(['path', 'path/before-3']));
  const contacts = await s.rows<{ journey: string }>('select distinct journey from parcours.contact order by 1');
  expect(contacts.map(({ journey }) => journey)).toEqual(['path', 'path/before-3']);
});

it('arms that were drawn and room that caps have counted follow a renamed journey and step', async () => {
  const files = (id: string, step: string, more = '') => ({
    'scenario.yaml': `kind: journey
id: ${id}
objective: engagement
${more}entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: ${step}
${more === '' ? '' : '    moved: wording\n'}    split:
      - { id: a, weight: 1, steps: [{ id: say-a, send: { channel: diary, template: hello } }] }
      - { id: b, weight: 1, steps: [{ id: say-b, send: { channel: diary, template: hello } }] }
`,
    'house.yaml': `kind: pressure\nid: house\ncaps: [{ id: of-it, max: 1, rolling: 7d, journeys: [${id}] }]\nwhen_capped: drop\n`,
  });
  const s = await scenario(files('way', 'wording'));
  const people = ['ana', 'ben', 'cat', 'dan', 'eve', 'fay'];
  for (const who of people) await signUp(s, who);
  const steps = async () => new Map((await s.decisions()).map((line) => [line.split(' ').slice(0, 2).join(' '), line]));
  const drawn = new Set((await steps()).keys());
  expect(drawn.size).toBe(people.length);
  await s.reapply(files('path', 'words', 'moved: way\n'));
  await s.advance('1d');
  for (const who of people) await signUp(s, who);
  const again = await s.decisions();
  expect(again.slice(people.length).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([...drawn]);
  expect(again.slice(people.length).every((line) => line.endsWith('suppressed cap house/of-it'))).toBe(true);
});
