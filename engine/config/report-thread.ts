/** The other threads of `report-files.ts`: each takes batches of files until none is left. Nothing else imports this file. */
import { parentPort, workerData } from 'node:worker_threads';
import { reportFile } from './file-report.ts';
import { type BatchMessage, batchFiles, type ReporterData, takeBatch } from './report-files.ts';

const { files, next } = workerData as ReporterData;
for (let from = takeBatch(next); from < files.length; from = takeBatch(next)) {
  const reports = files.slice(from, from + batchFiles).map(({ path, text }) => reportFile(path, text));
  parentPort?.postMessage({ from, reports: JSON.stringify(reports) } satisfies BatchMessage);
}
