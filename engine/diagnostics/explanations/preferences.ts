/** Explanations of links and of the preference centre, and of channels that place content. */
import type { Explanations } from './explanation.ts';

const house = (rest: string) => `kind: workspace
id: house
zone: Europe/Paris
currency: EUR
locale: en
locales: [en, es]
${rest}`;
const links = `links: { base_url: "https://hello.shop.example", keys: ["\${secret.LINK_KEY}"] }\n`;
const asks = (text: string) => `preferences:\n  purposes:\n    - purpose: marketing\n      text: ${text}\n`;
const both = '{ en: Ideas and offers, es: Ideas y ofertas }';

export const preferenceExplanations: Explanations = {
  CMP320: {
    explanation:
      'What people read in the preference centre lacks a language that the workspace serves. What somebody says yes to is the proof of his consent, so it stands in his language. Write the words, or take the locale out of `locales`.',
    example: {
      stands: 'as-workspace',
      invalid: house(links + asks('{ en: Ideas and offers } # ERROR CMP320')),
      valid: house(links + asks(both)),
    },
  },
  CMP321: {
    explanation:
      'The preference centre offers something that people cannot choose: a purpose of basis `contract` or one that is asked for twice, a trait that is no enum of facts, or a value that its schema does not know. The choice would change nothing. Take it off the page, or declare it.',
    example: {
      stands: 'as-workspace',
      invalid: house(
        `${links}${asks(both)}  frequency:\n    trait: country\n    labels:\n      FR: { en: France, es: Francia } # ERROR CMP321\n`,
      ),
      valid: house(
        `${links}${asks(both)}  frequency:\n    trait: country\n    labels:\n      AR: { en: Argentina, es: Argentina }\n`,
      ),
    },
  },
  CMP323: {
    explanation:
      'The path of a channel that writes a file a batch has no place for what tells batches apart, so each would take the place of the one before. Whoever had not fetched it would never see it. Write `{date}` into the name, of audiences also `{change}`, and `{time}` where they change every hour.',
    example: {
      invalid:
        'kind: channel\nid: tried\ntype: audience\naudience:\n  platform: google\n  path: ads-{date}.csv # ERROR CMP323\n',
      valid:
        'kind: channel\nid: tried\ntype: audience\naudience:\n  platform: google\n  path: ads-{date}-{time}-{change}.csv\n',
    },
  },
  CMP324: {
    explanation:
      'Two intents of a channel name the same word, so a text that holds it would want both and be told as one of them. Journeys that wait for the other would never hear of it. Leave the word to one of them.',
    example: {
      invalid:
        'kind: channel\nid: tried\ntype: sms\nvia: log\nintents:\n  price: [cost]\n  total: [Cóst] # ERROR CMP324\n',
      valid: 'kind: channel\nid: tried\ntype: sms\nvia: log\nintents:\n  price: [cost]\n  total: [total]\n',
    },
  },
  CMP322: {
    explanation:
      'The workspace has a preference centre and signs no links, by which alone people reach it. Nobody could ever open the page. Add `links` with the address of `parcours serve` and its keys.',
    example: {
      stands: 'as-workspace',
      invalid: house(`preferences: # ERROR CMP322\n  purposes: [ { purpose: marketing, text: ${both} } ]\n`),
      valid: house(links + asks(both)),
    },
  },
};
