/**
 * The segments of `examples/shop`, which docs/segments.md explains: a few people each, imported through the example's sources, and who
 * is in on a certain day, an hour later, and the day after.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../cli/command-line.ts';

const example = fileURLToPath(new URL('../../examples/shop/', import.meta.url));
const noon = '2026-03-17T12:00:00Z';

interface Happening {
  readonly who: string;
  readonly at: string;
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

const order = (who: string, at: string, total: string, more: Readonly<Record<string, unknown>> = {}): Happening => ({
  who,
  at,
  type: 'order_placed',
  properties: { order_id: `${who} ${at}`, total, ...more },
});
const cart = (who: string, at: string, cartId = `cart of ${who}`): Happening => ({
  who,
  at,
  type: 'cart_updated',
  properties: { cart_id: cartId, total: '60 EUR', items: 2 },
});
const visit = (who: string, at: string): Happening => ({ who, at, type: 'site_visited', properties: { page: '/' } });

/** Names tell what to expect; who is called `v…` is a visitor known by his device alone. */
const happenings: readonly Happening[] = [
  cart('left-cart', '2026-03-17T10:00:00Z'),
  cart('just-left-cart', '2026-03-17T11:30:00Z'),
  cart('still-filling', '2026-03-17T10:00:00Z'),
  cart('still-filling', '2026-03-17T10:40:00Z'),
  cart('bought-cart', '2026-03-17T10:00:00Z'),
  order('bought-cart', '2026-03-17T10:20:00Z', '60 EUR', { cart_id: 'cart of bought-cart' }),
  cart('bought-another', '2026-03-17T10:00:00Z'),
  order('bought-another', '2026-03-17T10:20:00Z', '20 EUR', { cart_id: 'another cart' }),
  cart('v-left-cart', '2026-03-16T10:00:00Z'),
  order('once', '2026-01-10T10:00:00Z', '30 EUR'),
  order('once-lately', '2026-03-10T10:00:00Z', '30 EUR'),
  order('large', '2025-11-02T10:00:00Z', '500 EUR'),
  order('very-large', '2025-05-01T10:00:00Z', '1600 EUR'),
  order('was-large', '2025-01-02T10:00:00Z', '5000 EUR'),
  ...['2025-07-01', '2025-09-01', '2025-11-01'].map((day) =>
    order('one-category', `${day}T10:00:00Z`, '10 EUR', { category: 'tea' }),
  ),
  ...['tea', 'tea', 'cups'].map((category, i) =>
    order('two-categories', `2025-0${7 + i}-01T10:00:00Z`, '10 EUR', { category }),
  ),
  order('lost', '2024-06-01T10:00:00Z', '10 EUR'),
  order('reader', '2024-06-01T10:00:00Z', '10 EUR'),
  visit('reader', '2026-03-01T10:00:00Z'),
  order('acts', '2025-06-01T10:00:00Z', '10 EUR'),
  { who: 'leaving', at: '2026-03-05T10:00:00Z', type: 'termination_terms_read', properties: { page: '/terms' } },
  {
    who: 'leaving',
    at: '2026-03-06T10:00:00Z',
    type: 'complaint_opened',
    properties: { ticket_id: 't1', topic: 'late' },
  },
  {
    who: 'annoyed',
    at: '2026-03-06T10:00:00Z',
    type: 'complaint_opened',
    properties: { ticket_id: 't2', topic: 'late' },
  },
  visit('ask-consent', '2026-02-01T10:00:00Z'),
  order('regular', '2026-03-01T10:00:00Z', '10 EUR'),
  order('regular', '2026-03-15T10:00:00Z', '10 EUR'),
  // In Paris it is 1 March already.
  order('nearly-regular', '2026-02-28T23:30:00Z', '10 EUR'),
  order('nearly-regular', '2026-03-15T10:00:00Z', '10 EUR'),
  order('not-regular', '2026-02-28T22:30:00Z', '10 EUR'),
  order('not-regular', '2026-03-15T10:00:00Z', '10 EUR'),
];

/** Enough who came back for a model to be told by: two or three orders each, some weeks between them, a while ago. */
const former: readonly Happening[] = Array.from({ length: 45 }, (_, i) => i).flatMap((i) =>
  Array.from({ length: 2 + (i % 2) }, (_unused, k) => {
    const at = Date.UTC(2024, 0, 5 + 3 * i + k * (20 + 7 * (i % 5)), 10);
    return order(`former-${i}`, new Date(at).toISOString(), `${20 + i} EUR`);
  }),
);
/** Six orders, three weeks between them. */
const regularly = (who: string, from: number, category: string): readonly Happening[] =>
  Array.from({ length: 6 }, (_, k) =>
    order(who, new Date(from + k * 21 * 86_400_000).toISOString(), '12 EUR', { category }),
  );

const customers = [
  ['ask-consent', 'ask@shop.example', '', ''],
  ['birthday', '', '1990-03-20', ''],
  ['birthday-today', '', '1990-03-17', ''],
  ['false-default', '', '1970-01-01', ''],
  ['annoyed', '', '', '2026-04-20'],
];

const expected: Readonly<Record<string, readonly string[]>> = {
  'bought-lately': ['bought-another', 'bought-cart', 'nearly-regular', 'not-regular', 'regular'],
  'cart-abandoners': ['left-cart', 'still-filling'],
  'anonymous-cart-abandoners': ['v-left-cart'],
  'one-order-customers': ['acts', 'large', 'lost', 'once', 'reader', 'very-large', 'was-large'],
  'large-customers': ['large', 'very-large'],
  'one-category-only': ['faithful', 'one-category'],
  'not-really-lost': ['reader'],
  'inactive-buyers-who-act': ['acts'],
  'about-to-leave': ['leaving'],
  'consent-to-complete': ['ask-consent'],
  'birthday-this-week': ['birthday'],
  'regulars-of-the-month': ['nearly-regular', 'regular'],
  'slipping-away': ['slipping'],
  'tea-people': ['faithful', 'one-category', 'two-categories'],
};

