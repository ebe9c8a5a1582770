/** Who is in a segment of the live revision: now, as the engine keeps it, or at another time, from facts alone. Reads only. */
import { asOfMembers } from '../../compiler/as-of.ts';
import type { BundleResource } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import { countMembersNow, countPeople, type MemberRow, selectMembersNow, selectPeople } from './queries.ts';

export interface MembersRequest {
  readonly resources: readonly BundleResource[];
  /** The id of a segment among the resources. */
  readonly segment: string;
  /** Null: now, by the engine's own record. */
  readonly at: Date | null;
  /** At most so many members are read; 0 only counts. */
  readonly limit: number;
}

export interface Members {
  readonly count: number;
  readonly members: readonly MemberRow[];
}

/** The members in order of profile id. The segment must be among the resources. */
export function listMembers(session: OwnSession, request: MembersRequest): Promise<Members> {
  return session.transaction(
    async (inner) => {
      const { segment, at, limit } = request;
      if (at === null) {
        const count = await countMembersNow(inner, segment);
        return { count, members: limit === 0 ? [] : await selectMembersNow(inner, segment, limit) };
      }
      const people = asOfMembers(request.resources, { kind: 'segment', segment }, at);
      return {
        count: await countPeople(inner, people),
        members: limit === 0 ? [] : await selectPeople(inner, people, limit),
      };
    },
    { readOnly: true },
  );
}
