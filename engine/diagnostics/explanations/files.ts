/** Explanations of what is wrong with files, with YAML, and with a workspace as a whole. */
import type { Explanations } from './explanation.ts';

export const fileExplanations: Explanations = {};
