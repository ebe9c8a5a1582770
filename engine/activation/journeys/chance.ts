/**
 * Chance that is no chance: a hash of a salt and the person, so that the same person draws the same at any time, in any process and
 * in a simulation (DESIGN §13, LANGUAGE b27).
 */
import { createHash } from 'node:crypto';

const steps = 2 ** 48;

/** A number in (0, 1), evenly spread over people, and unrelated for different salts. */
export function chanceOf(salt: string, profileId: number): number {
  const hash = createHash('sha256').update(`${salt}\0${profileId}`).digest();
  return (hash.readUIntBE(0, 6) + 0.5) / steps;
}

export interface Weighed {
  readonly id: string;
  /** In any unit; 0: nobody. */
  readonly weight: number;
}

/**
 * One of the arms, by weight (rendezvous hashing with weights: Schindelhauer, Schomaker, "Weighted distributed hash tables", 2005). Where
 * weights change, people move only to arms that gain a greater share: each arm draws by itself, and the best draw wins.
 */
export function drawArm<T extends Weighed>(salt: string, profileId: number, arms: readonly T[]): T | null {
  let best: T | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const arm of arms) {
    if (arm.weight <= 0) continue;
    const drawn = -Math.log(chanceOf(`${salt}\0${arm.id}`, profileId)) / arm.weight;
    if (drawn < least) {
      best = arm;
      least = drawn;
    }
  }
  return best;
}
