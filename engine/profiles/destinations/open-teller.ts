/** Opens the way that a destination names, at the point to which its delivery has come. */
import { join } from 'node:path';
import type { SecretLookup } from '../../channels/secrets.ts';
import type { DeliveryBody, DestinationBody } from '../../compiler/ir.ts';
import { openAudience } from './audience.ts';
import { columnsOf, type Known } from './columns.ts';
import { fileSink } from './file-sink.ts';
import { openPart } from './part-file.ts';
import { openTable } from './postgres/table-sink.ts';
import type { RunRow } from './runs/queries.ts';
import { rowsTeller, type Teller } from './teller.ts';
import { webhookSink } from './webhook-sink.ts';

export interface Opening {
  readonly destination: string;
  readonly body: DestinationBody;
  readonly delivery: DeliveryBody;
  readonly run: RunRow;
  /** Of all lanes that it began with, some are read. */
  readonly isUnderway: boolean;
  readonly known: Known;
  /** The workspace's folder. */
  readonly root: string;
  /** For the day in a file's name. */
  readonly zone: string;
  readonly secret: SecretLookup;
  readonly now: () => Date;
}

/** Null: what was written of the delivery isn't there any more, so it must begin anew. Errors: `DeliveryError`. */
export async function openTeller(opening: Opening): Promise<Teller<unknown> | null> {
  const { destination, body, delivery, run, known, root, secret, now } = opening;
  const { to } = delivery;
  const ofChanges = delivery.send === 'changes';
  const columns = columnsOf(delivery, known);
  switch (to.kind) {
    case 'file': {
      const shown = filledPath(to.path, opening);
      const path = join(root, shown);
      const file = await openPart(path, `${path}.${run.run_id}.part`, run.bytes[0] ?? 0);
      return file && rowsTeller(fileSink(file, { format: to.format, columns, ofChanges }, shown), columns);
    }
    case 'audience': {
      const shown = filledPath(to.path, opening);
      const form = { destination, run: run.run_id, platform: to.platform, path: join(root, shown), shown, ofChanges };
      return await openAudience({ ...form, bytes: run.bytes[0] ?? 0 });
    }
    case 'postgres': {
      const at = run.lanes.length === 0 ? 'told' : opening.isUnderway ? 'underway' : 'beginning';
      const { connection, table } = to;
      const sink = await openTable({ connection, table, columns, secret, ofChanges, at });
      return sink && rowsTeller(sink, columns);
    }
    case 'webhook':
      return rowsTeller(webhookSink({ destination, run: run.run_id, body, columns, ofChanges, secret, now }), columns);
  }
}

function filledPath(path: string, { run, zone }: Opening): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(run.started_at);
  return path.replaceAll('{run}', String(run.run_id)).replaceAll('{date}', day);
}
