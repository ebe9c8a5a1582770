/** Commands to a whole lane: enroll its members of a segment, because a schedule fired or a revision brought them in. */
import type { Batch } from '../batch.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import type { Applicant } from './enroll.ts';
import { groupBy } from './evaluate.ts';
import { membersOfLanes } from './queries.ts';

/** Body of inbox rows of the kinds `schedule` and `current_members`. */
export interface MembersCommand {
  readonly journey: string;
  readonly segment: string;
  /** Only those who joined at that instant (epoch ms); null: all. */
  readonly since: number | null;
  /** The cursor: profiles after it are still to come. */
  readonly after: number;
}

/** People that the commands of one transaction enroll together; the rest follows in the next. */
const peopleMax = 2_000;
/** … and of one lane. */
const chunkMax = 500;

/** The applicants that the commands bring; one statement a journey, whatever the number of lanes. What isn't through is put back. */
export async function applicantsByCommand(batch: Batch, rows: readonly InboxRow[]): Promise<readonly Applicant[]> {
  const commands = rows
    .filter((row) => row.kind === 'schedule' || row.kind === 'current_members')
    .map((row) => ({ row, body: row.body as MembersCommand }));
  const applicants: Applicant[] = [];
  const perLane = Math.max(1, Math.min(chunkMax, Math.floor(peopleMax / Math.max(1, commands.length))));
  for (const group of groupBy(commands, ({ body }) =>
    JSON.stringify([body.journey, body.segment, body.since]),
  ).values()) {
    const { body } = group[0] as (typeof commands)[number];
    const journey = batch.program.journeys.get(body.journey);
    if (journey?.body.status !== 'live') continue;
    const members = await membersOfLanes(batch.session, {
      lanes: group.map(({ row }) => row.lane),
      after: group.map((one) => one.body.after),
      segment: body.segment,
      since: body.since === null ? null : new Date(body.since),
      perLane,
    });
    for (const { lane, profile_id: profileId } of members) {
      batch.people.of(lane, profileId).live = true;
      applicants.push({ lane, profileId, journey, at: batch.t, entry: {} });
    }
    await putBack(batch, group, members, perLane);
  }
  return applicants;
}

async function putBack(
  batch: Batch,
  commands: readonly { readonly row: InboxRow; readonly body: MembersCommand }[],
  members: readonly { readonly lane: number; readonly profile_id: number }[],
  chunk: number,
): Promise<void> {
  const byLane = groupBy(members, ({ lane }) => String(lane));
  const unfinished = commands.flatMap(({ row, body }) => {
    const taken = byLane.get(String(row.lane)) ?? [];
    if (taken.length < chunk) return [];
    const after = taken[taken.length - 1]?.profile_id ?? body.after;
    return [
      {
        lane: row.lane,
        class: row.class,
        visibleAt: batch.t,
        profileId: null,
        kind: row.kind,
        body: { ...body, after },
      },
    ];
  });
  await appendInbox(batch.session, unfinished);
}
