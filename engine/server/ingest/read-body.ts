/** Bodies of the ingestion API: gzip opened up to a limit, JSON whatever the browser calls it, keys that poison objects refused. */
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { ServeError } from '../serve-error.ts';

/** Lets an instance read such bodies of at most so many bytes, opened. */
export function readJsonBodies(app: FastifyInstance, bytesMax: number): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return payload;
    if (encoding !== 'gzip') {
      throw new ServeError(415, 'unsupported_encoding', 'Bodies may be plain or gzip.');
    }
    return opened(payload as Readable, bytesMax);
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  // Beacons of browsers come as text/plain, so that no question is asked before.
  app.addContentTypeParser(['application/json', 'text/plain'], { parseAs: 'string' }, parse);
}

/** The length is of what was sent, which Fastify holds against Content-Length; what is opened is counted here. */
function opened(payload: Readable, bytesMax: number): Readable {
  const out = new PassThrough() as PassThrough & { receivedEncodedLength: number };
  out.receivedEncodedLength = 0;
  payload.on('data', (chunk: Buffer) => {
    out.receivedEncodedLength += chunk.length;
  });
  const gunzip = createGunzip();
  let bytes = 0;
  gunzip.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      gunzip.destroy(new ServeError(413, 'body_too_large', 'The body is larger than this address takes.'));
    }
  });
  pipeline(payload, gunzip, out, (error) => {
    if (error !== undefined && error !== null) out.destroy(asRefusal(error));
  });
  return out;
}

function asRefusal(error: Error): Error {
  if (error instanceof ServeError) return error;
  return new ServeError(400, 'invalid_gzip', 'The body says that it is gzip, and is not.', { cause: error });
}
