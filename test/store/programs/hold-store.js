/** Opens the embedded store of a folder, prints its server's process number, and holds a session until it's killed or its input ends. */

import { embeddedPlace } from '../../../dist/store/embedded-place.js';
import { ensureEmbedded } from '../../../dist/store/embedded-server.js';
import { readPostmaster } from '../../../dist/store/postmaster.js';
import { openSession } from '../../../dist/store/session.js';

const root = process.argv[2] ?? '';
const connection = await ensureEmbedded(root, { settings: { fsync: 'off' }, idleStopMs: 60_000 });
const session = await openSession(connection);
const place = await embeddedPlace(root);
process.stdout.write(`${readPostmaster(place.dataDir)?.pid}\n`);
process.stdin.on('end', () => void session.close());
process.stdin.resume();
