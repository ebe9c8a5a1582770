/** How a channel's push messages leave by Firebase, as its file says it, and the limits that no file names. */

export interface FirebaseConfig {
  /** A `${secret.NAME}` reference to the JSON of a service account. */
  readonly serviceAccount: string;
  readonly ttl?: { readonly months: number; readonly days: number; readonly ms: number };
  readonly collapse?: 'journey' | 'template' | 'channel';
  readonly data?: Readonly<Record<string, string>>;
  readonly dryRun?: true;
  readonly baseUrl?: string;
  /** Relative to the root. */
  readonly caFile?: string;
}

export interface FirebaseLimits {
  readonly connectionsMax: number;
  /** Until a request is answered; under the SDK's own 15 s, after which it would repeat it. */
  readonly timeoutMs: number;
}

export const defaultFirebaseLimits: FirebaseLimits = { connectionsMax: 50, timeoutMs: 12_000 };
