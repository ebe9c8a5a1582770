/** What checking files doesn't load: each of these packages would make the start of every command slower. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { builtFile } from '../support/built-engine.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

/** Names the packages that were loaded when the process ends: those of CommonJS stand in its cache, whoever asked for them. */
const tell = `import { createRequire } from 'node:module';
import { writeSync } from 'node:fs';
const { cache } = createRequire(process.cwd() + '/');
process.on('exit', () => {
  const names = Object.keys(cache).map((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
  writeSync(2, '\\nloaded: ' + [...new Set(names)].sort().join(' ') + '\\n');
});`;

const channels = `kind: channel
id: text
type: sms
twilio: { account_sid: "\${secret.SID}", auth_token: "\${secret.TOKEN}", from: "+33755530000" }
cost: { default: 0.08 EUR, by_country: { FR: 0.045 EUR } }
---
kind: channel
id: app
type: push
firebase: { service_account: "\${secret.FIREBASE}" }
---
kind: template
id: hello
email:
  en: { subject: Hello, mjml: "<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>" }
`;

it('`parcours validate` loads no provider, whatever channels there are', async () => {
  const main = await builtFile('cli/main.js');
  const cwd = writeWorkspace({ 'channels.yaml': channels });
  const preload = `data:text/javascript,${encodeURIComponent(tell)}`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', preload, main, 'validate'], {
    cwd,
  });
  expect(stdout).toContain('valid');
  const loaded = /loaded: (.*)/.exec(stderr)?.[1]?.split(' ') ?? [];
  const heavy = [
    'twilio',
    'firebase-admin',
    'google-auth-library',
    'libphonenumber-js',
    'mjml',
    'pdf-lib',
    'nodemailer',
    'fastify',
  ];
  expect(loaded.filter((name) => heavy.includes(name))).toEqual([]);
  // The same way does see what is loaded.
  const seen = await promisify(execFile)(process.execPath, [
    '--import',
    preload,
    '--input-type=module',
    '-e',
    "await import('twilio')",
  ]);
  expect(seen.stderr).toMatch(/loaded: .*\btwilio\b/);
});
