/**
 * The connections by which Firebase's SDK calls: kept and bounded, to another address where the configuration says so. The SDK repeats what
 * was not answered, and a device would show it twice; here such a request ends in a way that it leaves alone. It also hides how long to wait.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import { elapsedMs } from '../clock/clock.ts';

export interface FirebaseAgentOptions {
  readonly connectionsMax: number;
  /** From being given a connection to the answer. */
  readonly timeoutMs: number;
  /** Where to connect instead; the certificate must be of its name. */
  readonly baseUrl?: string;
  /** PEM of the certificate that it is trusted by. */
  readonly ca?: string;
}

export interface FirebaseAgent extends Agent {
  /** How many answers came so far. */
  answers(): number;
  /** How long an answer after so many asked to wait; undefined: none did. Of several the last: it is the account that is to wait. */
  askedMsSince(answers: number): number | undefined;
}

/** Of a request that was sent and never answered. */
export const unanswered = 'UNANSWERED';

interface WithAddRequest {
  addRequest(request: ClientRequest, options: unknown): void;
}

export function firebaseAgent({ connectionsMax, timeoutMs, baseUrl, ca }: FirebaseAgentOptions): FirebaseAgent {
  const base = baseUrl === undefined ? null : new URL(baseUrl);
  const address = base && { host: base.hostname, port: Number(base.port || 443), servername: base.hostname };
  let answers = 0;
  let asked = { answer: 0, ms: 0 };

  const note = ({ headers }: IncomingMessage): void => {
    answers += 1;
    const seconds = Number(headers['retry-after'] ?? Number.NaN);
    if (Number.isFinite(seconds) && seconds >= 0) asked = { answer: answers, ms: seconds * 1000 };
  };

  const watched = deadlines(timeoutMs);
  // The same functions for all requests: what was made for each of them was a tenth of what a message costs.
  const onSocket = function (this: ClientRequest): void {
    watched.begin(this);
  };
  const onClose = function (this: ClientRequest): void {
    watched.end(this);
  };

  class Connections extends Agent {
    // Not in the types of Node, and what all agents are built on.
    addRequest(request: ClientRequest, options: unknown): void {
      request.on('socket', onSocket);
      request.on('close', onClose);
      // Before the listeners of the SDK, which repeats what ends so.
      request.prependListener('error', nameUnanswered);
      request.prependListener('response', note);
      (Agent.prototype as unknown as WithAddRequest).addRequest.call(this, request, options);
    }

    override createConnection(...[options, done]: Parameters<Agent['createConnection']>) {
      return super.createConnection({ ...options, ...address, ...(ca !== undefined && { ca }) }, done);
    }

    answers(): number {
      return answers;
    }

    askedMsSince(begun: number): number | undefined {
      return asked.answer > begun ? asked.ms : undefined;
    }
  }
  return new Connections({ keepAlive: true, maxSockets: connectionsMax }) as unknown as FirebaseAgent;
}

function nameUnanswered(error: NodeJS.ErrnoException): void {
  if (error.code === 'ECONNRESET') error.code = unanswered;
}

/** Requests that must be over in a time. One timer for all: they begin in the order in which they are due. */
function deadlines(timeoutMs: number) {
  const begun = new Map<ClientRequest, number>();
  let timer: NodeJS.Timeout | null = null;
  const look = (): void => {
    timer = null;
    const now = elapsedMs();
    for (const [request, at] of begun) {
      const left = at + timeoutMs - now;
      if (left > 0) {
        timer = setTimeout(look, Math.ceil(left));
        return;
      }
      begun.delete(request);
      request.destroy(Object.assign(new Error(unanswered), { code: unanswered }));
    }
  };
  return {
    begin(request: ClientRequest): void {
      begun.set(request, elapsedMs());
      timer ??= setTimeout(look, timeoutMs);
    },
    end(request: ClientRequest): void {
      begun.delete(request);
      if (begun.size > 0 || timer === null) return;
      clearTimeout(timer);
      timer = null;
    },
  };
}
