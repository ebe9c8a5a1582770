/** The shop that scenarios play in: what is declared, how people are reached, what is said. Its journeys are each scenario's own. */

export const baseFiles: Readonly<Record<string, string>> = {
  'parcours.yaml': 'kind: workspace\nid: test\nzone: UTC\ncurrency: EUR\nlocale: en\nlocales: [en]\n',
  'schema.yaml': `kind: schema
id: shop
events:
  signed_up: { plan: text }
  order_placed: { total: money, note: text }
  cart_updated: { total: money }
  visited: { page: text }
measures: { order_placed: total, cart_updated: total }
traits:
  plan: { type: text }
  country: { type: text }
  first_name: { type: text }
  email: { type: text }
  phone: { type: text }
  push_token: { type: text }
  ends_at: { type: datetime }
`,
  'channels.yaml': `kind: channel
id: diary
type: log
---
kind: channel
id: mail
type: email
via: log
---
kind: channel
id: text
type: sms
via: log
---
kind: channel
id: push
type: push
via: log
`,
  'templates.yaml': `kind: template
id: hello
any:
  en: { subject: Hello, title: Hello, text: Hello }
---
kind: template
id: named
any:
  en: { subject: Hello, title: Hello, text: "Hello {{first_name}}" }
`,
  'consents.yaml': `kind: consent
id: marketing
channels: [email, sms, push, log]
basis: legitimate-interest
---
kind: consent
id: newsletter
channels: [email]
basis: consent
---
kind: consent
id: service
channels: [email, sms, push, log]
basis: contract
`,
};
