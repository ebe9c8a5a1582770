/**
 * The connections by which Firebase's SDK calls: kept and bounded, to another address where the configuration says so. The SDK repeats what
 * was not answered, and a device would show it twice; here such a request ends in a way that it leaves alone. It also hides how long to wait.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent } from 'node:https';

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

  class Connections extends Agent {
    // Not in the types of Node, and what all agents are built on.
    addRequest(request: ClientRequest, options: unknown): void {
      let timer: NodeJS.Timeout | undefined;
      request.once('socket', () => {
        timer = setTimeout(
          () => request.destroy(Object.assign(new Error(unanswered), { code: unanswered })),
          timeoutMs,
        );
      });
      request.once('close', () => clearTimeout(timer));
      // Before the listeners of the SDK, which repeats what ends so.
      request.prependListener('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') error.code = unanswered;
      });
      request.prependOnceListener('response', note);
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
