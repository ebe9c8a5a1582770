/** `/healthz` and `/readyz` of `parcours serve`: whether it lives, and whether it can take anything. Workers tell of themselves elsewhere. */
import type { FastifyInstance } from 'fastify';
import type { ServeContext } from '../serve-context.ts';

export function addHealthRoutes(app: FastifyInstance, { live, sessions }: ServeContext): void {
  app.get('/healthz', { schema: { summary: 'Whether the process lives.', tags: ['health'] } }, async () => ({
    status: 'ok',
  }));
  app.get(
    '/readyz',
    { schema: { summary: 'Whether the store answers and a revision is live.', tags: ['health'] } },
    async (_request, reply) => {
      const revision = await sessions.run(async () => (await live.read())?.revision ?? 0).catch(() => null);
      const reason = revision === null ? 'store_unreachable' : revision === 0 ? 'nothing_applied' : null;
      if (reason !== null) void reply.status(503);
      return { status: reason === null ? 'ready' : 'not_ready', ...(reason !== null && { reason }), revision };
    },
  );
}
