/** What it means that somebody tells a provider that he wants no more: a denial of all that needs his leave on that type of channel. */
import type { Program } from '../../../compiler/program.ts';
import type { Fact } from '../../../profiles/fact.ts';
import { ownSource } from '../../facts/own-events.ts';

/** Purposes that a person can refuse on a type of channel; what a contract asks for he can't. Sorted. */
export function refusablePurposes(program: Pick<Program, 'consents'>, channelType: string): readonly string[] {
  const found = [...program.consents].filter(
    ([, { basis, channels }]) => basis !== 'contract' && channels.includes(channelType),
  );
  return found.map(([purpose]) => purpose).sort();
}

/** The consents of purposes on a type of channel, as a fact of our own. */
export function consentFact(
  purposes: readonly string[],
  said: { readonly channel: string; readonly state: 'granted' | 'denied'; readonly proof: string; readonly at: number },
  received: number,
): Fact {
  const { channel, state, proof, at } = said;
  return {
    ...{ at: Math.min(at, received), received, source: ownSource, trigger: true },
    consents: purposes.map((purpose) => ({ purpose, channel, state, proof })),
  };
}
