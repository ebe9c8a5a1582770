/** `/docs`: what the server takes, as OpenAPI (`/docs/openapi.json`) and as a plain page made of it. It loads nothing from elsewhere. */
import type { FastifyInstance } from 'fastify';

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
}

export function addDocsRoutes(app: FastifyInstance): void {
  app.get('/docs/openapi.json', { schema: { hide: true } as object }, async () => app.swagger());
  app.get('/docs', { schema: { hide: true } as object }, async (_request, reply) => {
    const { paths } = app.swagger() as {
      readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    };
    return await reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(pageOf(paths ?? {}));
  });
}

function pageOf(paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>): string {
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, { summary = '', description = '' }]) =>
        `<tr><td><code>${method.toUpperCase()} ${escaped(path)}</code></td><td>${escaped(summary)}<br><small>${escaped(description)}</small></td></tr>`,
    ),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Parcours: HTTP API</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}td{padding:.4rem 1rem .4rem 0;vertical-align:top}</style>
<h1>HTTP API</h1><p>The whole as OpenAPI: <a href="/docs/openapi.json">openapi.json</a>.</p>
<table>${rows.join('\n')}</table></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
}
