/** Who is kept back for a month: nothing is lost silently, and each place where somebody looks says why. */
import { describe, expect, it } from 'vitest';
import { pressureView } from '../../../engine/cli/views/pressure-view.ts';
import { styleOf } from '../../../engine/cli/views/style.ts';
import { explainProfile } from '../../../engine/measure/person/explain-profile.ts';
import { readPressure } from '../../../engine/measure/pressure/pressure.ts';
import { readReport } from '../../../engine/measure/report/report.ts';
import { house } from '../pressure-house.ts';
import { scenario } from '../scenario.ts';

describe('edge case 26: a person who is capped for 30 days in a row', () => {
  it('is seen in the report by cap and journey, and in the explanation message by message', async () => {
    const s = await scenario(
      house('caps: [ { id: monthly, max: 1, rolling: 31d } ]\nvalid_for: 12h', [
        { id: 'big', priority: 90 },
        { id: 'small', priority: 10, on: 'visited' },
      ]),
    );
    await s.event('ana', 'signed_up');
    for (let day = 0; day < 30; day += 1) {
      await s.advance('1d');
      await s.event('ana', 'visited');
    }
    await s.advance('12h');
    expect(await s.sent()).toEqual(['ana big 2026-03-02 10:00']);

    const report = await s.store.withSession((session) => readReport(session, { since: null, until: null }));
    expect(report.heldBack).toMatchObject([
      { rule: 'cap house/monthly', deferred: 30, waiting: 0, byJourney: { small: 30 } },
      { rule: 'expired', expired: 30, byJourney: { small: 30 } },
    ]);
    expect(report.channels.find(({ journey }) => journey === 'small')).toMatchObject({ left: 0, expired: 30 });

    const load = { segment: null, at: s.clock.now(), top: 5 };
    const pressure = await s.store.withSession((session) => readPressure(session, load));
    expect(pressure.starved).toEqual([{ journey: 'small', people: 1, messages: 30, days: 29 }]);
    expect(pressureView.human(pressure, styleOf({ isColoured: false }))).toContain(
      'Kept from every message of a journey, in 30 days',
    );

    const [key] = await s.rows<{ lane: number; profileId: number }>(
      'select lane, profile_id as "profileId" from parcours.profile',
    );
    const told = await s.store.withSession((session) => explainProfile(session, key!, ['visited', 'signed_up']));
    const capped = told?.messages.filter(({ journey }) => journey === 'small') ?? [];
    expect(capped).toHaveLength(30);
    for (const { state, decision } of capped)
      expect([state, decision]).toMatchObject(['expired', { deferred_by: ['cap house/monthly'] }]);
  });
});
