import { seatsText } from '../planning/guardrails.ts';
import { moneyText } from '../planning/money.ts';
import type { ForecastDocument, PoolForecastDocument } from '../runs/forecast.ts';
import type { PastDocument, PoolPastDocument } from '../runs/past.ts';
import { type Paint, table } from './terminal.ts';

/** The longest bar (characters). */
const WIDTH = 40;

type Day = PoolForecastDocument['days'][number];

/** A forecast for a person: a bar for each stretch of days that are alike, and what to do when. */
export function renderForecast({ pools }: ForecastDocument, paint: Paint): string {
  return pools.map((pool) => renderPool(pool, paint)).join('\n\n');
}

function renderPool(pool: PoolForecastDocument, paint: Paint): string {
  const { error, peak, money } = pool;
  const name = paint('bold', pool.pool);
  if (error !== undefined) return `${name}\n  ${paint('red', error.message)}\n  ${error.advice}`;
  const cost = (seats: 'paid' | 'peak') =>
    money === undefined ? '' : ` (${moneyText(money[seats], money.currency)} a ${money.per})`;
  const head = `${name}: ${pool.paid} paid${cost('paid')}, peak ${peak?.needed} on ${peak?.date}${cost('peak')}`;
  return [head, drawing(pool.days, paint), ...advice(pool, paint)].join('\n');
}

/** `█` is needed and paid, `░` paid and not needed, `▒` needed and not paid. */
function drawing(days: readonly Day[], paint: Paint): string {
  const most = Math.max(1, ...days.map(({ needed, paid }) => Math.max(needed, paid)));
  const scale = (seats: number) => Math.round((seats / most) * Math.min(WIDTH, most));
  const rows = stretches(days).map(({ first, last }) => {
    const covered = scale(Math.min(first.needed, first.paid));
    const bar =
      '█'.repeat(covered) +
      paint('dim', '░'.repeat(Math.max(0, scale(first.paid) - covered))) +
      paint('red', '▒'.repeat(Math.max(0, scale(first.needed) - covered)));
    const dates = first.date === last.date ? first.date : `${first.date} – ${last.date}`;
    return [
      dates,
      String(first.entitled),
      String(first.needed),
      String(first.paid),
      difference(first, paint),
      bar,
    ];
  });
  return table([['days', 'entitled', 'needed', 'paid', '', ''], ...rows]);
}

function difference({ shortfall, surplus }: Day, paint: Paint): string {
  if (shortfall > 0) return paint('red', `${shortfall} short`);
  return surplus > 0 ? `${surplus} over` : '';
}

/** Days in a row with the same figures. */
function stretches(days: readonly Day[]): { first: Day; last: Day }[] {
  const found: { first: Day; last: Day }[] = [];
  for (const day of days) {
    const stretch = found.at(-1);
    if (stretch?.first.needed === day.needed && stretch.first.entitled === day.entitled) stretch.last = day;
    else found.push({ first: day, last: day });
  }
  return found;
}

function advice({ changes, buy, drop, shortfall }: PoolForecastDocument, paint: Paint): string[] {
  const lines = buy.map(({ date, seats, buyBy }) =>
    changes === 'manual'
      ? paint('yellow', `buy ${seatsText(seats)} by ${buyBy}: due from ${date}`)
      : `cohort-sync buys ${seatsText(seats)} on ${date}`,
  );
  if (shortfall === null) lines.push('no seat is missing');
  if (drop !== null) {
    const what = changes === 'manual' ? 'can be dropped' : 'given back by cohort-sync';
    lines.push(`${seatsText(drop.seats)} ${what} from ${drop.from}, if none is bought before`);
  }
  return lines.map((line) => `  ${line}`);
}

/** What became of the seats, for a person. */
export function renderPast({ pools }: PastDocument, paint: Paint): string {
  return pools.map((pool) => renderPoolPast(pool, paint)).join('\n\n');
}

function renderPoolPast(
  { pool, from, to, seatDays, peak, atPeak, money }: PoolPastDocument,
  paint: Paint,
): string {
  const name = paint('bold', pool);
  if (from === null) return `${name}: nothing is known yet; the first run begins the record`;
  const { paid, used, idle } = seatDays;
  const share = (part: number, of: number) => (of === 0 ? '' : ` (${Math.round((100 * part) / of)} %)`);
  const cost = (amount: number | undefined) =>
    money === undefined || amount === undefined ? '' : moneyText(amount, money.currency);
  const rows = [
    ['paid', String(paid), cost(money?.paid)],
    ['used', `${used}${share(used, paid)}`, ''],
    ['idle', `${idle}${share(idle, paid)}`, ''],
    [`held at the peak of ${peak}`, String(atPeak), cost(money?.atPeak)],
    [
      'not paid for, compared with that',
      `${atPeak - paid}${share(atPeak - paid, atPeak)}`,
      cost(saved(money)),
    ],
  ];
  return `${name}: seats times days, ${from} – ${to}\n${table(rows)}`;
}

function saved(money: PoolPastDocument['money']): number | undefined {
  return money === undefined ? undefined : money.atPeak - money.paid;
}
