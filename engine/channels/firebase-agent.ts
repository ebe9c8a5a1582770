/**
 * The connections by which Firebase's SDK calls: kept and bounded, to another address where the configuration says so. The SDK repeats what
 * was not answered, and a device would show it twice; here such a request ends in a way that it leaves alone. It also hides how long to wait.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
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
/** Of a request for which there was no connection in time, or that ended while it was made. The SDK would repeat it at once. */
const notConnected = 'ENOTCONN';

interface WithAddRequest {
  addRequest(request: ClientRequest, options: unknown): void;
}

export function firebaseAgent({ connectionsMax, timeoutMs, baseUrl, ca }: FirebaseAgentOptions): FirebaseAgent {
  const base = baseUrl === undefined ? null : new URL(baseUrl);
  const address = base && { host: base.hostname, port: Number(base.port || 443), servername: base.hostname };
  let answers = 0;
  let asked = { answer: 0, ms: 0 };

  const note = function (this: ClientRequest, response: IncomingMessage): void {
    answers += 1;
    const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
    if (Number.isFinite(seconds) && seconds >= 0) asked = { answer: answers, ms: seconds * 1000 };
    if (this.socket !== null) watched.answers(this.socket, this, response);
  };

  const rename = function (this: ClientRequest, error: NodeJS.ErrnoException): void {
    if (this.socket && watched.isOpen(this.socket)) error.code = unanswered;
    else if (error.code === 'ECONNRESET') error.code = notConnected;
  };

  class Connections extends Agent {
    // Not in the types of Node, and what all agents are built on. Whatever is added here is added to what each message costs.
    addRequest(request: ClientRequest, options: unknown): void {
      // Before the listeners of the SDK, which repeats what ends so.
      request.prependListener('error', rename);
      request.prependListener('response', note);
      (Agent.prototype as unknown as WithAddRequest).addRequest.call(this, request, options);
    }

    /** Nothing else differs between requests; Node's own joins all options of TLS, twice a message. */
    override getName({ host, port }: RequestOptions = {}): string {
      return `${host}:${port}`;
    }

    override reuseSocket(socket: Duplex, request: ClientRequest): void {
      super.reuseSocket(socket, request);
      watched.begin(socket);
    }

    override createConnection(...[options, done]: Parameters<Agent['createConnection']>) {
      const socket = super.createConnection({ ...options, ...address, ...(ca !== undefined && { ca }) }, done);
      if (socket) watched.open(socket);
      return socket;
    }

    answers(): number {
      return answers;
    }

    askedMsSince(begun: number): number | undefined {
      return asked.answer > begun ? asked.ms : undefined;
    }
  }
  const agent = new Connections({ keepAlive: true, maxSockets: connectionsMax });
  const watched = watch(timeoutMs, () => Object.values(agent.sockets).flatMap((some) => some ?? []));
  // It has another request now, or none and isn't looked at.
  agent.on('free', watched.begin);
  return agent as unknown as FirebaseAgent;
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** What a connection is at. */
interface Use {
  begunAt: number;
  /** Before, nothing has left by it. */
  isOpen: boolean;
  /** The request that was last answered, or is being answered. */
  answered: { readonly request: ClientRequest; readonly response: IncomingMessage } | null;
}

/**
 * Ends requests that aren't answered in time, by one timer for all, and tells of answers that ended in the middle, for which the SDK would wait
 * for ever. `inUse`: connections that have a request.
 */
function watch(timeoutMs: number, inUse: () => readonly Duplex[]) {
  const uses = new WeakMap<Duplex, Use>();
  let isTimed = false;
  const look = (): void => {
    isTimed = false;
    const now = elapsedMs();
    let next = Number.POSITIVE_INFINITY;
    for (const socket of inUse()) {
      const { begunAt = now, isOpen = false } = uses.get(socket) ?? {};
      const left = begunAt + timeoutMs - now;
      if (left > 0) next = Math.min(next, left);
      else socket.destroy(failure(isOpen ? unanswered : notConnected));
    }
    if (next < Number.POSITIVE_INFINITY) lookIn(Math.ceil(next));
  };
  const lookIn = (ms: number): void => {
    if (isTimed) return;
    isTimed = true;
    // A connection in use keeps the process; a timer for those that were doesn't.
    setTimeout(look, ms).unref();
  };
  return {
    open(socket: Duplex): void {
      const use: Use = { begunAt: elapsedMs(), isOpen: false, answered: null };
      uses.set(socket, use);
      lookIn(timeoutMs);
      socket.once('secureConnect', () => {
        use.isOpen = true;
      });
      socket.once('close', () => {
        const { request, response } = use.answered ?? {};
        if (response?.complete === false) request?.emit('error', failure(unanswered));
      });
    },
    isOpen: (socket: Duplex): boolean => uses.get(socket)?.isOpen === true,
    /** Its next request begins. */
    begin(socket: Duplex): void {
      const use = uses.get(socket);
      if (use !== undefined) {
        use.begunAt = elapsedMs();
        use.answered = null;
      }
      lookIn(timeoutMs);
    },
    answers(socket: Duplex, request: ClientRequest, response: IncomingMessage): void {
      const use = uses.get(socket);
      if (use !== undefined) use.answered = { request, response };
    },
  };
}
