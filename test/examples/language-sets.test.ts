/**
 * The sixteen sets in which the language was tried, with their shared file: they validate and compile as one workspace, and a
 * slip in any of them is refused on its line. They stand beside the checkout; a clone without them says so.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { parseYaml } from '../../engine/config/parse.ts';
import type { Resource } from '../../engine/config/project.ts';
import { validateDocument } from '../../engine/config/validate.ts';
import type { Diagnostic } from '../../engine/diagnostics/diagnostic.ts';
import { namesMemo } from '../compiler/names-memo.ts';

const folder = fileURLToPath(new URL('../../../shared/language/', import.meta.url));
const isHere = existsSync(folder);
const files = isHere ? readdirSync(folder).filter((file) => file.endsWith('.yaml')) : [];

/** Set, words of it, and what they become. */
const slips: readonly (readonly [set: string, from: string, to: string])[] = [
  ['01', 'kyc_status, is: approved', 'kyc_status, is: aproved'],
  ['01', 'registered_at, before: 7d ago', 'registered_at, before: 7m ago'],
  ['01', 'registered_at, before: 7d ago', 'registered_at, lt: 7'],
  ['01', 'count: { gte: 3 }', 'count: 3'],
  ['01', 'clamp: [0, 100]', 'clamp: [100, 0]'],
  ['01', '{ message: any, status: acted, in_last: 14d }', '{ message: any, status: opened, in_last: 14d }'],
  ['01', 'if: { never: wallet_credited, since: ever }', 'if: { never: wallet_credited }'],
  ['02', '{ points: red-points, between: [120, 149] }', '{ points: red-point, between: [120, 149] }'],
  ['02', 'between: [120, 149]', 'between: [149, 120]'],
  ['02', 'distinct: { of: service, is: 1 }', 'distinct: { of: servic, is: 1 }'],
  ['02', 'at_least: silver', 'at_least: silvr'],
  ['03', 'goal: { event: order_placed, match: cart_id', 'goal: { event: order_placed, match: basket_id'],
  ['03', 'gte: 20 EUR', 'gte: 20'],
  ['03', '{ identified: false }\n  - {', '{ identified: no }\n  - {'],
  ['04', 'field: booking.status, is: confirmed }\ngoal', 'field: booking.statut, is: confirmed }\ngoal'],
  ['04', 'field: booking.insured, is: false', 'field: bookin.insured, is: false'],
  ['06', 'same_as: profile.offer_topic', 'same_as: profile.offer_topik'],
  ['06', 'coalesce: [declared_topic, top_topic]', 'coalesce: [declared_topic, subscriptio]'],
  ['06', 'of: topic, in_last', 'of: topics, in_last'],
  ['07', 'by-score\n    switch: { last: survey_answered.score', 'by-score\n    switch: { last: survey_answered.scor'],
  [
    '08',
    'last: order_rated.score, match: order_id, since: rate, lte: 2',
    'last: order_rated, match: order_id, since: rate, lte: 2',
  ],
  ['09', 'journey: reactivate-inactives, as: let-go }', 'journeys: reactivate-inactives, as: let-go }'],
  ['09', 'otherwise: prospect-silent', 'otherwis: prospect-silent'],
  ['10', 'formula: monthly_margin * 12 * churn_risk / 100', 'formula: monthly_margin * 12 * (churn_risk / 100'],
  ['10', 'formula: monthly_margin * 12 * churn_risk / 100', 'formula: monthly_margin * monthly_margin'],
  ['10', 'value_at_risk, gte: 100 EUR', 'value_at_risk, gte: 100 USD'],
  ['10', 'contract_status, is: active', 'contract_status, is: active, is_not: active'],
  ['11', 'given: { before: 3y ago }', 'given: { befor: 3y ago }'],
  ['11', 'is: unknown }\n  -', 'is: unknwon }\n  -'],
  ['12', 'medium: 100 EUR, large', 'medium: 100 USD, large'],
  ['12', 'medium: 100 EUR, large: 400', 'medium: 400 EUR, large: 400'],
  ['12', 'erfm, is: sleeping-reader } }\nother', 'erfm, is: sleeping-reeder } }\nother'],
  ['12', 'if: { last: order_placed, in_last: 90d }', 'if: { last: order_placed, is: 90d }'],
  ['12', 'not_same_as: profile.favourite_category', 'not_same_as: profile.clv'],
  ['12', 'parts: 5, best: lowest', 'parts: 1, best: lowest'],
  ['12', 'missing: { margin_rate: 0.32 }', 'missing: { margin: 0.32 }'],
  ['13', 'is: philippe }\n', 'is: filippe }\n'],
  ['13', 'from: persona-model }     #', 'from: persona-modl }     #'],
  ['14', 'birth_date:      { type: date', 'birth_date:      { type: dat'],
  ['16', 'country, in: [FR, AR, NG, MX]', 'country, in: [FR, AR, NG, MXX]'],
  ['16', 'country:        { type: enum, values: [AR, NG, MX, FR] }', 'country:        { type: text }'],
  ['00', 'type: print', 'type: prints'],
  ['00', 'basis: contract', 'basis: contrat'],
  ['00', 'rolling: 7d, not_journeys: [abandoned-cart]', 'rolling: 7d, not_journeys: [abandonned-cart]'],
  ['00', '{ segment: sunset }', '{ segment: sunsets }'],
  ['00', 'to: "08:00" }', 'to: "21:00" }'],
  ['00', 'calendar: month', 'calendar: months'],
  ['00', 'valid_for: 48h', 'valid_for: 48'],
  ['00', 'when_capped: defer', 'when_capped: wait'],
  ['00', 'id: mobile-daily', 'id: cart'],
  ['01', 'capacity: { max: 80', 'capacity: { max: -1'],
  ['01', 'rank_by: { trait: closeness_score', 'rank_by: { trait: closeness'],
  ['01', 'days: [mon-fri], from: "09:00"', 'days: [mon-friday], from: "09:00"'],
  ['01', 'from: "09:00", to: "18:00"', 'from: "22:00", to: "23:00"'],
  ['03', 'segment: anonymous-cart-abandoners, leave', 'segment: anonymous-cart, leave'],
  ['05', 'assign_to: sale.advisor', 'assign_to: sale.adviser'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the language's own form.
  ['05', 'url: ${secret.CRM_ALERT_URL}', 'url: http://crm.example/x'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the language's own form.
  ['05', 'url: ${secret.CRM_ALERT_URL}', 'url: ${secret.crm}'],
  ['07', 'field: purchase.total', 'field: purchase.totals'],
  ['07', 'field: purchase.total', 'field: purchase.room'],
  ['13', 'path: personas/*.csv', 'path: ../personas/*.csv'],
  ['13', 'score: score_jeanne }', 'score: score_philippe }'],
  ['13', 'score: score_karim }', 'score: scored_at }'],
  ['13', 'confidence: 0.7', 'confidence: 70%'],
  ['13', 'weigh_by: spent', 'weigh_by: spend'],
  ['13', '{ id: karim,', '{ id: jeanne,'],
  ['15', 'percent: 2%', 'percent: 92%'],
  ['15', 'engagement]', 'service]'],
  ['16', 'is: FR }', 'is: FRA }'],
  ['16', 'zone: Europe/Paris', 'zone: Europe/Pariss'],
  ['16', 'currency: ARS', 'currency: ARP'],
  ['16', 'is: NG }', 'is: AR }'],
  ['16', 'purpose: marketing, channels: [call]', 'purpose: marketing, channels: [sms]'],
  ['16', "'^\\+33[67]\\d{8}$'", "'^\\+33[67\\d{8}$'"],
  ['16', "to: '+549$1$2'", "to: '+549$1$3'"],
  ['16', 'add: [2027-05-07]', 'add: [2027-05-32]'],
  ['16', 'calendar: fr', 'calendar: uk'],
  ['16', 'days: [mon-sat], from: "08:00", to: "20:00"', 'days: [mon-sat], from: "22:00", to: "23:00"'],
  ['16', 'max: 4, rolling', 'max: 0, rolling'],
  ['16', 'sent: announce', 'sent: anounce'],
  ['16', 'until: 2027-05-03T08:00', 'until: 2027-05-03T06:00'],
  ['16', 'needs: opt-out', 'needs: optout'],
  ['16', 'country: FR\n', 'country: UK\n'],
  ['16', 'email_expected', 'mail_expected'],
];

interface Read {
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
}

function read(file: string, text: string): Read {
  const { documents, diagnostics } = parseYaml(file, text);
  const checked = documents.map((document) => validateDocument(document));
  return {
    resources: checked.flatMap(({ resource }) => resource ?? []),
    diagnostics: [...diagnostics, ...checked.flatMap((one) => one.diagnostics)],
  };
}

const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
const asWritten = new Map([...texts].map(([file, text]) => [file, read(file, text)]));
const memo = namesMemo();

/** What is said of the sets when one of them is changed: the shapes first, the meaning only when these are right. */
function saidOf(file: string, text: string): readonly Diagnostic[] {
  const all = [...asWritten].map(([name, known]) => (name === file ? read(name, text) : known));
  const shapes = all.flatMap((one) => one.diagnostics);
  if (shapes.length > 0) return shapes;
  const resources = all.flatMap((one) => one.resources);
  return compile({ root: folder, resources, files: texts }, memo).diagnostics;
}

describe('the sets of the language', () => {
  it('are here, or a clone without them says so', () => {
    if (!isHere)
      process.stderr.write('The sets of the language are not beside this checkout: nothing is held to them.\n');
    expect(isHere || process.env.PARCOURS_REQUIRE_DATA !== '1').toBe(true);
  });

  it('validate and compile as one workspace without an error', async () => {
    if (!isHere) return;
    const { project, diagnostics } = await loadProject(folder);
    expect(diagnostics.filter((one) => one.severity === 'error')).toEqual([]);
    const compiled = compile(project);
    expect(compiled.diagnostics.filter((one) => one.severity === 'error')).toEqual([]);
    expect(files).toHaveLength(17);
    expect(compiled.bundle?.resources.filter(({ kind }) => kind === 'journey')).toHaveLength(28);
  });

  it('refuse a slip on its line, whichever of these it is', () => {
    if (!isHere) return;
    const usual = new Set(saidOf('', '').map(nameOf));
    const missed = slips.filter(([set, from, to]) => {
      const file = files.find((name) => name.startsWith(set)) as string;
      const text = texts.get(file) as string;
      expect(text, `${set} holds ${from}`).toContain(from);
      const line = text.slice(0, text.indexOf(from)).split('\n').length;
      const last = line + to.split('\n').length - 1;
      const said = saidOf(
        file,
        text.replace(from, () => to),
      );
      return !said.some(
        (one) =>
          !usual.has(nameOf(one)) && one.range?.file === file && one.range.line >= line && one.range.line <= last,
      );
    });
    expect(missed).toEqual([]);
    expect(slips.length).toBeGreaterThanOrEqual(60);
  });
});

/** A slip adds to what is said of the sets as they stand. */
function nameOf({ code, range }: Diagnostic): string {
  return `${code} ${range?.file}:${range?.line}`;
}
