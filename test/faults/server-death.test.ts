/** The server of the database is killed while a daemon works on it, and started again: what was committed stands, nothing is sent twice. */
import { afterEach, describe, expect, it } from 'vitest';
import { embeddedPlace } from '../../engine/store/embedded-place.ts';
import { resetEmbedded } from '../../engine/store/embedded-server.ts';
import { openStore } from '../../engine/store/open-store.ts';
import { readPostmaster } from '../../engine/store/postmaster.ts';
import { type EmbeddedFolder, embeddedFolder, quickServer } from '../support/embedded-folder.ts';
import { proofSize } from '../support/proof.ts';
import {
  daemonOn,
  eventOf,
  eventually,
  type FaultStore,
  faultJourneys,
  faultStoreOn,
  type RunningDaemon,
} from './fault-store.ts';

let folder: EmbeddedFolder;
let fault: FaultStore;
let daemon: RunningDaemon;

afterEach(async () => {
  await daemon.stop().catch(() => {});
  await fault.drop();
});

/** A server of the test's own: killing it troubles nobody else. */
async function onOwnServer(): Promise<FaultStore> {
  folder = embeddedFolder();
  const store = await openStore({ root: folder.root, env: {}, embedded: await quickServer() });
  const own = { ...store, kept: store, drop: () => folder.remove(), destroy: () => resetEmbedded(folder.root) };
  return await faultStoreOn(own, faultJourneys);
}

/** Returns when it is gone. Whoever asks for a session next starts it again. */
async function killServer(): Promise<void> {
  const { dataDir } = await embeddedPlace(folder.root);
  const server = readPostmaster(dataDir);
  expect(server).toBeDefined();
  process.kill(server?.pid ?? 0, 'SIGKILL');
  await eventually('the server is dead', () => readPostmaster(dataDir)?.pid !== server?.pid);
}

const stateCount = (states: string) =>
  fault.count(`select count(*) as n from parcours.message where state = any('${states}')`);

describe('the server of the database', () => {
  it('edge case 18: killed and restarted, again and again → nothing is lost, nothing is sent twice', async () => {
    fault = await onOwnServer();
    const people = proofSize(5_000);
    const rounds = proofSize(10, 3);
    daemon = daemonOn(fault, { workers: 2 });
    const facts = Array.from({ length: people }, (_, i) => eventOf(`p${i}`, 'signed_up', `m${i}`));
    for (let round = 0; round < rounds; round += 1) {
      const before = fault.lines().length;
      await fault.tell(facts.filter((_, i) => i % rounds === round));
      await eventually('some of this round was sent', () => fault.lines().length > before);
      await killServer();
    }
    await eventually('all is worked off', async () => {
      const left = await fault.count(
        `select (select count(*) from parcours.inbox) + (select count(*) from parcours.outbox where state = 'ready') as n`,
      );
      return left === 0 && (await stateCount('{queued,sent,uncertain}')) === people;
    });
    await daemon.stop();
    expect(daemon.troubles.filter(({ state }) => state === 'over').length).toBeGreaterThan(0);
    await fault.runOnce();
    // An answer to a claim that died with the server leaves an attempt in doubt: it is found later, and never sent twice.
    const sent = await stateCount('{sent}');
    expect(sent + (await stateCount('{queued,uncertain}'))).toBe(people);
    expect(await fault.count('select count(*) as n from parcours.event')).toBe(people);
    expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(people);
    expect(await fault.count('select count(*) as n from parcours.dead_letter')).toBe(0);
    const tokens = fault.lines().map((line) => line.token);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.length).toBeGreaterThanOrEqual(sent);
    expect(await stateCount('{queued}')).toBe(
      await fault.count(`select count(*) as n from parcours.outbox where state = 'attempting'`),
    );
  }, 300_000);
});
