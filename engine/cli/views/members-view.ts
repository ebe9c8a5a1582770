/** Members of a segment, for people and programs. */
import type { Members } from '../../measure/members/list-members.ts';
import { counted, formatCount, formatTime, table } from './style.ts';
import type { View } from './view.ts';

export interface MembersResult extends Members {
  readonly segment: string;
  /** Null: now. */
  readonly at: Date | null;
}

/** `members SEGMENT`. */
export const membersView: View<MembersResult> = {
  human: (result) => {
    const { segment, at, count, members } = result;
    const when = at === null ? '' : ` at ${formatTime(at)}`;
    const head = `${segment}: ${counted(count, 'member')}${when}\n`;
    if (members.length === 0) return head;
    const rows = members.map((row) => [
      row.identifier ?? '(no identifier)',
      String(row.profile_id),
      row.since && formatTime(row.since),
    ]);
    const more = count > members.length ? `  … and ${formatCount(count - members.length)} more (--limit)\n` : '';
    return `${head}${table(['person', 'profile', at === null ? 'since' : ''], rows, { align: 'lll' })}${more}`;
  },
  json: ({ segment, at, count, members }) => ({
    segment,
    at: at?.toISOString() ?? null,
    count,
    members: members.map(({ profile_id, lane, identifier, since }) => ({
      profile: profile_id,
      lane,
      identifier,
      since,
    })),
  }),
};

/** `members SEGMENT --count`. */
export const membersCountView: View<MembersResult> = {
  human: ({ count }) => `${count}\n`,
  json: ({ segment, at, count }) => ({ segment, at: at?.toISOString() ?? null, count }),
};
