/** A shop whose mail goes to a real SMTP server in the test's process, whose answers a test can bend. */
import { onTestFinished } from 'vitest';
import { type Bends, startSmtpServer, type TestSmtpServer } from '../../channels/smtp-server.ts';
import { house, type Journey } from '../pressure-house.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { baseFiles } from '../scenario-files.ts';

export const letter: Journey = { id: 'letter', channel: 'mail' };

export interface MailShop {
  readonly s: Scenario;
  readonly smtp: TestSmtpServer;
}

export async function mailShop(
  bends: Bends = {},
  {
    rules = 'valid_for: 2d',
    journeys = [letter],
  }: { readonly rules?: string; readonly journeys?: readonly Journey[] } = {},
): Promise<MailShop> {
  const smtp = await startSmtpServer(bends);
  onTestFinished(() => smtp.stop());
  const post = `via: smtp\nsmtp: { host: 127.0.0.1, port: ${smtp.port}, from: "Shop <shop@shop.example>" }\n`;
  const channels = (baseFiles['channels.yaml'] as string).replace('type: email\nvia: log\n', `type: email\n${post}`);
  const s = await scenario({ 'channels.yaml': channels, 'scenario.yaml': house(rules, journeys) });
  return { s, smtp };
}

/** People with addresses, who sign up in one batch. */
export async function signUpAll(s: Scenario, people: readonly string[]): Promise<void> {
  await s.tell(people.map((who) => ({ who, type: 'signed_up', traits: { email: `${who}@shop.example` } })));
  await s.settle();
}
