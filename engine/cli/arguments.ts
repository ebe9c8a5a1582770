/** Readers of options' values: text in, typed value out, or a `CliError` that says what is expected. */
import { resolve } from 'node:path';
import { parseDuration } from '../compiler/durations.ts';
import { parseInstant } from '../compiler/instants.ts';
import { CliError } from './cli-error.ts';
import { isWorkspace, workspaceAround } from './workspace-paths.ts';

const hourMs = 3_600_000;

/** An ISO date or date-time; without an offset it is UTC. */
export function readInstant(option: string, text: string): Date {
  const at = parseInstant(text.trim(), { zone: 'UTC' });
  if (at !== null) return new Date(at);
  throw badOption(option, text, 'an ISO date or date-time, such as 2026-03-01 or 2026-03-01T09:00Z');
}

/** A duration of the language or seconds (`30s`), in milliseconds; days have 24 hours. */
export function readSpanMs(option: string, text: string): number {
  const [, seconds] = /^(\d{1,6})s$/.exec(text.trim()) ?? [];
  if (seconds !== undefined) return Number(seconds) * 1_000;
  const duration = parseDuration(text);
  if (duration !== null && duration.months === 0) return duration.days * 24 * hourMs + duration.ms;
  throw badOption(option, text, 'a duration such as 30s, 15min, 2h or 1d');
}

/** An instant in the past: a duration back from now, or an ISO time. */
export function readSince(option: string, text: string, now: Date): Date {
  const duration = parseDuration(text);
  if (duration !== null && duration.months === 0)
    return new Date(now.getTime() - duration.days * 24 * hourMs - duration.ms);
  const at = parseInstant(text.trim(), { zone: 'UTC' });
  if (at !== null) return new Date(at);
  throw badOption(option, text, 'a duration back such as 24h or 7d, or an ISO time such as 2026-03-01');
}

/** A whole number between the bounds. */
export function readCount(option: string, text: string, [least, most]: readonly [number, number]): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw badOption(option, text, `a whole number from ${least} to ${most}`);
}

/** `[HOST:]PORT`, an IPv6 address in brackets; without a host this machine alone. Port 0: any that is free. */
export function readAddress(option: string, text: string): { readonly host: string; readonly port: number } {
  const [, inner, plain, port = ''] = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/i.exec(text.trim()) ?? [];
  if (port !== '' && Number(port) <= 65_535) return { host: inner ?? plain ?? '127.0.0.1', port: Number(port) };
  throw badOption(option, text, '[HOST:]PORT, such as 9464, 0.0.0.0:9464 or [::1]:9464');
}

/** One of the words. */
export function readChoice<const Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw badOption(option, text, choices.join(' or '));
}

function badOption(option: string, text: string, expected: string): CliError {
  return new CliError('CLI_BAD_OPTION', `${option} can't be "${text}": it takes ${expected}.`);
}

/** The workspace's folder: the one named, else the nearest from `cwd` upward. */
export function findWorkspace(cwd: string, named: string | undefined): string {
  if (named !== undefined) {
    const root = resolve(cwd, named);
    if (isWorkspace(root)) return root;
    throw new CliError(
      'CLI_NO_WORKSPACE',
      `There is no parcours.yaml in ${root}. --workspace takes the folder that holds it.`,
    );
  }
  const found = workspaceAround(resolve(cwd));
  if (found !== undefined) return found;
  throw new CliError(
    'CLI_NO_WORKSPACE',
    `There is no parcours.yaml in ${resolve(cwd)} or above it. Go to a workspace, name one with --workspace DIR, or begin one: \`parcours init\`.`,
  );
}
