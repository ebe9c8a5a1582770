// Runs the built program in this process and tells its greatest memory on file descriptor 3, in bytes.
import { writeSync } from 'node:fs';

process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS * 1024)));
await import('../dist/cli/main.js');
