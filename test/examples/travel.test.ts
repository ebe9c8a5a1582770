/** The example of bookings, end to end: rows of three files, who leaves soon, what the desk changes, and what is told of a person. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../cli/command-line.ts';

const example = fileURLToPath(new URL('../../examples/travel/', import.meta.url));
let travel: CommandLine;

beforeAll(async () => {
  travel = await commandLine(filesOf(example));
  expect(await parcours('plan --now 2026-06-01T12:00Z')).toContain('entity/booking');
  await parcours('apply --yes --now 2026-06-01T12:00Z');
}, 120_000);

afterAll(() => travel?.drop());

describe('the bookings', () => {
  it('come in by three files, of which one names no people', async () => {
    const bookings = JSON.parse(await parcours('import bookings data/bookings.jsonl --json --now 2026-06-01T12:00Z'));
    expect(bookings).toMatchObject({ rows: 6, facts: 6, rejected: 0, rowsChanged: 6, refused: 1 });
    const joined = await parcours('import passengers data/passengers.csv --now 2026-06-01T12:00Z');
    expect(joined).toContain('2 changes of rows or of who is tied to them');
    expect(await parcours('import passengers data/passengers.csv --now 2026-06-01T12:00Z')).toContain('Nothing to do');
    await parcours('run --once --now 2026-06-01T12:00Z');
  });

  it('bring in who leaves within a week and is not insured, whoever he is in them', async () => {
    // Of T-104 gus is no more; T-101 is an option; leo joined T-100 at the counter.
    expect(await membersOf('leaves-uninsured')).toEqual(['ana', 'ben@house.example', 'hal', 'ivy', 'leo']);
    expect(await membersOf('travels-with-others')).toEqual(['ana', 'cleo', 'dan', 'hal']);
    // Of fay it is known that another trip is ahead.
    expect(await membersOf('back-home')).toEqual([]);
  });

  it('are as the desk changed them, and no older word of it counts', async () => {
    const desk = JSON.parse(await parcours('import desk data/desk.csv --json --trigger --now 2026-06-02T12:00Z'));
    expect(desk).toMatchObject({ rows: 4, facts: 4, rejected: 0, rowsChanged: 3, newProfiles: 0 });
    await parcours('run --once --now 2026-06-02T12:00Z');
    expect(await membersOf('leaves-uninsured')).toEqual(['cleo']);
  });

  it('are passed by time', async () => {
    await parcours('run --until 2026-06-04T17:00Z --now 2026-06-02T12:00Z');
    // At 18:00 in Paris cleo has left.
    expect(await membersOf('leaves-uninsured')).toEqual([]);
    await parcours('run --until 2026-06-08T08:01Z --now 2026-06-04T17:00Z');
    expect(await membersOf('leaves-uninsured')).toEqual(['hal', 'ivy']);
    expect(await membersOf('back-home')).toEqual(['ana', 'ben@house.example', 'cleo', 'leo']);
  });

  it('are told of a person, and why he is in a segment', async () => {
    const told = await parcours('explain customer:hal');
    expect(told).toContain(
      'Rows\n  booking T-104, as booker and traveller, last changed 2026-06-02 10:00 UTC\n      departs_at: 2026-06-15T08:00Z\n',
    );
    expect(told).toContain('      price: 2100 EUR\n      status: confirmed\n');
    const json = JSON.parse(await parcours('explain customer:hal --json'));
    expect(json.entities).toMatchObject([
      { entity: 'booking', key: 'T-104', roles: ['booker', 'traveller'], source: 'desk' },
    ]);
    const why = await parcours('explain customer:hal --segment leaves-uninsured --now 2026-06-08T12:00Z');
    expect(why).toMatch(/✓ \{ entity: booking, .*\} {2}1 row/);
  });
});

async function parcours(line: string): Promise<string> {
  const { code, out, err } = await travel.run(line);
  expect(err.split('\n').filter((text) => text.startsWith('error'))).toEqual([]);
  expect([0, 2]).toContain(code);
  return out;
}

async function membersOf(segment: string): Promise<readonly string[]> {
  const rows = await travel.store.withSession((session) =>
    session.query<{ who: string }>(
      `select i.value as who from parcours.membership m join parcours.identifier i using (lane, profile_id)
       where m.segment = $1 and m.is_member order by i.value collate "C"`,
      [segment],
    ),
  );
  return rows.map(({ who }) => who);
}

function filesOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), readFileSync(path, 'utf8')];
    }),
  );
}
