/** What `serve` says: where it listens, what failed (never of whom), and that it ended. */
import type { Format, View } from './view.ts';

export interface Served {
  readonly until: string;
}

export type ServeEvent =
  | { readonly event: 'listening'; readonly at: string }
  | { readonly event: 'failure'; readonly code: string; readonly route: string };

/** A line for standard error. */
export function serveLine(format: Format, event: ServeEvent): string {
  if (format === 'json') return `${JSON.stringify(event)}\n`;
  if (event.event === 'listening') {
    return `Listening at ${event.at}, documented at ${event.at}/docs. SIGTERM or Ctrl-C ends it gracefully.\n`;
  }
  return `A request to ${event.route} failed: ${event.code}.\n`;
}

/** The view of `serve`. */
export const serveView: View<Served> = {
  human: ({ until }) => `Served until ${until}.\n`,
  json: (result) => result,
};
