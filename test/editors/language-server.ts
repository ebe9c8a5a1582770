/** The YAML language server that editors start, as a process, spoken to over its protocol. Knows nothing of our language. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Problem {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly message: string;
}

export interface LanguageServer {
  /** Opens a text as the file at the path and gives what the server finds wrong in it. */
  open(path: string, text: string): Promise<readonly Problem[]>;
  /** Labels of what is offered there. */
  complete(path: string, at: Position): Promise<readonly string[]>;
  /** The text that is shown there; empty for none. */
  hover(path: string, at: Position): Promise<string>;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

type Settings = Readonly<Record<string, unknown>>;

/** `schemas`: as an editor's settings map files to a schema; without them only the modeline counts. */
function settingsOf(schemas: Readonly<Record<string, readonly string[]>>): Settings {
  return {
    yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false }, schemas },
    http: { proxy: '', proxyStrictSSL: false },
  };
}

/** Starts the server and waits until it is ready. */
export async function startLanguageServer(
  folder: string,
  schemas: Readonly<Record<string, readonly string[]>> = {},
): Promise<LanguageServer> {
  const program = createRequire(import.meta.url).resolve('yaml-language-server/bin/yaml-language-server');
  const child = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const settings = settingsOf(schemas);
  const talk = new Talk(child, settings);
  await talk.ask('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'workspace' }],
    capabilities: {
      workspace: { configuration: true },
      textDocument: {
        hover: { contentFormat: ['plaintext'] },
        completion: { completionItem: { snippetSupport: true } },
      },
    },
  });
  talk.tell('initialized', {});
  talk.tell('workspace/didChangeConfiguration', { settings });
  const placeIn = (path: string) => ({ uri: pathToFileURL(path).href });
  return {
    async open(path, text) {
      const found = talk.problemsOf(placeIn(path).uri);
      talk.tell('textDocument/didOpen', { textDocument: { ...placeIn(path), languageId: 'yaml', version: 1, text } });
      return await found;
    },
    async complete(path, position) {
      const given = await talk.ask('textDocument/completion', { textDocument: placeIn(path), position });
      const items = Array.isArray(given) ? given : ((given as { items?: unknown[] } | null)?.items ?? []);
      return items.map((item) => String((item as { label: unknown }).label));
    },
    async hover(path, position) {
      const given = await talk.ask('textDocument/hover', { textDocument: placeIn(path), position });
      return textOf((given as { contents?: unknown } | null)?.contents);
    },
    async stop() {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      await talk.ask('shutdown', null);
      talk.tell('exit', null);
      await ended;
    },
  };
}

function textOf(contents: unknown): string {
  if (Array.isArray(contents)) return contents.map(textOf).join('\n');
  if (typeof contents === 'string') return contents;
  return String((contents as { value?: unknown } | undefined)?.value ?? '');
}

/** Requests and their answers over the streams of a process. */
class Talk {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly listening = new Map<string, (problems: readonly Problem[]) => void>();
  private rest: Buffer = Buffer.alloc(0);
  private last = 0;
  private readonly settings: Settings;

  constructor(child: ChildProcess, settings: Settings) {
    this.child = child;
    this.settings = settings;
    child.stdout?.on('data', (chunk: Buffer) => this.take(chunk));
  }

  async ask(method: string, params: unknown): Promise<unknown> {
    this.last += 1;
    const id = this.last;
    const answer = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.send({ id, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  tell(method: string, params: unknown): void {
    this.send({ method, params });
  }

  /** What is published next for the file. */
  problemsOf(uri: string): Promise<readonly Problem[]> {
    return new Promise((resolve) => this.listening.set(uri, resolve));
  }

  private send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  private take(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (;;) {
      const head = this.rest.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.rest.toString('latin1', 0, Math.max(0, head)))?.[1]);
      if (head === -1 || this.rest.length < head + 4 + length) return;
      const body = this.rest.toString('utf8', head + 4, head + 4 + length);
      this.rest = this.rest.subarray(head + 4 + length);
      this.read(JSON.parse(body) as Message);
    }
  }

  private read(message: Message): void {
    if (message.method === undefined) {
      this.waiting.get(message.id ?? -1)?.(message);
    } else if (message.method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = message.params as { uri: string; diagnostics: readonly Problem[] };
      this.listening.get(uri)?.(diagnostics);
    } else if (message.id !== undefined) {
      this.send({ id: message.id, result: this.answerOf(message) });
    }
  }

  /** The server asks for settings by section; whatever else it asks is granted. */
  private answerOf({ method, params }: Message): unknown {
    if (method !== 'workspace/configuration') return null;
    const { items } = params as { items: readonly { section?: string }[] };
    return items.map(({ section }) => (section === undefined ? null : (this.settings[section] ?? null)));
  }
}
