/**
 * Referrals between the two lanes: what that of who brought somebody answers when it is asked, and what the new member's does with the answer.
 * Whatever many of the same member's have in common is known here alone, since all of them ask this lane.
 */
import type { Condition } from '../../compiler/ir.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { Referral } from '../../compiler/referral-sql.ts';
import { type Limited, withinLimits } from '../../loyalty/limits.ts';
import {
  changeReferrals,
  enterMarks,
  type MarkOf,
  readBrought,
  readMarks,
  readReferrals,
} from '../../loyalty/referrals/queries.ts';
import type { Batch } from '../batch.ts';
import { tellOwnEvents } from '../facts/own-events.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import { bookEarned } from './caps.ts';
import { whoMay } from './members.ts';
import { postingFor, sourceOf, takeBack } from './referral-points.ts';
import {
  type AnsweredBody,
  type AskedBody,
  answeredKind,
  askedKind,
  membersOf,
  referralEvent,
  rowTo,
  type UndoneBody,
  undoneKind,
} from './referrals.ts';

interface Row<B> {
  readonly lane: number;
  readonly profileId: number;
  readonly hop: number;
  readonly body: B;
}

/** Works off what lanes asked and answered each other. */
export async function answerReferrals(batch: Batch, inbox: readonly InboxRow[]): Promise<void> {
  if (!inbox.some(({ kind }) => kind === askedKind || kind === answeredKind || kind === undoneKind)) return;
  for (const programme of batch.program.programmes.values()) {
    const { referral } = programme.body;
    if (referral === null) continue;
    const asked = rowsOf<AskedBody>(inbox, askedKind, programme);
    if (asked.length > 0) await answer(batch, programme, referral, asked);
    const undone = rowsOf<UndoneBody>(inbox, undoneKind, programme);
    if (undone.length > 0) await undo(batch, programme, undone);
    const answered = rowsOf<AnsweredBody>(inbox, answeredKind, programme);
    if (answered.length > 0) await reward(batch, programme, referral, answered);
  }
}

function rowsOf<B extends { readonly program: string }>(
  inbox: readonly InboxRow[],
  kind: string,
  { id }: LinkedProgramme,
): readonly Row<B>[] {
  return inbox.flatMap((row): readonly Row<B>[] => {
    const body = row.body as B;
    if (row.kind !== kind || row.profile_id === null || body.program !== id) return [];
    return [{ lane: row.lane, profileId: row.profile_id, hop: row.hop, body }];
  });
}

interface Verdict {
  readonly row: Row<AskedBody>;
  /** Nobody gets points. */
  readonly refused: string | null;
  /** Who brought him gets none. */
  readonly withheld: string | null;
}

async function answer(
  batch: Batch,
  programme: LinkedProgramme,
  referral: Referral,
  asked: readonly Row<AskedBody>[],
): Promise<void> {
  const { session, t } = batch;
  const refused = await refusals(batch, programme, referral, asked);
  const passing = asked.filter((_, i) => refused[i] === null);
  const members = await whoMay(batch, `referral ${programme.id} members`, membersOf(programme) as Condition[], passing);
  const points = referral.referrer;
  const wanted = passing
    .filter(({ profileId }) => members.has(profileId) && points > 0)
    .map((row): Limited & { readonly row: Row<AskedBody> } => {
      const { lane, profileId } = row;
      const who = { lane, profileId, program: programme.id };
      return { ...who, points, at: t.getTime(), source: sourceOf('referrer'), limit: referral.limit, row };
    });
  const allowed = await withinLimits(session, wanted, batch.program.definitions);
  const postings = allowed.map((one) =>
    postingFor(programme, { ...one, ...one.row.body }, 'referrer', { points: one.points, t }),
  );
  await bookEarned(batch, postings, hopsOf(asked));
  const got = new Set(allowed.map(({ row }) => row));
  const verdicts = asked.map((row, i): Verdict => {
    const isMember = members.has(row.profileId);
    const withheld = got.has(row) || points === 0 ? null : isMember ? 'limit' : 'no-member';
    return { row, refused: refused[i] ?? null, withheld };
  });
  tell(batch, programme, verdicts);
}

