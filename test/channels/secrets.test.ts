import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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

test('a variable of our own prefix comes before one that others may read, too', () => {
  const secret = secretsOf({ KEY: 'common', PARCOURS_SECRET_KEY: 'ours', OTHER: 'o' });
  expect(resolveSecrets(`\${secret.KEY} \${secret.OTHER}`, secret)).toBe('ours o');
});

test('links are followed within the secrets folder, as mounted secrets have them, and never out of it', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'parcours-secrets-'));
  const folder = join(outside, 'mounted');
  await mkdir(join(folder, '..data'), { recursive: true });
  await writeFile(join(folder, '..data', 'KEY'), 'mounted\r\n');
  await writeFile(join(outside, 'elsewhere'), 'of another');
  await symlink('..data/KEY', join(folder, 'KEY'));
  await symlink('../elsewhere', join(folder, 'STRAY'));
  const secret = secretsOf({ PARCOURS_SECRETS_DIR: folder });
  expect(resolveSecrets(`\${secret.KEY}`, secret)).toBe('mounted');
  expect(() => resolveSecrets(`\${secret.STRAY}`, secret)).toThrow('secret STRAY is not set');
  await rm(outside, { recursive: true });
});
