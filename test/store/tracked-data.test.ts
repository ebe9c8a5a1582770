/** A repository may bring anything along, but no server's data that we would run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EmbeddedPlace } from '../../engine/store/embedded-place.ts';
import { refuseTrackedData } from '../../engine/store/tracked-data.ts';
import { gitEnv } from '../support/git-folder.ts';

test('the data of a server that git tracks is refused, and other data is not', async () => {
  const root = mkdtempSync(join(tmpdir(), 'parcours-tracked-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const dataDir = join(root, '.parcours/pg');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'PG_VERSION'), '17\n');
  const common = { root, key: '', user: null, copyBase: root, lockFile: '', obstacle: null };
  const place: EmbeddedPlace = { ...common, dataDir, isRelocated: false };
  await expect(refuseTrackedData(place)).resolves.toBeUndefined();
  execFileSync('git', ['init', '--quiet'], { cwd: root, env: gitEnv });
  await expect(refuseTrackedData(place)).resolves.toBeUndefined();
  execFileSync('git', ['add', '--force', '.parcours'], { cwd: root, env: gitEnv });
  await expect(refuseTrackedData(place)).rejects.toMatchObject({ code: 'STORE_START_FAILED' });
  await expect(refuseTrackedData({ ...place, isRelocated: true })).resolves.toBeUndefined();
});