let shop: CommandLine;

beforeAll(async () => {
  shop = await commandLine(filesOf(example));
  const all = [
    ...happenings,
    ...former,
    ...regularly('faithful', Date.UTC(2025, 10, 26, 10), 'tea'),
    ...regularly('slipping', Date.UTC(2024, 2, 1, 10), 'cups'),
  ];
  const clicks = all.map(({ who, ...rest }) =>
    JSON.stringify({ ...(who.startsWith('v-') ? { visitor: who } : { customer: who }), ...rest }),
  );
  writeFileSync(join(shop.root, 'clicks.jsonl'), clicks.join('\n'));
  const rows = [['customer', 'email', 'birth_date', 'membership_ends_at'], ...customers];
  writeFileSync(join(shop.root, 'customers.csv'), rows.map((row) => row.join(',')).join('\n'));
  await parcours(`apply --yes --now ${noon}`);
  await parcours(`import clicks clicks.jsonl --now ${noon}`);
  await parcours(`import customers customers.csv --now ${noon}`);
  await shop.store.withSession((session) =>
    session.query(
      `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
       select i.lane, 1, $1, i.profile_id, 'fact', $2::jsonb from parcours.identifier i where i.value = 'acts'`,
      [new Date(noon), JSON.stringify(messageActedOn)],
    ),
  );
  await parcours(`run --once --now ${noon}`);
}, 120_000);

afterAll(() => shop?.drop());

/** What the engine tells itself when a recipient clicks. */
const at = Date.parse('2026-03-17T11:00:00Z');
const messageActedOn = {
  at,
  received: at,
  source: 'parcours',
  trigger: true,
  event: { type: 'message_acted', value: null, unit: null, properties: { message: '1', journey: 'news' } },
};

describe('the segments of the shop', () => {
  it.each(Object.entries(expected))('%s', async (segment, members) => {
    expect(await membersOf(segment)).toEqual(members);
  });

  it('say when what everybody does was worked out, of how many, and how the model stands', async () => {
    const lines = (await parcours(`status --now ${noon}`))
      .split('\n')
      .filter((line) => / 2026-03-17 .*, of /.test(line));
    const model = 'of \\d\\d people, r \\S+ alpha \\S+ a \\S+ b \\S+ in weeks$';
    expect(lines).toEqual([
      expect.stringMatching(/^everybody +best_hour 2026-03-17 12:00 UTC, of 3 people$/),
      expect.stringMatching(`churn_risk 2026-03-17 12:00 UTC, ${model}`),
      expect.stringMatching(`clv 2026-03-17 12:00 UTC, ${model}`),
      expect.stringMatching(/favourite_category 2026-03-17 12:00 UTC, of 4 people$/),
    ]);
  });

  it('are as many as the example declares', () => {
    const declared = Object.entries(filesOf(example)).flatMap(([path, text]) =>
      path.startsWith('segments/') ? [...text.matchAll(/^id: (.*)$/gm)].map((match) => match[1]) : [],
    );
    expect(declared.sort()).toEqual(Object.keys(expected).sort());
  });

  it('are shown on their page as they stand in the example', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/segments.md', import.meta.url)), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => (match[1] as string).trim());
    const texts = Object.values(filesOf(example)).join('\n');
    expect(blocks.length).toBeGreaterThanOrEqual(9);
    expect(blocks.filter((block) => !texts.includes(block))).toEqual([]);
  });

  it('follow time alone: a cart becomes an abandoned one, a birthday begins and ends', async () => {
    await parcours('run --until 2026-03-17T12:29:59Z --now 2026-03-17T12:00:00Z');
    expect(await membersOf('cart-abandoners')).toEqual(['left-cart', 'still-filling']);
    await parcours('run --until 2026-03-17T12:30:00Z --now 2026-03-17T12:29:59Z');
    expect(await membersOf('cart-abandoners')).toEqual(['just-left-cart', 'left-cart', 'still-filling']);
    await parcours('run --until 2026-03-19T22:59:59Z --now 2026-03-17T12:30:00Z');
    expect(await membersOf('birthday-this-week')).toEqual(['birthday']);
    // Midnight in Paris.
    await parcours('run --until 2026-03-19T23:00:00Z --now 2026-03-19T22:59:59Z');
    expect(await membersOf('birthday-this-week')).toEqual([]);
  });

  it('begin anew with the month of the person', async () => {
    await parcours('run --until 2026-03-31T21:59:59Z --now 2026-03-19T23:00:00Z');
    expect(await membersOf('regulars-of-the-month')).toEqual(['nearly-regular', 'regular']);
    await parcours('run --until 2026-03-31T22:00:00Z --now 2026-03-31T21:59:59Z');
    expect(await membersOf('regulars-of-the-month')).toEqual([]);
  });
});

async function parcours(line: string): Promise<string> {
  const { code, out, err } = await shop.run(line);
  expect(err.split('\n').filter((text) => text.startsWith('error'))).toEqual([]);
  expect(code).toBe(0);
  return out;
}

async function membersOf(segment: string): Promise<readonly string[]> {
  const rows = await shop.store.withSession((session) =>
    session.query<{ who: string }>(
      `select i.value as who from parcours.membership m join parcours.identifier i using (lane, profile_id)
       where m.segment = $1 and m.is_member order by i.value collate "C"`,
      [segment],
    ),
  );
  return rows.map(({ who }) => who);
}

function filesOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}
