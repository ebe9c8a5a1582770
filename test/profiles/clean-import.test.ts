/** Rules of cleaning where they are applied: alike in files, calls and rows of entities, before people are looked up; and what was written is kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { CountryBody, SourceBody, TraitBody } from '../../engine/compiler/ir.ts';
import { readCall } from '../../engine/profiles/calls/read-call.ts';
import { type Declarations, declarationsOf } from '../../engine/profiles/declarations.ts';
import { findProfile } from '../../engine/profiles/find-profile.ts';
import { importFile } from '../../engine/profiles/import-file.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { mapRow } from '../../engine/profiles/map-row.ts';
import { equalRows } from '../../engine/profiles/message-id.ts';
import { showProfile } from '../../engine/profiles/show-profile.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { declared as base, fileOf, reading, sourceOf } from './sources.ts';

const noon = new Date('2026-03-01T12:00:00Z');
const text = { origin: 'sourced', type: 'text', values: null, ignore: [] } satisfies TraitBody;
const traits: Readonly<Record<string, TraitBody>> = {
  country: { ...text, clean: 'country' },
  last_name: { ...text, clean: 'name' },
  phone: { ...text, clean: 'phone' },
  postal_code: { ...text, clean: 'postal_code' },
  born_on: { ...text, type: 'date', clean: 'date' },
};
const mexico: CountryBody['phone'] = { prefix: 52, mobile: [], repair: [{ from: '^\\+521(\\d{10})$', to: '+52$1' }] };
const declared: Declarations = {
  ...base,
  traits: new Map(Object.entries(traits)),
  identity: {
    mergeBy: [{ identifier: 'phone', atMost: null, never: [] }],
    ...{ maxProfiles: 50, survivorship: {}, clean: { email: 'email', phone: 'phone' } },
  },
  phones: new Map([['MX', mexico]]),
};
const columns = Object.keys(traits);
const traitColumns = (path: string): SourceBody['traits'] =>
  columns.map((trait) => ({ trait, type: trait === 'born_on' ? 'date' : 'text', from: reading(`${path}${trait}`) }));
const till: SourceBody = sourceOf({
  identifiers: [
    { type: 'phone', column: 'phone' },
    { type: 'email', column: 'email' },
  ],
  traits: traitColumns(''),
  country: 'FR',
});

function mapped(cells: Readonly<Record<string, string>>, source: SourceBody = till) {
  return mapRow(
    { kind: 'row', line: 2, cells },
    { ...{ source, declared, sourceId: 'till', trigger: false, received: noon.getTime() }, equalRows: equalRows() },
  );
}

describe('a row', () => {
  it('is cleaned by the country that it names, else by that of its source', () => {
    const home = mapped({ phone: '06 12 34 56 78', postal_code: '1000', born_on: '5/3/84', last_name: 'DE LA TOUR' });
    expect(home).toMatchObject({
      fact: {
        identifiers: [{ type: 'phone', value: '+33612345678', cleaned: { raw: '06 12 34 56 78', by: 'phone' } }],
        fact: {
          traits: {
            phone: '+33612345678',
            postal_code: '01000',
            born_on: Date.UTC(1984, 2, 5) / 86_400_000,
            last_name: 'de la Tour',
          },
          cleaned: { born_on: { raw: '5/3/84', by: 'date' }, last_name: { raw: 'DE LA TOUR', by: 'name' } },
        },
      },
    });
    const abroad = mapped({ phone: '+52 1 55 1234 5678', country: 'Mexique', email: 'Ana <ANA@Example.org>' });
    expect(abroad).toMatchObject({
      fact: {
        identifiers: [{ value: '+525512345678' }, { value: 'ana@example.org', cleaned: { by: 'email' } }],
        fact: {
          traits: { country: 'MX', phone: '+525512345678' },
          cleaned: { country: { raw: 'Mexique', by: 'country' } },
        },
      },
    });
  });

  it('that holds no such thing is rejected without its values, or goes without that value', () => {
    expect(mapped({ phone: 'call me', email: 'ana@example.org' })).toEqual({
      ...{ kind: 'reject', line: 2, columns: ['phone'] },
      reason: 'not an identifier: not a telephone number in FR',
    });
    expect(mapped({ email: 'ana@example.org', postal_code: '75' })).toMatchObject({
      reason: 'not a postal code in FR',
    });
    const lenient = mapped(
      { phone: 'call me', email: 'ana@example.org', postal_code: '75' },
      { ...till, isLenient: true },
    );
    expect(lenient).toMatchObject({ fact: { identifiers: [{ type: 'email', value: 'ana@example.org' }], fact: {} } });
    expect(lenient).not.toHaveProperty('fact.fact.traits');
  });

  it('that is clean keeps nothing besides', () => {
    const clean = mapped({ phone: '+33612345678', email: 'ana@example.org', country: 'FR', last_name: 'de la Tour' });
    expect(clean).not.toHaveProperty('fact.fact.cleaned');
    expect(clean).not.toHaveProperty('fact.identifiers.0.cleaned');
  });
});

describe('a call', () => {
  const source: SourceBody = {
    ...till,
    identifiers: [
      { type: 'external_id', column: 'userId' },
      { type: 'phone', column: 'traits.phone' },
    ],
    traits: traitColumns('traits.'),
    api: { writeKeys: [], group: null },
  };
  const call = (traitsOf: Readonly<Record<string, string>>) =>
    readCall(
      'identify',
      { userId: 'u1', traits: traitsOf },
      { sourceId: 'web', source, declared, received: noon.getTime() },
    );

  it('is cleaned as a row is', () => {
    expect(
      call({ phone: '0044 20 7946 0958', country: 'uk', lastName: 'MCDONALD', postalCode: 'sw1a1aa' }),
    ).toMatchObject({
      kind: 'fact',
      fact: {
        identifiers: [{ value: 'u1' }, { value: '+442079460958' }],
        fact: {
          traits: { country: 'GB', last_name: 'McDonald', postal_code: 'SW1A 1AA' },
          cleaned: { postal_code: { raw: 'sw1a1aa', by: 'postal_code' } },
        },
      },
    });
    expect(call({ phone: 'none' })).toEqual({
      ...{ kind: 'bad' },
      reasons: ['/traits/phone: not an identifier: not a telephone number in FR'],
    });
  });
});

describe('people', () => {
  let store: TestStore;
  let session: OwnSession;
  beforeAll(async () => {
    store = await testStore();
    session = await store.session();
  });
  afterAll(async () => {
    await session.close();
    await store.drop();
  });

  it.each(['lanes', 'inbox'] as const)(
    'are found by what is clean, and what was written is shown (%s)',
    async (through) => {
      const digit = through === 'lanes' ? '1' : '2';
      const path = fileOf(
        `phone,email,country,last_name,postal_code,born_on\n06 12 34 56 7${digit},,,TOUR,,\n+33 6 12 34 56 7${digit},,fr,Tour,,\n`,
      );
      const summary = await importFile({
        ...{ session, sourceId: through, source: till, declared, path, clock: jumpingClock(noon), through },
        ...{ trigger: false, rejectsPath: null },
      });
      expect(summary).toMatchObject({ facts: 2, newProfiles: 1 });
      const place = await findProfile(session, `phone:+3361234567${digit}`);
      const shown = place && (await showProfile(session, place));
      const identifier = {
        of: 'identifier',
        name: 'phone',
        raw: `06 12 34 56 7${digit}`,
        value: `+3361234567${digit}`,
        by: 'phone',
      };
      expect(shown?.cleaned).toContainEqual({ ...identifier, source: null, observed_at: null });
      if (through === 'lanes') {
        const country = shown?.cleaned.find(({ name }) => name === 'country');
        expect(country).toMatchObject({ of: 'trait', raw: 'fr', value: 'FR', by: 'country', source: 'lanes' });
      }
    },
  );

  it('are told by who told it first, when it comes again clean', async () => {
    const one = { at: noon.getTime(), received: noon.getTime(), source: 'x', trigger: false };
    const facts = ['a', 'b'].map((messageId) => ({
      messageId,
      identifiers: [{ type: 'phone', value: '+33699999999' }],
      fact: one,
    }));
    const summary = await ingestFacts(session, facts, { now: noon });
    expect(summary.newProfiles).toBe(1);
  });
});

describe('the declarations of a bundle', () => {
  it('know how countries write numbers by their codes', () => {
    const country = (id: string, values: readonly string[]) => ({
      ...{ kind: 'country', id, digest: '' },
      body: { where: { kind: 'trait', trait: 'country', type: 'text', test: { op: 'in', values } }, phone: mexico },
    });
    const workspace = { kind: 'workspace', id: 'w', digest: '', body: base.workspace };
    const resources = [workspace, country('north', ['Mexico', 'US']), country('ar', [])];
    const found = declarationsOf({ digest: '', resources } as unknown as Parameters<typeof declarationsOf>[0]);
    expect([...(found?.phones?.keys() ?? [])]).toEqual(['MX', 'US', 'AR']);
  });
});
