/** Explanations of channels, pressure, countries, holdouts, personas, destinations, tests, identity and cleaning. */
import type { Explanations } from './explanation.ts';

const country = (rest: string) =>
  `kind: country\nid: ng\nwhere: { trait: country, is: NG }\nzone: Africa/Lagos\n${rest}`;
const pressure = (rest: string) => `kind: pressure\nid: tried\n${rest}`;
const personas = (rest: string) => `kind: persona\nid: tried\npersonas:\n  - { id: ana, score: score }\n${rest}`;
const test = (rest: string) => `kind: test\nid: tried\njourney: welcome\ngiven: { country: AR }\n${rest}`;

export const kindExplanations: Explanations = {
  CMP200: {
    explanation:
      'Messages of the channel go to an address that no schema declares, so nobody may have one. A source may fill the trait all the same. Declare it in a `schema`, or name the trait that holds the address.',
    example: {
      invalid: 'kind: channel\nid: tried\ntype: sms\nvia: log\naddress: locale # WARNING CMP200\n',
      valid: 'kind: channel\nid: tried\ntype: sms\nvia: log\naddress: phone\n',
    },
  },
  CMP201: {
    explanation:
      'The channel has no provider, so no message can leave by it: it reaches nobody, and a send by it alone goes on by `otherwise`. Journeys that use it can be written, reviewed and run meanwhile. Give it `via`, or `smtp` for email.',
    example: {
      invalid: 'kind: channel\nid: tried\ntype: sms # WARNING CMP201\n',
      valid: 'kind: channel\nid: tried\ntype: sms\nvia: log\n',
    },
  },
  CMP202: {
    explanation:
      'A mute or a cap stops every message of a journey: it runs and never says anything. Narrow it (`channels`, `objectives`), or leave the journey out of it by `not_journeys`.',
    example: {
      invalid: pressure('caps:\n  - { id: none, max: 0, rolling: 7d, channels: [email] } # ERROR CMP202\n'),
      valid: pressure('caps:\n  - { id: few, max: 1, rolling: 7d, channels: [email] }\n'),
    },
  },
  CMP203: {
    explanation:
      'The mute is true of whoever enters a journey, because it asks for what the entry asks for. The journey would be silent for the very people whom it takes. Leave the journey out by `not_journeys`, or ask for something else.',
    example: {
      invalid: pressure('mute:\n  - { id: all-buyers, where: { segment: buyers } } # WARNING CMP203\n'),
      valid: pressure('mute:\n  - { id: all-buyers, where: { segment: buyers }, not_journeys: [welcome] }\n'),
    },
  },
  CMP204: {
    explanation:
      'The cap never stops anything, because another one is always reached first. Whoever reads it believes that it protects people. Take it away, or make it smaller.',
    example: {
      invalid: pressure(
        'caps:\n  - { id: daily, max: 1, calendar: day }\n  - { id: weekly, max: 7, calendar: week } # WARNING CMP204\n',
      ),
      valid: pressure('caps:\n  - { id: daily, max: 1, calendar: day }\n  - { id: weekly, max: 3, calendar: week }\n'),
    },
  },
  CMP205: {
    explanation:
      'The same name is covered and taken out at once, so the line says two things of it. What is taken out stays out. Keep one of the two.',
    example: {
      invalid: `${pressure('caps:\n')}  - id: weekly\n    max: 3\n    rolling: 7d\n    journeys: [welcome]\n    not_journeys: [welcome] # WARNING CMP205\n`,
      valid: `${pressure('caps:\n')}  - id: weekly\n    max: 3\n    rolling: 7d\n    journeys: [welcome]\n`,
    },
  },
  CMP290: {
    explanation:
      'A rule of pressure covers journeys by a tag that no journey has, so it covers nothing by it. Most often the tag is misspelt, here or in the journeys. Give the tag to a journey, or name another.',
    example: {
      invalid: `${pressure('caps:\n')}  - id: weekly\n    max: 3\n    rolling: 7d\n    tags: [promotoin] # WARNING CMP290\n`,
      valid: `${pressure('caps:\n')}  - id: weekly\n    max: 3\n    rolling: 7d\n    journeys: [welcome]\n`,
    },
  },
  CMP206: {
    explanation:
      'No hour of the week is left in which a message may leave: the quiet hours, the hours of the country and those of the desk leave none in common. Everything would wait until it is given up. Open an hour.',
    example: {
      invalid: pressure(
        'quiet_hours:\n  - { channels: [sms], from: "08:00", to: "20:00" }\n  - { channels: [sms], from: "19:00", to: "08:00" } # ERROR CMP206\n',
      ),
      valid: pressure('quiet_hours:\n  - { channels: [sms], from: "20:00", to: "08:00" }\n'),
    },
  },
  CMP207: {
    explanation:
      'A desk works only when the country forbids to call, so nobody of that country is ever called. Give the desk hours in which the law allows it, or keep its people out of the call.',
    example: {
      invalid: `kind: channel\nid: desk\ntype: call-list\ncontact_hours: [{ days: [sat-sun], from: "09:00", to: "12:00" }]\n---\n${country('contact_hours:\n  - { channels: [call], days: [mon-fri], from: "08:00", to: "20:00" } # WARNING CMP207\n')}`,
      valid: `kind: channel\nid: desk\ntype: call-list\ncontact_hours: [{ days: [mon-sat], from: "09:00", to: "12:00" }]\n---\n${country('contact_hours:\n  - { channels: [call], days: [mon-fri], from: "08:00", to: "20:00" }\n')}`,
    },
  },
  CMP208: {
    explanation:
      'A person can be of two countries at once, and then the rules of both apply, with the zone of the first. It is rarely meant. Let each `where` name its own values.',
    example: {
      invalid: `${country('')}---\nkind: country\nid: both\nwhere: { trait: country, in: [AR, NG] } # WARNING CMP208\nzone: America/Argentina/Buenos_Aires\n`,
      valid: `${country('')}---\nkind: country\nid: ar\nwhere: { trait: country, is: AR }\nzone: America/Argentina/Buenos_Aires\n`,
    },
  },
  CMP209: {
    explanation:
      'Two rules of one country are about the same purpose and channel, and they differ. It can not be told which of them is the law. Keep one.',
    example: {
      invalid: country(
        'consent:\n  - { purpose: marketing, channels: [sms, email], needs: opt-in }\n  - { purpose: marketing, channels: [email], needs: opt-out } # ERROR CMP209\n',
      ),
      valid: country(
        'consent:\n  - { purpose: marketing, channels: [sms], needs: opt-in }\n  - { purpose: marketing, channels: [email], needs: opt-out }\n',
      ),
    },
  },
  CMP210: {
    explanation:
      'The line has no effect: what it speaks of is never looked up, such as a consent on a channel that the purpose does not cover, or a zone that is named already. Whoever wrote it counts on it. Take it away, or correct what it names.',
    example: {
      invalid: country('consent:\n  - { purpose: news, channels: [sms], needs: opt-in } # WARNING CMP210\n'),
      valid: country('consent:\n  - { purpose: news, channels: [email], needs: opt-in }\n'),
    },
  },
  CMP211: {
    explanation: 'The test plays and expects nothing, so it passes whatever the journey does. Add an `expect`.',
    example: {
      invalid: test('start: 2027-03-01T10:00\nplay:\n  - { advance: 1d } # WARNING CMP211\n'),
      valid: test('start: 2027-03-01T10:00\nplay:\n  - { advance: 1d, expect: { sent: greet } }\n'),
    },
  },
  CMP212: {
    explanation:
      'There is no calendar of holidays of this name, so no day would be a holiday. The calendars have the codes of ISO 3166 in lower case; the message lists those that are there. Days can be added by `add`.',
    example: {
      invalid: country('holidays: { calendar: xq } # ERROR CMP212\n'),
      valid: country('holidays: { calendar: ng }\n'),
    },
  },
  CMP213: {
    explanation:
      'A holdout withholds service messages. Nobody may go without a receipt or a password code for the sake of a measurement. Take `service` out of the objectives.',
    example: {
      invalid: 'kind: holdout\nid: tried\npercent: 2%\nobjectives: [loyalty, service] # ERROR CMP213\n',
      valid: 'kind: holdout\nid: tried\npercent: 2%\nobjectives: [loyalty]\n',
    },
  },
  CMP214: {
    explanation:
      'The share is none, or so great that most people would get nothing. A holdout is the few by whom the rest is measured. Write a small share, such as `2%`.',
    example: {
      invalid: 'kind: holdout\nid: tried\npercent: 60% # ERROR CMP214\n',
      valid: 'kind: holdout\nid: tried\npercent: 5%\n',
    },
  },
  CMP215: {
    explanation:
      'A score is compared and weighed, so it must be a number, and this trait is none. Name a numeric trait.',
    example: {
      invalid: personas('  - { id: ben, score: first_name } # ERROR CMP215\nconfidence: 0.5\n'),
      valid: personas('  - { id: ben, score: orders }\nconfidence: 0.5\n'),
    },
  },
  CMP216: {
    explanation:
      'Two personas of one set are told by the same score, so neither is ever ahead of the other and nobody is named. Give each its own score.',
    example: {
      invalid: personas('  - { id: dan, score: score } # ERROR CMP216\nconfidence: 0.5\n'),
      valid: personas('  - { id: dan, score: orders }\nconfidence: 0.5\n'),
    },
  },
  CMP217: {
    explanation:
      "The address is not safe to send people's data to: without encryption, with a password in it, or no address at all. Write an `https:` address, and give the password as a secret in its own key; plain `http:` is taken for this machine only.",
    example: {
      invalid: 'kind: destination\nid: crm\ntype: webhook\nurl: http://crm.shop.example/hook # ERROR CMP217\n',
      valid: 'kind: destination\nid: crm\ntype: webhook\nurl: https://crm.shop.example/hook\n',
    },
  },
  CMP218: {
    explanation:
      'Nothing says how the file is to be read: the ending of its path tells no format, and `format` is missing. Write the format.',
    example: {
      invalid: 'kind: source\nid: tried\ntype: file\npath: people/* # ERROR CMP218\nkey: external_id\n',
      valid: 'kind: source\nid: tried\ntype: file\npath: people/*.csv\nkey: external_id\n',
    },
  },
  CMP350: {
    explanation:
      'A file is written under a name of which a part is not known, or which the next delivery of changes would take: what nobody had read yet would be lost. Write `{run}` into the name, which is the number of the delivery.',
    example: {
      invalid: 'kind: destination\nid: people\ntype: file\npath: people.csv # ERROR CMP350\nsend: changes\n',
      valid: 'kind: destination\nid: people\ntype: file\npath: people-{run}.csv\nsend: changes\n',
    },
  },
  CMP351: {
    explanation:
      'A column has a name that rows have by themselves: `parcours_id`, `change`, or the one for the currency of an amount. Choose another name.',
    example: {
      invalid:
        'kind: destination\nid: people\ntype: file\npath: people.csv\ncolumns:\n  parcours_id: first_name # ERROR CMP351\n',
      valid: 'kind: destination\nid: people\ntype: file\npath: people.csv\ncolumns:\n  name: first_name\n',
    },
  },
  CMP352: {
    explanation:
      'In a file of fixed widths each column is where its width says. Write as many `widths` as `columns`, in the same order.',
    example: {
      invalid:
        'kind: source\nid: tried\ntype: file\nformat: fixed\ncolumns: [external_id, name]\nwidths: [8] # ERROR CMP352\nkey: external_id\n',
      valid:
        'kind: source\nid: tried\ntype: file\nformat: fixed\ncolumns: [external_id, name]\nwidths: [8, 20]\nkey: external_id\n',
    },
  },
  CMP353: {
    explanation:
      'A source reads another database and writes nothing there, so what it is given is one statement that reads.',
    example: {
      invalid: `kind: source\nid: tried\ntype: postgres\nconnection: \${secret.CRM_URL}\nquery: truncate customer # ERROR CMP353\ncursor: id\nkey: external_id\n`,
      valid: `kind: source\nid: tried\ntype: postgres\nconnection: \${secret.CRM_URL}\nquery: table customer\ncursor: id\nkey: external_id\n`,
    },
  },
  CMP219: {
    explanation:
      'A cap of nothing lets no message through. As a mute it would say why, and reviewers would see it as what it is. Write a `mute`, or a number.',
    example: {
      invalid: pressure('caps:\n  - { id: none, max: 0, rolling: 7d, channels: [push] } # WARNING CMP219\n'),
      valid: pressure('caps:\n  - { id: few, max: 1, rolling: 7d, channels: [push] }\n'),
    },
  },
  CMP236: {
    explanation:
      '`entry.` is the fact that opened an enrollment, and here there is none: a desk serves many journeys. Name a trait or a field of an entity.',
    example: {
      invalid: 'kind: channel\nid: desk\ntype: call-list\nassign_to: entry.advisor # ERROR CMP236\n',
      valid: 'kind: channel\nid: desk\ntype: call-list\n',
    },
  },
  CMP237: {
    explanation:
      'The pattern fits numbers that do not begin with the prefix of the country, so numbers of other countries would be taken for its own. Begin the pattern with the prefix.',
    example: {
      invalid: country(`phone:\n  prefix: 234\n  mobile:\n    - '^0[789]\\d{9}$' # WARNING CMP237\n`),
      valid: country(`phone:\n  prefix: 234\n  mobile:\n    - '^\\+234[789]\\d{9}$'\n`),
    },
  },
  CMP238: {
    explanation:
      'A confidence of nothing names somebody for everybody, however unsure the scores are. Write the least score at which a name is worth something.',
    example: {
      invalid: personas('  - { id: ben, score: orders }\nconfidence: 0 # WARNING CMP238\n'),
      valid: personas('  - { id: ben, score: orders }\nconfidence: 0.7\n'),
    },
  },
  CMP239: {
    explanation:
      'A test plays forward, and this line stands before the one above it. Put the lines in the order of time.',
    example: {
      invalid: test(
        'start: 2027-03-01T10:00\nplay:\n  - { until: 2027-03-01T09:00, expect: { sent: greet } } # ERROR CMP239\n',
      ),
      valid: test('start: 2027-03-01T10:00\nplay:\n  - { until: 2027-03-01T11:00, expect: { sent: greet } }\n'),
    },
  },
  CMP271: {
    explanation:
      'The country speaks a locale that templates need not serve, so its people would be written to in another language or not at all. Add the locale to `locales` of the workspace, or give the country one that is served.',
    example: {
      invalid: country('locale: pt-BR # WARNING CMP271\n'),
      valid: country('locale: en\n'),
    },
  },
  CMP275: {
    explanation:
      'How long a mail server may be silent is between one second and ten minutes: less cuts off servers that think, more holds up whoever waits behind.',
    example: {
      invalid:
        'kind: channel\nid: relay\ntype: email\nsmtp:\n  host: relay.shop.example\n  port: 587\n  from: hello@shop.example\n  timeout: 1d # ERROR CMP275\n',
      valid:
        'kind: channel\nid: relay\ntype: email\nsmtp:\n  host: relay.shop.example\n  port: 587\n  from: hello@shop.example\n  timeout: 1min\n',
    },
  },
  CMP277: {
    explanation:
      'There is no such country among the documents of `kind: country`, so nobody lives there as far as is known.',
    example: {
      invalid:
        'kind: channel\nid: relay\ntype: email\nvia: log\ntracking: { opens: false, not_in: [atlantis] } # ERROR CMP277\n',
      valid: 'kind: channel\nid: relay\ntype: email\nvia: log\ntracking: { opens: false }\n',
    },
  },
  CMP295: {
    explanation:
      'Who is one person is said twice: by a second document of `kind: identity`, or by a second rule for an identifier. The two could disagree, and which of them holds would be chance. Write both into one.',
    example: {
      invalid:
        'kind: identity\nid: tried\nmerge_by:\n  - { identifier: email }\n  - { identifier: email, at_most: 3 } # ERROR CMP295\n',
      valid: 'kind: identity\nid: tried\nmerge_by:\n  - { identifier: email, at_most: 3 }\n',
    },
  },
  CMP296: {
    explanation:
      'Survivorship chooses among the values that sources told of a trait. A computed trait has one value, worked out from all that is known of the person after a merge, so there is nothing to choose. Remove it.',
    example: {
      invalid:
        'kind: trait\nid: visits\ncount: { event: order_placed }\n---\nkind: identity\nid: tried\nmerge_by: [{ identifier: email }]\nsurvivorship: { visits: most_frequent } # ERROR CMP296\n',
      valid: 'kind: identity\nid: tried\nmerge_by: [{ identifier: email }]\nsurvivorship: { country: most_frequent }\n',
    },
  },
  CMP297: {
    explanation:
      'All parts of the key ask for texts that are similar, and similar texts have no order in which they could be looked up: everybody would be compared with everybody, which never ends. Let at least one part be `equal` or by `sound`; only people alike in those are compared.',
    example: {
      invalid:
        'kind: identity\nid: tried\nmerge_by: [{ identifier: email }]\nmatch:\n  - id: names\n    alike: [{ trait: country, by: similar }, { trait: email, by: similar }] # ERROR CMP297\n    then: propose\n',
      valid:
        'kind: identity\nid: tried\nmerge_by: [{ identifier: email }]\nmatch:\n  - id: names\n    alike: [{ trait: country }, { trait: email, by: similar }]\n    then: propose\n',
    },
  },
  CMP298: {
    explanation:
      'A rule of cleaning makes values of one kind: `date` makes days, `country` and `language` make codes, which may be an enum, and the others make texts. A trait of another type could hold none of them. Change the type of the trait, or remove the rule.',
    example: {
      invalid: 'kind: schema\nid: till\ntraits:\n  mobile: { type: integer, clean: phone } # ERROR CMP298\n',
      valid: 'kind: schema\nid: till\ntraits:\n  mobile: { type: text, clean: phone }\n',
    },
  },
  CMP299: {
    explanation:
      'The country of a source says how telephone numbers, postal codes and days in it are written, so it must be one that exists: two capital letters of ISO 3166, such as FR, GB (not UK) or MX.',
    example: {
      invalid:
        'kind: source\nid: till\ntype: file\nformat: csv\ncountry: QK # ERROR CMP299\nidentifiers: [{ type: email, column: mail }]\n',
      valid:
        'kind: source\nid: till\ntype: file\nformat: csv\ncountry: GB\nidentifiers: [{ type: email, column: mail }]\n',
    },
  },
};
