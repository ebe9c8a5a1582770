/** Call lists, for people and programs: lists name nobody; what an agent has taken says whom he calls, at which number. */
import { callId, deskJson, listedJson, personOf, takenCsv, takenJson } from '../../activation/calls/call-form.ts';
import type { CallEnd } from '../../activation/calls/end-call.ts';
import type { DeskState, ListedCall } from '../../activation/calls/list-calls.ts';
import type { Taken } from '../../activation/calls/take-calls.ts';
import { decisionWords } from './decision-words.ts';
import { counted, formatCount, formatTime, oneLine, table } from './style.ts';
import type { View } from './view.ts';

export const desksView: View<readonly DeskState[]> = {
  human: (desks) => {
    if (desks.length === 0) return 'No call lists.\n';
    const rows = desks.map((one) => [one.list, one.waiting, one.inHand, leftWords(one)]);
    return table(['list', 'waiting', 'in hand', 'left'], rows, { align: 'lrrl', indent: '' });
  },
  json: (desks) => ({ desks: desks.map(deskJson) }),
};

/** `12 of 80 today`. */
function leftWords({ capacity, left }: DeskState): string {
  if (capacity === null) return 'as many as there are';
  return `${formatCount(left ?? 0)} of ${formatCount(capacity.max)} ${capacity.calendar === 'day' ? 'today' : 'this week'}`;
}

export const callsView: View<{ readonly state: DeskState; readonly calls: readonly ListedCall[] }> = {
  human: ({ state, calls }) => {
    const head = `${state.list}: ${counted(state.waiting, 'call')} waiting, ${formatCount(state.inHand)} in hand, left: ${leftWords(state)}\n`;
    if (calls.length === 0) return head;
    const rows = calls.map((one) => [
      ...[callId(one), one.urgent ? 'urgent' : '', one.rank ?? '', `${one.journey} ${one.step}`, one.script ?? ''],
      ...[formatTime(one.until), one.assigned_to ?? '', standingWords(one)],
    ]);
    const titles = ['id', '', 'rank', 'journey and step', 'script', 'until', 'assigned to', ''];
    const more = state.waiting + state.inHand - calls.length;
    return `${head}${table(titles, rows, { align: 'llrlllll' })}${more > 0 ? `  … and ${formatCount(more)} more (--limit)\n` : ''}`;
  },
  json: ({ state, calls }) => ({
    ...deskJson(state),
    calls: calls.map(listedJson),
  }),
};

function standingWords({ agent, hindered, tries }: ListedCall): string {
  if (agent !== null) return `in the hand of ${oneLine(agent)}`;
  const tried = tries === 0 ? '' : `tried ${tries === 1 ? 'once' : `${tries} times`}; `;
  return hindered === null ? tried.replace('; ', '') : `${tried}${hindranceWords(hindered)}`;
}

function hindranceWords({ rule, until }: { readonly rule: string; readonly until: Date | null }): string {
  const words = decisionWords({ outcome: 'not now', rule }, 'not now');
  return until === null ? words : `${words}, until ${formatTime(until)}`;
}

export const takenView: View<Taken & { readonly list: string }> = {
  human: ({ list, calls, left, passed }) => {
    const lines = passed.map((one) => `${counted(one.calls, 'call')} passed over: ${hindranceWords(one)}\n`).join('');
    if (calls.length === 0) {
      const why =
        left === 0
          ? 'the desk has made as many as it makes'
          : passed.length === 0
            ? 'nobody waits'
            : 'nobody may be called now';
      return `No calls of ${list}: ${why}.\n${lines}`;
    }
    const rows = calls.map((one) => [
      ...[callId(one), one.urgent ? 'urgent' : '', one.address ?? '', personOf(one), one.locale ?? ''],
      ...[one.script ?? '', `${one.journey} ${one.step}`, formatTime(one.until)],
    ]);
    const titles = ['id', '', 'number', 'person', 'language', 'script', 'journey and step', 'until'];
    return `${table(titles, rows, { align: 'llllllll', indent: '' })}${lines}Say how each went: parcours calls close ID --outcome yes\n`;
  },
  json: ({ list, ...taken }) => ({ list, ...takenJson(taken) }),
};

/** Lines for a spreadsheet. */
export const takenCsvView: View<Taken & { readonly list: string }> = {
  human: ({ calls }) => takenCsv(calls),
  json: takenView.json,
};

interface Ended {
  readonly id: string;
  readonly end: CallEnd;
  readonly journey: string;
  readonly step: string;
  readonly list: string;
}

export const endedView: View<Ended> = {
  human: ({ id, end, journey, step, list }) => {
    switch (end.kind) {
      case 'closed':
        return `Call ${id} is closed as ${end.outcome}: ${journey} goes on from ${step}.\n`;
      case 'again':
        return `Call ${id} comes back on ${list} at ${formatTime(end.at)}.\n`;
      case 'released':
        return `Call ${id} is free again on ${list}.\n`;
    }
  },
  json: ({ id, end, journey, step, list }) => ({ id, list, journey, step, ...end, kind: undefined, state: end.kind }),
};
