import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveSecrets, secretsOf } from '../../engine/channels/secrets.ts';

test('references are replaced by variables of the environment, other text stays', () => {
  const secret = secretsOf({ KEY: 'v$&1' });
  expect(resolveSecrets(`a-\${secret.KEY}-$KEY-\${KEY}`, secret)).toBe(`a-v$&1-$KEY-\${KEY}`);
});

test('a file in the secrets folder comes before the environment, without its last line end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parcours-secrets-'));
  await writeFile(join(folder, 'KEY'), 'from file\n');
  const secret = secretsOf({ KEY: 'from environment', OTHER: 'o', PARCOURS_SECRETS_DIR: folder });
  expect(resolveSecrets(`\${secret.KEY} \${secret.OTHER}`, secret)).toBe('from file o');
  await rm(folder, { recursive: true });
});

test('what nobody set is an error that names the secret', () => {
  const secret = secretsOf({});
  expect(() => resolveSecrets(`\${secret.NOPE}`, secret)).toThrow('secret NOPE is not set');
  expect(() => resolveSecrets(`\${secret.constructor}`, secret)).toThrow('secret constructor is not set');
});
