/**
 * Scenarios: a workspace in a temporary folder, applied to a database of its own, under a clock that jumps. People and what they
 * do go in through ingestion, time passes as in a simulation, and what came of it is read back as short lines.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createEngine, type Engine } from '../../engine/activation/engine.ts';
import { type JumpingClock, jumpingClock } from '../../engine/clock/clock.ts';
import { compile } from '../../engine/compiler/compile.ts';
import type { Bundle, Value } from '../../engine/compiler/ir.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { hasErrors } from '../../engine/diagnostics/diagnostic.ts';
import type { Fact } from '../../engine/profiles/fact.ts';
import type { IdentifiedFact, RowStatement } from '../../engine/profiles/identified-fact.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { applyPlan } from '../../engine/reconcile/apply-plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { readState } from '../../engine/reconcile/state.ts';
import type { Session } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';
import { baseFiles } from './scenario-files.ts';

/** Everybody begins on this Monday unless the scenario says otherwise. */
export const monday = '2026-03-02T10:00:00Z';

export interface ScenarioOptions {
  /** ISO instant of the clock at the start. */
  readonly start?: string;
  /** The engine's environment, in which secrets are. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Files by name, or the text of `scenario.yaml`; beside the base files, which they may replace. */
export type Yaml = string | Readonly<Record<string, string>>;

export interface Person {
  readonly external_id: string;
  readonly traits?: Readonly<Record<string, Value | null>>;
  /** `marketing/*`, `marketing/email`, … */
  readonly consents?: Readonly<Record<string, 'granted' | 'denied' | 'confirmed'>>;
  readonly zone?: string;
}

/** Something that happens to a person; without a time, now. */
export interface Happening {
  /** Empty: it is only about a row. */
  readonly who: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Value>>;
  readonly traits?: Readonly<Record<string, Value | null>>;
  readonly consents?: Readonly<Record<string, 'granted' | 'denied' | 'confirmed'>>;
  /** What is said of a row of an entity. */
  readonly row?: RowStatement;
  /** ISO instant at which it happened; it is received now. */
  readonly at?: string;
  /** `wait`: what lies in the future is received when its time comes, as by a source that says so; else it is set back to now. */
  readonly future?: 'wait';
  /** False: history. */
  readonly trigger?: boolean;
}

export interface MessageLine {
  readonly id: number;
  readonly who: string;
  readonly journey: string;
  readonly step: string;
  readonly channel: string | null;
  readonly state: string;
  readonly created: string;
  readonly accepted: string | null;
  readonly sent: string | null;
  readonly decision: Readonly<Record<string, unknown>> & { readonly outcome: string; readonly rule: string | null };
}

export interface EnrollmentLine {
  readonly who: string;
  readonly journey: string;
  /** Of a cart, a row …; '' for a journey that has one place per person. */
  readonly key: string;
  readonly n: number;
  readonly version: string;
  readonly state: string;
  readonly step: string | null;
  readonly posture: string | null;
  readonly entered: string;
  readonly due: string | null;
  readonly goal: string | null;
  readonly exited: string | null;
  readonly exitAs: string | null;
}

export interface Scenario {
  readonly root: string;
  readonly store: TestStore;
  readonly clock: JumpingClock;
  readonly engine: Engine;
  /** The bundle that was applied last. */
  bundle(): Bundle;
  /** Tells of a person, and lets what is due happen. */
  person(person: Person): Promise<void>;
  /** An event happens now (or at `more.at`), and what is due happens. */
  event(
    who: string,
    type: string,
    properties?: Readonly<Record<string, Value>>,
    more?: Pick<Happening, 'at' | 'trigger'>,
  ): Promise<void>;
  /** Traits of a person change, and what is due happens. */
  traits(who: string, traits: Readonly<Record<string, Value | null>>): Promise<void>;
  /** Ingests in one batch and lets nothing happen yet. */
  tell(happenings: readonly Happening[]): Promise<void>;
  /** Does what is due now. */
  settle(): Promise<void>;
  /** Lets time pass: `2d`, `3h`, `15min`, or several (`1d 2h`); days of 24 hours. */
  advance(duration: string): Promise<void>;
  runUntil(iso: string): Promise<void>;
  /** Writes the files anew, applies them and lets the lanes take them over. */
  reapply(
    yaml: Yaml,
    options?: { readonly allowDestructive?: readonly string[]; readonly settles?: boolean },
  ): Promise<void>;
  messages(): Promise<readonly MessageLine[]>;
  enrollments(): Promise<readonly EnrollmentLine[]>;
  members(segment: string): Promise<readonly string[]>;
  /** `ana hello 2026-03-02 10:00`: what was sent, in order. */
  sent(): Promise<readonly string[]>;
  /** `ana hello deferred cap house/weekly`: what was decided of each candidate, in the order of their numbers. */
  decisions(): Promise<readonly string[]>;
  /** `ana welcome at pause`, `ana welcome completed`: where everybody stands or how he left, by name, journey and entry. */
  ways(): Promise<readonly string[]>;
  /** The lines of a log channel's file. */
  lines(channel: string): readonly Readonly<Record<string, unknown>>[];
  /** A log channel can't write until `unblock`: its messages are tried again, and fail after some attempts. */
  block(channel: string): void;
  unblock(channel: string): void;
  /** A provider says what became of the messages of a step. */
  hears(step: string, state: string): Promise<void>;
  /** Facts that could not be handled; none, in a scenario that goes well. */
  deadLetters(): Promise<readonly string[]>;
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Reads by many statements on one session. Each is planned once for the file, however often it is asked and whatever its values. */
  reading<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** By key and by plans that are made once: what reads all facts anew, round after round, is long and would be planned for longer than it runs. */
const readingSettings = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off' };

/** Makes the workspace and its store; both go when the test ends. */
export async function scenario(yaml: Yaml, { start = monday, env = {} }: ScenarioOptions = {}): Promise<Scenario> {
  const own = await testStore();
  onTestFinished(() => own.drop());
  // Each call of the engine opens its sessions anew; what they prepare is planned once for the file.
  const store: TestStore = { ...own, ...own.kept };
  const root = writeWorkspace({ ...baseFiles, ...filesOf(yaml) });
  const clock = jumpingClock(new Date(start));
  const engine = createEngine({ store, clock, root, env });
  let bundle: Bundle = await apply(root, store, clock, []);
  let told = 0;
  const fileOf = (channel: string) => join(root, '.parcours/outbox', `${channel}.jsonl`);
  await engine.runOnce();

  const tell = async (happenings: readonly Happening[]) => {
    const now = clock.now();
    const facts = happenings.map((one) => {
      told += 1;
      return factOf(one, told, now);
    });
    await store.withSession((session) => ingestFacts(session, facts, { now }));
  };
  const andSettle = async (happening: Happening) => {
    await tell([happening]);
    await engine.runOnce();
  };
  const reading = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await store.session(readingSettings, { pipeline: true });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  const rows = <Row>(text: string, values: readonly unknown[] = []) =>
    reading((session) => session.query<Row>(text, values));

  return {
    root,
    store,
    clock,
    engine,
    rows,
    reading,
    tell,
    bundle: () => bundle,
    person: ({ external_id: who, zone, traits, ...rest }) =>
      andSettle({ who, ...rest, traits: { ...traits, ...(zone === undefined ? {} : { zone }) } }),
    event: (who, type, properties = {}, more = {}) => andSettle({ who, type, properties, ...more }),
    traits: (who, traits) => andSettle({ who, traits }),
    settle: () => engine.runOnce(),
    advance: (duration) => engine.runUntil(new Date(clock.now().getTime() + millisecondsOf(duration))),
    runUntil: (iso) => engine.runUntil(new Date(iso)),
    async reapply(changed, { allowDestructive = [], settles = true } = {}) {
      rmSync(join(root, 'scenario.yaml'), { force: true });
      for (const [path, text] of Object.entries(filesOf(changed))) writeFileSync(join(root, path), text);
      bundle = await apply(root, store, clock, allowDestructive);
      if (settles) await engine.runOnce();
    },
    messages: () => rows<MessageLine>(messagesText),
    enrollments: () => rows<EnrollmentLine>(enrollmentsText),
    async members(segment) {
      const found = await rows<{ who: string }>(membersText, [segment]);
      return found.map((row) => row.who);
    },
    async sent() {
      const all = await rows<MessageLine>(messagesText);
      const left = all.filter((one) => one.sent !== null);
      left.sort((a, b) => ((a.sent as string) < (b.sent as string) ? -1 : a.sent === b.sent ? a.id - b.id : 1));
      return left.map((one) => `${one.who} ${one.step} ${one.sent}`);
    },
    async decisions() {
      const all = await rows<MessageLine>(messagesText);
      return all.map(({ who, step, decision }) =>
        [who, step, decision.outcome, decision.rule].filter(Boolean).join(' '),
      );
    },
    async ways() {
      const all = await rows<EnrollmentLine>(enrollmentsText);
      return all.map((one) => `${one.who} ${one.journey} ${one.state === 'active' ? `at ${one.step}` : one.exitAs}`);
    },
    // A folder stands where the file should be.
    block: (channel) => void mkdirSync(fileOf(channel), { recursive: true }),
    unblock: (channel) => rmSync(fileOf(channel), { recursive: true }),
    lines(channel) {
      const file = fileOf(channel);
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    },
    async hears(step, state) {
      const now = clock.now();
      await rows(outcomeText, [step, state, now, now.getTime()]);
      await engine.runOnce();
    },
    async deadLetters() {
      const found = await rows<{ kind: string; reason: string }>('select kind, reason from parcours.dead_letter');
      return found.map((row) => `${row.kind} ${row.reason}`);
    },
  };
}

const minute = (column: string) => `to_char(${column}, 'YYYY-MM-DD HH24:MI')`;
const whoOf = (alias: string) =>
  `(select i.value from parcours.identifier i where i.lane = ${alias}.lane and i.profile_id = ${alias}.profile_id limit 1)`;

const messagesText = `select m.message_id as id, ${whoOf('m')} as who, m.journey, m.step, m.channel, m.state, m.decision,
    ${minute('m.created_at')} as created, ${minute('m.accepted_at')} as accepted, ${minute('m.sent_at')} as sent
  from parcours.message m order by m.message_id`;
const enrollmentsText = `select ${whoOf('e')} as who, e.journey, e.key, e.n, e.version, e.state, e.step, e.posture,
    ${minute('e.entered_at')} as entered, ${minute('e.due_at')} as due, ${minute('e.goal_at')} as goal,
    ${minute('e.exited_at')} as exited, e.exit_as as "exitAs"
  from parcours.enrollment e order by 1, e.journey, e.key, e.n`;
const outcomeText = `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
  select m.lane, 3, $3, m.profile_id, 'outcome', jsonb_build_object('message_id', m.message_id, 'attempt', 1, 'state', $2::text, 'at', $4::bigint)
  from parcours.message m where m.step = $1`;
const membersText = `select ${whoOf('m')} as who from parcours.membership m where m.segment = $1 and m.is_member order by 1`;

function filesOf(yaml: Yaml): Readonly<Record<string, string>> {
  return typeof yaml === 'string' ? { 'scenario.yaml': yaml } : yaml;
}

async function apply(
  root: string,
  store: TestStore,
  clock: JumpingClock,
  allowDestructive: readonly string[],
): Promise<Bundle> {
  const { project, diagnostics } = await loadProject(root);
  if (hasErrors(diagnostics)) throw new Error(`the scenario is not valid: ${said(diagnostics)}`);
  const compiled = compile(project);
  if (compiled.bundle === null || hasErrors(compiled.diagnostics)) {
    throw new Error(`the scenario does not compile: ${said(compiled.diagnostics)}`);
  }
  const { bundle } = compiled;
  const plan = planChanges(bundle, await store.withSession(readState), { allowDestructive });
  const origin = { commit: null, isDirty: false, author: 'Test <test@shop.example>' };
  await applyPlan({ store, clock, bundle, plan, origin, engineVersion: 'test', allowDestructive });
  return bundle;
}

function said(diagnostics: readonly { readonly code: string; readonly detail?: string }[]): string {
  return diagnostics.map(({ code, detail }) => `${code} ${detail ?? ''}`).join('; ');
}

function factOf(happening: Happening, number: number, now: Date): IdentifiedFact {
  const { who, type, properties = {}, traits, consents, row, at, future, trigger = true } = happening;
  const told = at === undefined ? now.getTime() : Date.parse(at);
  const received = future === 'wait' ? Math.max(told, now.getTime()) : now.getTime();
  const measure = properties.total as { readonly amount: number; readonly currency: string } | undefined;
  const fact: Fact = {
    at: Math.min(told, received),
    received,
    source: 'test',
    trigger,
    ...(type === undefined
      ? {}
      : { event: { type, value: measure?.amount ?? null, unit: measure?.currency ?? null, properties } }),
    ...(traits === undefined ? {} : { traits }),
    ...(consents === undefined ? {} : { consents: consentsOf(consents) }),
  };
  const identifiers = who === '' ? [] : [{ type: 'external_id', value: who }];
  return { messageId: `m${number}`, identifiers, fact, ...(row !== undefined && { row }) };
}

function consentsOf(consents: NonNullable<Happening['consents']>) {
  return Object.entries(consents).map(([key, state]) => {
    const [purpose = '', channel = '*'] = key.split('/');
    return { purpose, channel, state };
  });
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, min: 60_000 };

function millisecondsOf(duration: string): number {
  return duration.split(' ').reduce((sum, part) => {
    const [, count, unit] = /^(\d+)(d|h|min)$/.exec(part) ?? [];
    if (count === undefined || unit === undefined) throw new Error(`not a duration of a scenario: ${duration}`);
    return sum + Number(count) * (unitMs[unit] as number);
  }, 0);
}