function tell(batch: Batch, { id: program }: LinkedProgramme, verdicts: readonly Verdict[]): void {
  batch.writes.later(
    appendInbox(
      batch.session,
      verdicts.map(({ row, refused, withheld }) => {
        const { referral, round, referee } = row.body;
        const body: AnsweredBody = {
          program,
          referral,
          round,
          isRefused: refused !== null,
          reason: refused ?? withheld,
        };
        return rowTo(batch, { to: referee, kind: answeredKind, from: row.profileId, body });
      }),
    ),
  );
  tellOwnEvents(
    batch,
    verdicts.map(({ row, refused, withheld }) => {
      const status = refused === null && withheld === null ? 'rewarded' : 'refused';
      return referralEvent(
        row,
        { program, role: 'referrer', status, reason: refused ?? withheld, hop: row.hop },
        batch.t,
      );
    }),
  );
}

/** Why each is refused; null: it isn't. */
async function refusals(
  batch: Batch,
  { id: program }: LinkedProgramme,
  { unlessSame = [] }: Referral,
  asked: readonly Row<AskedBody>[],
): Promise<readonly (string | null)[]> {
  const { session } = batch;
  const pairs = asked.map(({ lane, profileId, body }) => ({ lane, profileId, by: body.referee }));
  const circles = await readBrought(session, pairs, program);
  const own = unlessSame.length === 0 ? [] : await readMarks(session, asked, unlessSame);
  // One after the other, so that two who come together know of each other.
  const reasons: (string | null)[] = [];
  for (const [i, { lane, profileId, body }] of asked.entries()) {
    const marks = body.marks.map((one): MarkOf => {
      return { ...one, lane, referrerId: profileId, program, referralId: body.referral };
    });
    const shared = await enterMarks(session, marks);
    const mine = body.marks.find((one) =>
      own.some((mark) => mark.i === i + 1 && mark.trait === one.trait && mark.mark === one.mark),
    );
    const others = body.marks.find((_, m) => shared.has(m + 1));
    const same = mine ?? others;
    reasons.push(circles.has(i) ? 'circle' : same === undefined ? null : `same ${same.trait}`);
  }
  return reasons;
}

async function undo(batch: Batch, programme: LinkedProgramme, undone: readonly Row<UndoneBody>[]): Promise<void> {
  await takeBack(
    batch,
    programme,
    'referrer',
    undone.map(({ lane, profileId, body: { referral, round } }) => ({ lane, profileId, referral, round })),
  );
  tellOwnEvents(
    batch,
    undone.map((row) => {
      const told = { program: programme.id, role: 'referrer', status: 'undone', reason: null, hop: row.hop } as const;
      return referralEvent(row, told, batch.t);
    }),
  );
}

/** The new member's lane: he gets his points, unless it was refused, or undone before the answer came. */
async function reward(
  batch: Batch,
  programme: LinkedProgramme,
  { referee: points }: Referral,
  answered: readonly Row<AnsweredBody>[],
): Promise<void> {
  const { session, t } = batch;
  const found = await readReferrals(
    session,
    answered.map(({ lane, body }) => ({ lane, referralId: body.referral })),
  );
  const standing = found.flatMap((one) => {
    const row = answered[one.i - 1] as Row<AnsweredBody>;
    return one.status === 'asked' && one.round === row.body.round ? [row] : [];
  });
  if (standing.length === 0) return;
  batch.writes.later(
    changeReferrals(
      session,
      standing.map(({ lane, body: { referral: referralId, round, isRefused, reason } }) => {
        return { lane, referralId, round, reason, status: isRefused ? 'refused' : 'rewarded' };
      }),
      t,
    ),
  );
  const rewarded = standing.filter(({ body }) => !body.isRefused);
  const postings = rewarded.map((row) => postingFor(programme, { ...row, ...row.body }, 'referee', { points, t }));
  if (points > 0) await bookEarned(batch, postings, hopsOf(standing));
  tellOwnEvents(
    batch,
    standing.map((row) => {
      const { isRefused, reason } = row.body;
      const status = isRefused ? 'refused' : 'rewarded';
      return referralEvent(row, { program: programme.id, role: 'referee', status, reason, hop: row.hop }, t);
    }),
  );
}

function hopsOf(rows: readonly Row<unknown>[]): ReadonlyMap<number, number> {
  return new Map(rows.map(({ profileId, hop }) => [profileId, hop]));
}
