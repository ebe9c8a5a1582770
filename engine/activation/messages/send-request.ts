/** A send that is to be decided. Plain data. */
import type { StepAction } from '../../compiler/ir.ts';
import type { Step } from '../../compiler/linked-journey.ts';
import type { Enrollment } from '../journeys/enrollment.ts';
import type { DeferredRow } from './queries.ts';

export type SendAction = Extract<StepAction, { readonly kind: 'send' }>;

/** A send to decide: of an enrollment that stands at it, or of a message that came back after its enrollment went on. */
export interface SendRequest {
  readonly enrollment: Enrollment | null;
  readonly step: Step | null;
  readonly action: SendAction;
  readonly message: DeferredRow | null;
}
