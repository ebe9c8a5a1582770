/** How large a proof is in this run, in one place: `npm run proof` (PROOF=1) runs it whole, `npm test` a twentieth. */

/** Whether proofs run whole. */
export const isWhole = process.env.PROOF !== undefined && process.env.PROOF !== '';

/** The size of a proof, in whatever it counts: whole, or a twentieth; never fewer than `least`, of which less would show nothing. */
export function proofSize(whole: number, least = 1): number {
  return isWhole ? whole : Math.max(least, Math.ceil(whole / 20));
}
