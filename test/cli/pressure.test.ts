/** `pressure`: the load on people as a distribution, who carries most, and what the rules did. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;

const journey = (id: string, event: string): string => `kind: journey
id: ${id}
objective: engagement
entry: { when: { event: ${event} }, reentry: always }
steps:
  - id: ${id}
    send: { channel: diary, template: thanks, purpose: marketing }
`;

beforeAll(async () => {
  shop = await commandLine({
    ...shopFiles,
    'schema.yaml':
      'kind: schema\nid: shop\nevents:\n  order_placed: { total: money }\n  visited: { page: text }\ntraits:\n  country: { type: text }\n  registered_at: { type: datetime }\n',
    'journey.yaml': `${journey('thank', 'order_placed')}---\n${journey('greet', 'visited')}`,
    'pressure.yaml':
      'kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: 2, rolling: 7d }\nwhen_capped: drop\nvalid_for: 2d\n',
    'source.yaml': `kind: source
id: events
type: file
format: jsonl
identifiers: [ { type: external_id, column: who } ]
future: wait
event: { column: type }
occurred_at: { column: at, format: iso }
message_id: [id]
`,
  });
  const line = (id: number, who: string, type: string, at: string) => JSON.stringify({ id, who, type, at });
  shop.write({
    'events.jsonl': [
      line(1, 'ana', 'order_placed', '2026-03-01T10:00:00Z'),
      line(2, 'ana', 'visited', '2026-03-01T11:00:00Z'),
      line(3, 'ana', 'visited', '2026-03-01T12:00:00Z'),
      line(4, 'bo', 'visited', '2026-03-01T10:00:00Z'),
      line(5, 'bo', 'order_placed', '2026-02-10T10:00:00Z'),
      line(6, 'cleo', 'visited', '2025-06-01T10:00:00Z'),
    ].join('\n'),
  });
  for (const command of [
    'apply --yes --now 2026-02-01',
    'import events events.jsonl --trigger --now 2026-02-01',
    'run --until 2026-03-02 --now 2026-02-01',
  ]) {
    const ran = await shop.run(command);
    if (ran.code !== 0) throw new Error(ran.err);
  }
});
afterAll(() => shop.drop());

describe('pressure', () => {
  it('counts per person, by journey and by rule', async () => {
    const { out } = await shop.run('pressure --json --now 2026-03-02');
    const { loads, shares, burdened, stopped, people } = JSON.parse(out);
    expect(people).toBe(3);
    expect(loads[0]).toMatchObject({
      days: 7,
      people: [
        { messages: 0, people: 1 },
        { messages: 1, people: 1 },
        { messages: 2, people: 1 },
      ],
      messages: 3,
      most: 2,
    });
    expect(loads[1]).toMatchObject({ days: 30, messages: 4, mean: 2 });
    expect(shares).toEqual([
      { journey: 'greet', channel: 'diary', messages: 2, people: 2 },
      { journey: 'thank', channel: 'diary', messages: 2, people: 2 },
    ]);
    expect(burdened.map(({ messages }: { messages: number }) => messages)).toEqual([2, 2]);
    expect(stopped).toEqual([
      {
        ...{ rule: 'cap house/weekly', delayed: 0, waiting: 0, stopped: 1 },
        byJourney: [{ journey: 'greet', delayed: 0, waiting: 0, stopped: 1, people: 1, wanted: 3 }],
      },
    ]);
  });

  it('is of the members of a segment when asked', async () => {
    const { out } = await shop.run('pressure --segment buyers --json --now 2026-03-02');
    expect(JSON.parse(out)).toMatchObject({ segment: 'buyers', people: 2 });
    expect((await shop.run('pressure --segment byers')).err).toContain('Did you mean');
  });

  it('shows bars and tables', async () => {
    const { out } = await shop.run('pressure --top 1 --now 2026-03-02');
    expect(out).toContain('Pressure on 3 people at 2026-03-02 00:00 UTC');
    expect(out).toMatch(/Messages per person in 7 days\n.*\n {2}0 +1 +33\.3 % +#+\n/);
    expect(out).toMatch(/cap house\/weekly +greet 1/);
  });
});
