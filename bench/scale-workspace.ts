/** The workspaces of the benchmark `scale`, as files: many journeys that read events of 100 types, each alike but for what it reads. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const eventTypes = 100;
/** Journeys that read an event, where they are spread. */
export const readersPerEvent = 10;

/** `spread`: ten journeys read each event that is told. `one`: all of them read the same. */
export type Reading = 'spread' | 'one';

/** The type that a journey reads, and the page of it that opens it, by the journey's number. */
export function entryOf(journey: number, reading: Reading): { readonly type: string; readonly page: number } {
  if (reading === 'one') return { type: typeName(0), page: journey };
  return { type: typeName(Math.floor(journey / readersPerEvent)), page: journey % readersPerEvent };
}

function typeName(n: number): string {
  return `visited_${n}`;
}

/** Writes the workspace in place of the one before; without journeys it is what all sizes have in common. */
export function writeScaleWorkspace(folder: string, journeys: number, reading: Reading): void {
  rmSync(join(folder, 'journeys'), { recursive: true, force: true });
  mkdirSync(join(folder, 'journeys'), { recursive: true });
  writeFileSync(join(folder, 'parcours.yaml'), workspace);
  writeFileSync(join(folder, 'shop.yaml'), shop);
  for (let i = 0; i < journeys; i += 1)
    writeFileSync(join(folder, 'journeys', `journey-${i}.yaml`), journeyText(i, reading));
}

const workspace = `kind: workspace
id: scale
title: What the benchmark of many journeys runs
zone: UTC
currency: EUR
locale: en
locales: [en]
trigger_max_age: 2d
`;

const shop = `kind: schema
id: shop
events:
${Array.from({ length: eventTypes }, (_, i) => `  ${typeName(i)}: { page: integer }`).join('\n')}
traits:
  tier: { type: enum, values: [basic, silver, gold] }
  first_name: { type: text }
  push_token: { type: text }
---
kind: consent
id: marketing
channels: [push]
basis: consent
---
kind: channel
id: push
type: push
via: log
address: push_token
---
kind: template
id: hello
push:
  en: { title: "Hello, {{first_name}}", text: "You looked at this page." }
---
kind: pressure
id: house
caps:
  - { id: weekly, max: 3, rolling: 7d }
when_capped: defer
valid_for: 48h
`;

function journeyText(number: number, reading: Reading): string {
  const { type, page } = entryOf(number, reading);
  return `kind: journey
id: journey-${number}
objective: loyalty
priority: 60
entry:
  when: { event: ${type}, where: { page: ${page} } }
  if: { trait: tier, in: [silver, gold] }
steps:
  - id: hello
    send: { channel: push, template: hello }
`;
}
