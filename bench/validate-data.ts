/**
 * A large workspace for the benchmark of `validate`, by numbers and not by chance: the same every time. 5,000 segments of some ten
 * lines and 1,000 journeys of 60, one file each, as a company with many brands and countries would write them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files in one folder, so that no folder holds thousands. */
const folderFiles = 100;
const countries = ['AR', 'NG', 'MX', 'FR', 'ES'];

/** Writes the workspace for `segments` segments and a fifth as many journeys, and gives the paths of all its files. */
export function writeLargeWorkspace(root: string, segments: number): readonly string[] {
  const paths: string[] = [];
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
    paths.push(path);
  };
  write('parcours.yaml', workspaceText);
  write('schema.yaml', schemaText);
  write('channels.yaml', channelsText);
  for (let n = 0; n < segments; n += 1) write(segmentPath(n), segmentText(n));
  for (let n = 0; n < Math.ceil(segments / 5); n += 1) write(journeyPath(n), journeyText(n, segments));
  return paths;
}

export function segmentPath(n: number): string {
  return `segments/${String(Math.floor(n / folderFiles)).padStart(3, '0')}/segment-${n}.yaml`;
}

function journeyPath(n: number): string {
  return `journeys/${String(Math.floor(n / folderFiles)).padStart(3, '0')}/journey-${n}.yaml`;
}

const workspaceText = 'kind: workspace\nid: large\nzone: Europe/Paris\ncurrency: EUR\nlocale: en\n';

const schemaText = `kind: schema
id: shop
events:
  order_placed: { order_id: id, total: money, category: text }
  cart_updated: { cart_id: id, total: money }
  page_viewed: { category: text }
measures: { order_placed: total }
traits:
  country: { type: enum, values: [${countries.join(', ')}] }
  registered_at: { type: datetime }
  first_name: { type: text }
  email: { type: text }
  visits: { type: integer }
`;

const channelsText = `kind: channel
id: mail
type: email
smtp: { host: localhost, port: 25, from: shop@example.com }
---
kind: consent
id: marketing
channels: [email]
---
kind: pressure
id: house
caps:
  - { id: weekly, max: 3, rolling: 7d }
---
kind: template
id: hello
email:
  en: { subject: "Hello {{first_name}}", text: "Hello {{first_name}}, we have something for you." }
`;

/** The text of a segment; \`days\` is what the benchmark changes. */
export function segmentText(n: number, days = 30 + (n % 60)): string {
  const country = countries[n % countries.length] as string;
  return `# Who registered in ${country} and has not ordered for a while.
kind: segment
id: segment-${n}
title: Quiet in ${country}, number ${n}
owner: growth@example.com
where:
  - { trait: country, is: ${country} }
  - { trait: registered_at, before: ${1 + (n % 20)}d ago }
  - { trait: visits, gte: ${n % 50} }
  - any:
      - { never: order_placed, in_last: ${days}d }
      - { event: order_placed, in_last: ${days + 90}d, sum: { of: total, lt: ${20 + n} EUR } }
`;
}

/** 60 lines. */
function journeyText(n: number, segments: number): string {
  const country = countries[n % countries.length] as string;
  const nudges = [0, 1, 2].map((round) => nudgeText(n, round)).join('');
  return `# Brings people of ${country} back, with three reminders and a pause before each.
kind: journey
id: journey-${n}
title: Come back to the shop in ${country}, number ${n}
description: Three mails at most, and none to who has ordered meanwhile.
owner: growth@example.com
objective: transformation
priority: ${1 + (n % 90)}
entry:
  when: { enters: segment-${(n * 5) % segments} }
  if: { trait: country, is: ${country} }
  current_members: skip
  reentry: { after: ${30 + (n % 60)}d }
goal: { event: order_placed, within: 14d, exit: true }
exit:
  - { trait: visits, gte: ${100 + (n % 100)}, as: often-here }
steps:
${nudges}  - exit: let-go
`;
}

/** 14 lines. */
function nudgeText(n: number, round: number): string {
  return `  - id: nudge-${round}
    send: { channel: mail, template: hello }
    otherwise:
      - exit: unreachable-${round}
  - id: looks-${round}
    wait_for: { event: page_viewed, where: { category: { in: [shoes, bags, coats] } } }
    for: ${2 + round}d
    then:
      - id: thinks-${round}
        wait: ${6 + (n % 12)}h
  - id: pause-${round}
    after: ${1 + round}d
    at: "10:00"
    wait: ${1 + (n % 5)}d
`;
}
