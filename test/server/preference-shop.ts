/** A shop with a preference centre, a server that shows it, and links to it. */
import { onTestFinished } from 'vitest';
import { linkMakerOf, type PersonLink, type PersonLinkUse, personUrl } from '../../engine/channels/person-links.ts';
import { createServe, type ServeServer } from '../../engine/server/serve.ts';
import { type Scenario, scenario } from '../activation/scenario.ts';

export const linkKey = 'the key of links, for tests';

const house = `kind: workspace
id: test
title: The corner shop
zone: UTC
currency: EUR
locale: en
locales: [en, es]
links:
  base_url: http://127.0.0.1
  keys: ["\${secret.LINK_KEY}"]
preferences:
  name: Corner & Co
  color: "#7a1f2b"
  privacy: https://corner.example/privacy
  pause: 30d
  purposes:
    - purpose: marketing
      text: { en: "Ideas & <offers>", es: Ideas y ofertas }
    - purpose: newsletter
      text: { en: The letter on Fridays, es: La carta de los viernes }
  frequency:
    trait: rhythm
    labels:
      monthly: { en: Once a month, es: Una vez al mes }
      weekly: { en: Once a week, es: Una vez por semana }
`;

const files = {
  'parcours.yaml': house,
  'rhythm.yaml': `kind: schema
id: rhythm
traits:
  rhythm: { type: enum, values: [weekly, monthly, yearly] }
events:
  preferences_saved: { by: text, granted: list, denied: list, frequency: text, language: text }
`,
  'templates.yaml': `kind: template
id: hello
any:
  en: { subject: Hello, title: Hello, text: Hello }
  es: { subject: Hola, title: Hola, text: Hola }
`,
  'consents.yaml': `kind: consent
id: marketing
channels: [email, sms, log]
basis: legitimate-interest
---
kind: consent
id: newsletter
title: Our letter
channels: [email]
basis: consent
double_opt_in: [email]
---
kind: consent
id: service
channels: [email, log]
basis: contract
`,
};

export interface PreferenceShop {
  readonly s: Scenario;
  readonly server: ServeServer;
  /** The path of a link of a person. */
  link(who: string, use: PersonLinkUse, about?: Partial<PersonLink>): Promise<string>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<PageAnswer>;
  /** Posts a form; fields may come several times. */
  post(path: string, fields?: readonly (readonly [string, string])[]): Promise<PageAnswer>;
  /** Statements of a person, oldest first: `newsletter email granted`. */
  consents(who: string): Promise<readonly ConsentLine[]>;
  profileId(who: string): Promise<number>;
}

export interface ConsentLine {
  readonly line: string;
  readonly source: string;
  readonly proof: string | null;
}

export interface PageAnswer {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export async function preferenceShop(more: Readonly<Record<string, string>> = {}): Promise<PreferenceShop> {
  const env = { LINK_KEY: linkKey };
  const s = await scenario({ ...files, ...more }, { env });
  const server = await createServe({ store: s.store, clock: s.clock, root: s.root, env });
  onTestFinished(() => server.close());
  const validFor = { months: 12, days: 0, ms: 0 };
  const maker = linkMakerOf({ baseUrl: '', keys: [`\${secret.LINK_KEY}`], validFor }, () => linkKey);
  const profileId = async (who: string) => {
    const [row] = await s.rows<{ id: number }>('select profile_id as id from parcours.identifier where value = $1', [
      who,
    ]);
    if (row === undefined) throw new Error(`nobody is called ${who}`);
    return row.id;
  };
  const answered = (answer: { statusCode: number; body: string; headers: object }): PageAnswer => ({
    ...{ status: answer.statusCode, html: answer.body },
    headers: answer.headers as PageAnswer['headers'],
  });
  return {
    ...{ s, server, profileId },
    async link(who, use, about = {}) {
      const link = { profileId: await profileId(who), via: 'email', purpose: null, message: null, ...about };
      return personUrl(maker, use, link, s.clock.now().getTime());
    },
    get: async (url, headers = {}) => answered(await server.app.inject({ method: 'GET', url, headers })),
    async post(url, fields = []) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const payload = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString();
      return answered(await server.app.inject({ method: 'POST', url, headers, payload }));
    },
    consents: async (who) =>
      await s.rows<ConsentLine>(
        `select concat_ws(' ', l.purpose, l.channel, l.state) as line, l.source, l.proof
         from parcours.consent_log l join parcours.identifier i using (lane, profile_id)
         where i.value = $1 order by l.seq, l.purpose, l.channel`,
        [who],
      ),
  };
}

/** Who the page shows as ticked: `marketing/email`. */
export function ticked(html: string): readonly string[] {
  return [...html.matchAll(/name="allow" value="([^"]+)" checked/g)].map(([, name = '']) => name);
}

/** All that the centre asks, with these boxes ticked. */
export function form(allow: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const asked = ['marketing/email', 'marketing/sms', 'newsletter/email', 'pause'];
  return [
    ...asked.map((name) => ['asked', name] as const),
    ...allow.map((name) => ['allow', name] as const),
    ...Object.entries(more),
  ];
}
