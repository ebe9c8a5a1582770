/** `parcours serve`: the HTTP server, until it is stopped. What it answers is in `engine/server/routes`. */
import { readAddress } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, readLive } from '../context.ts';
import { keepHeapSmall } from '../v8-settings.ts';
import { type Served, serveLine, serveView } from '../views/serve-view.ts';

interface ServeCommandOptions {
  readonly listen: string;
  readonly outbox?: boolean;
}

export const serveCommand: DefineCommand = (run) =>
  newCommand('serve', 'Take events and callbacks over HTTP. Ends gracefully on SIGTERM.', [
    'parcours serve                           # on this machine, port 8080',
    'parcours serve --listen 0.0.0.0:8080     # for others, behind what ends TLS',
    'parcours serve --outbox                  # and show what the sandbox caught, at /outbox',
    'parcours serve --json                    # a line of JSON when it listens',
  ])
    .option('--listen <[host:]port>', 'where to listen; without a host, for this machine only', '8080')
    .option('--outbox', 'show the local mailbox of the sandbox at /outbox, to this machine alone')
    .option('--json', 'print JSON')
    .action((options: ServeCommandOptions, command) =>
      run(command.optsWithGlobals(), (context) => serve(context, options)),
    );

async function serve(context: Context, options: ServeCommandOptions): Promise<ExitCode> {
  const listen = readAddress('--listen', options.listen);
  const hasOutbox = options.outbox === true;
  if (hasOutbox && !['127.0.0.1', 'localhost', '::1'].includes(listen.host)) {
    throw new CliError(
      'CLI_BAD_OPTION',
      'The local mailbox holds what was written to people, and nobody has to log in to read it: --outbox goes with a --listen of this machine alone.',
    );
  }
  const store = await context.openStore();
  await store.withSession(readLive);
  const stop = context.stopSignal();
  keepHeapSmall();
  // Only who serves loads the server.
  const { createServe } = await import('../../server/serve.ts');
  const { root, clock, env, output, format } = context;
  const server = await createServe({
    ...{ store, clock, root, env, hasOutbox },
    onFailure: ({ code, route }) => output.note(serveLine(format, { event: 'failure', code, route })),
  });
  try {
    const { host, port } = await server.listen(listen);
    const at = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    output.note(serveLine(format, { event: 'listening', at }));
    await aborted(stop);
  } finally {
    await server.close();
  }
  context.show<Served>(serveView, { until: clock.now().toISOString() });
  return 0;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
