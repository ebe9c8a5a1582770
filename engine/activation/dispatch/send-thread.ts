/** The program of a thread that sends: batches of one channel by its adapter, several at once. Nothing imports this file. */
import { parentPort, workerData } from 'node:worker_threads';
import { createAdapter } from '../../channels/create-adapter.ts';
import { faultOf, type SendingThread, type ThreadAnswer, type ThreadTask } from './send-aside.ts';

const { config, root } = workerData as SendingThread;
let secrets: Readonly<Record<string, string | undefined>> = {};
const adapter = createAdapter(config, { root, secret: (name) => secrets[name] });
const tell = (answer: ThreadAnswer): void => parentPort?.postMessage(answer);
const sending = new Set<Promise<void>>();

async function send({ batch, messages }: Exclude<ThreadTask, 'close'>): Promise<void> {
  try {
    tell({ batch, outcomes: await adapter.send(messages) });
  } catch (error) {
    tell({ batch, fault: faultOf(error) });
  }
}

parentPort?.on('message', async (task: ThreadTask) => {
  if (task === 'close') {
    await Promise.all(sending);
    await adapter.close();
    // Of this thread alone, whatever its libraries leave open.
    process.exit();
  }
  secrets = task.secrets;
  const sent: Promise<void> = send(task).finally(() => sending.delete(sent));
  sending.add(sent);
});
tell('there');
