/**
 * Fits what a trait reads of everybody to grouped rows: the models behind lifetime value and churn, and the priors of channels. When
 * it is due, and where it is stored, is in `scales.ts`; the statistics are in `measure/statistics`.
 */
import type { GroupedPeople, Models, Predicted } from '../../compiler/prediction-sql.ts';
import type { Fitted } from '../../compiler/scale-sql.ts';
import { type Beta, populationPrior } from '../../measure/statistics/affinity.ts';
import type { Session } from '../../store/session.ts';
import { fitOrdersAside, fitValuesAside } from './fit-aside.ts';

/** `bounds` as they are stored, `people` of whom they are. */
export interface FittedScale {
  readonly bounds: Models | ChannelRates;
  readonly people: number;
}

/** Under each channel on which anybody got anything the prior of being answered there. */
export interface ChannelRates {
  readonly rates: Readonly<Record<string, Beta>>;
}

interface Rows {
  readonly text: string;
  readonly values: readonly unknown[];
}

export type FitToRows = (definition: Fitted, rows: Rows) => Promise<FittedScale>;

/**
 * Reads rows and fits. What can't be fitted is a scale with the reason in `refused`. Traits that read the same orders, as lifetime
 * value and churn do, are fitted once.
 */
export function fitter(session: Session): FitToRows {
  const known = new Map<string, ReturnType<FitOrders>>();
  const fitOrders: FitOrders = ({ histories }) => {
    const key = JSON.stringify(histories);
    const rows = histories.map(([frequency, recency, age, people]) => ({ frequency, recency, age, people }));
    const found = known.get(key) ?? fitOrdersAside(rows);
    known.set(key, found);
    return found;
  };
  return async (definition, { text, values }) => {
    if (definition.kind === 'preferred_channel') return channelRates(await session.query<ChannelRow>(text, values));
    const [rows] = await session.query<GroupedPeople>(text, values);
    if (rows === undefined) throw new Error('assertion failed: people are grouped into one row');
    return { people: rows.people, bounds: await modelsOf(definition, rows, fitOrders) };
  };
}

type FitOrders = (rows: GroupedPeople) => ReturnType<typeof fitOrdersAside>;

async function modelsOf(definition: Predicted, rows: GroupedPeople, fitOrders: FitOrders): Promise<Models> {
  const { day } = rows;
  const needs = { bgNbd: true, gammaGamma: false };
  if (definition.kind === 'clv') {
    needs.bgNbd = definition.predict !== 'order_value';
    needs.gammaGamma = definition.predict !== 'orders';
  }
  const orders = needs.bgNbd ? await fitOrders(rows) : null;
  if (orders?.kind === 'refused') return { day, refused: orders.reason };
  const spendings = rows.spendings.map(([count, mean, people]) => ({ orders: count, mean, people }));
  const values = needs.gammaGamma ? await fitValuesAside(spendings) : null;
  if (values?.kind === 'refused') return { day, refused: values.reason };
  return {
    day,
    ...(orders !== null && { bgNbd: orders.model }),
    ...(values !== null && { gammaGamma: values.model }),
  };
}

interface ChannelRow {
  readonly channel: string;
  readonly successes: number;
  readonly tries: number;
  readonly people: number;
  /** Of them, those who are counted here and in no other row. */
  readonly firsts: number;
}

function channelRates(rows: readonly ChannelRow[]): FittedScale {
  const byChannel = new Map<string, ChannelRow[]>();
  for (const row of rows) byChannel.set(row.channel, [...(byChannel.get(row.channel) ?? []), row]);
  return {
    people: rows.reduce((sum, { firsts }) => sum + firsts, 0),
    bounds: { rates: Object.fromEntries([...byChannel].map(([channel, list]) => [channel, populationPrior(list)])) },
  };
}
