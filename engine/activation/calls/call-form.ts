/** Calls in the forms in which other programs read them: JSON, the same on the command line and over HTTP, and CSV for a spreadsheet. */
import type { DeskState, ListedCall } from './list-calls.ts';
import type { CallRow } from './queries.ts';
import type { Taken, TakenCall } from './take-calls.ts';

type Call = Omit<CallRow, 'agent' | 'taken_at'>;

/** `LANE-NUMBER`, as messages are named. */
export function callId({ lane, call_id: id }: Pick<Call, 'lane' | 'call_id'>): string {
  return `${lane}-${id}`;
}

/** The number of a call that is named `LANE-NUMBER`, or by it alone; null: that is no name of one. */
export function readCallId(text: string): number | null {
  const [, number] = /^(?:\d{1,4}-)?(\d{1,15})$/.exec(text) ?? [];
  return number === undefined ? null : Number(number);
}

export function deskJson({ list, waiting, inHand, capacity, left }: DeskState) {
  return { list, waiting, in_hand: inHand, capacity, left };
}

/** Names nobody. */
export function listedJson({ agent, taken_at: takenAt, hindered, ...one }: ListedCall) {
  return {
    ...callJson(one),
    in_hand_of: agent,
    taken_at: takenAt,
    hindered: hindered === null ? null : { rule: hindered.rule, until: hindered.until },
  };
}

/** Whom to call. */
export function takenJson({ calls, left, passed }: Taken) {
  return {
    calls: calls.map((one) => ({
      ...callJson(one),
      ...{ phone: one.address, locale: one.locale, zone: one.zone, identifiers: one.identifiers },
      ...(one.transcript.length > 0 && { transcript: one.transcript }),
    })),
    left,
    passed,
  };
}

function callJson(one: Call) {
  const { journey, step, key, script, urgent, rank, tries } = one;
  return {
    ...{ id: callId(one), profile: one.profile_id, journey, step, key: key === '' ? null : key, script, urgent },
    ...{ rank: rank === null ? null : Number(rank), assigned_to: one.assigned_to, tries },
    ...{ placed_at: one.placed_at, until: one.until },
  };
}

/** By an identifier that people know. */
export function personOf({ identifiers, profile_id: profile }: TakenCall): string {
  return identifiers.external_id ?? identifiers.email ?? Object.values(identifiers)[0] ?? `profile ${profile}`;
}

const columns = ['id', 'urgent', 'phone', 'person', 'language', 'script', 'journey', 'step', 'key', 'rank', 'until'];

/** Lines for a spreadsheet (RFC 4180), with a head. */
export function takenCsv(calls: readonly TakenCall[]): string {
  const rows = calls.map((one) => [
    ...[callId(one), one.urgent ? 'urgent' : '', one.address ?? '', personOf(one), one.locale ?? '', one.script ?? ''],
    ...[one.journey, one.step, one.key, one.rank ?? '', one.until.toISOString()],
  ]);
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** What came from outside must be no formula of a spreadsheet; a number with its plus sign is none. */
function csvCell(text: string): string {
  const isFormula = /^[=@\t\r]|^[+-](?![\d ]+$)/.test(text);
  const cell = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
