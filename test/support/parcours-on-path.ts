/**
 * `parcours` for scripts of a test: a folder for PATH whose `parcours` hands its arguments to this process, which runs them as the program
 * would. A script with twenty commands costs no twenty starts of the program.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../engine/cli/run-cli.ts';

export interface ParcoursOnPath {
  /** To stand first in PATH. */
  readonly folder: string;
  close(): Promise<void>;
}

interface Asked {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function parcoursOnPath(): Promise<ParcoursOnPath> {
  const folder = mkdtempSync(join(tmpdir(), 'parcours-path-'));
  const socket = join(folder, 'socket');
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    let text = '';
    connection.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    connection.on('end', () => void answer(connection, text));
  });
  await new Promise<void>((done) => server.listen(socket, done));
  const file = join(folder, 'parcours');
  writeFileSync(file, clientText(socket));
  chmodSync(file, 0o755);
  return {
    folder,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        rmSync(folder, { recursive: true, force: true });
      }),
  };
}

async function answer(connection: Socket, text: string): Promise<void> {
  const { argv, cwd, env } = JSON.parse(text) as Asked;
  const told: [stream: 1 | 2, text: string][] = [];
  const code = await runCli(argv, {
    cwd,
    env,
    stopSignal: () => AbortSignal.abort(),
    output: {
      write: (words) => void told.push([1, words]),
      note: (words) => void told.push([2, words]),
      ...{ isColoured: false, isNoteTerminal: false, ask: null },
    },
  });
  connection.end(JSON.stringify({ code, told }));
}

function clientText(socket: string): string {
  return `#!${process.execPath}
const { connect } = require('node:net');
const { writeSync } = require('node:fs');
const connection = connect(${JSON.stringify(socket)});
let text = '';
connection.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => {
  const { code, told } = JSON.parse(text);
  for (const [stream, words] of told) for (let rest = Buffer.from(words); rest.length > 0; ) rest = rest.subarray(writeSync(stream, rest));
  process.exitCode = code;
});
connection.end(JSON.stringify({ argv: process.argv.slice(2), cwd: process.cwd(), env: process.env }));
`;
}
