import { html } from 'hono/html';
import { addDays, daysBetween, type IsoDate } from '../../../dates.ts';
import { dayText } from '../parts/time.ts';
import type { Html } from '../site.ts';
import type { Held } from './history.ts';

/** What a person's timeline shows. */
export interface PersonTimeline {
  readonly today: IsoDate;
  readonly cohorts: readonly {
    readonly cohort: string;
    readonly startsOn: IsoDate;
    readonly endsOn: IsoDate;
  }[];
  readonly pools: readonly PoolLane[];
}

export interface PoolLane {
  readonly pool: string;
  /** Days on which a seat is due by the roster. */
  readonly due: readonly { readonly from: IsoDate; readonly to: IsoDate }[];
  /** Days on which there was one. */
  readonly held: readonly Held[];
}

/** Spans that touch or cover each other are one. Pure. */
export function joined(spans: readonly { readonly from: IsoDate; readonly to: IsoDate }[]) {
  const found: { from: IsoDate; to: IsoDate }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = found.at(-1);
    if (last === undefined || from > addDays(last.to, 1)) found.push({ from, to });
    else if (to > last.to) last.to = to;
  }
  return found;
}

/** In units of the drawing. */
const WIDTH = 1000;
const LEFT = 130;
const RIGHT = 12;
const LANE = 30;
const BAR = 16;
const TOP = 18;
const AXIS = 22;
const DATE_ROOM = 66;
const CHARACTER = 6.6;
const MARGIN_DAYS = 7;

/** A person's cohorts, and below them by pool when a seat is due (an outline) and when there was one (filled). */
export function personChart({ today, cohorts, pools }: PersonTimeline): Html {
  const dates = [
    today,
    ...cohorts.flatMap(({ startsOn, endsOn }) => [startsOn, endsOn]),
    ...pools.flatMap(({ due, held }) => [
      ...due.flatMap(({ from, to }) => [from, to]),
      ...held.flatMap(({ from, to }) => [from ?? today, lastOf(to, today)]),
    ]),
  ].sort();
  const first = addDays(dates[0] ?? today, -MARGIN_DAYS);
  const last = addDays(dates.at(-1) ?? today, MARGIN_DAYS);
  const days = Math.max(1, daysBetween(first, last) + 1);
  const x = (date: IsoDate) => {
    const within = date < first ? first : date;
    return Math.round(LEFT * 10 + (daysBetween(first, within) * (WIDTH - LEFT - RIGHT) * 10) / days) / 10;
  };
  const bar = (lane: number, from: IsoDate, to: IsoDate, look: string) => {
    const left = x(from);
    const width = Math.max(2, Math.round((x(addDays(to, 1)) - left) * 10) / 10);
    return html`<rect class="${look}" x="${left}" y="${TOP + lane * LANE + 4}" width="${width}" height="${BAR}" rx="3"/>`;
  };
  const bottom = TOP + (pools.length + 1) * LANE;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${bottom + AXIS}" role="img" aria-labelledby="person-title person-desc">
<title id="person-title">Cohorts and seats over time</title>
<desc id="person-desc">${description({ today, cohorts, pools })}</desc>
${label(0, 'cohorts')}
${cohorts.map(({ cohort, startsOn, endsOn }) => {
  const room = Math.floor((x(addDays(endsOn, 1)) - x(startsOn) - 10) / CHARACTER);
  return html`${bar(0, startsOn, endsOn, 'cohort')}<text class="cohort-name" x="${x(startsOn) + 6}" y="${TOP + 16}">${[...cohort].slice(0, Math.max(0, room)).join('')}</text>`;
})}
${pools.map(
  ({ pool, due, held }, place) =>
    html`${label(place + 1, pool)}${held.map(({ from, to }) =>
      bar(place + 1, from ?? first, lastOf(to, today), 'held-seat'),
    )}${due.map(({ from, to }) => bar(place + 1, from, to, 'due-seat'))}`,
)}
${ticks(
  cohorts.map(({ startsOn }) => startsOn),
  x,
  bottom,
  today,
)}
<path class="today" d="M${x(today)} 6V${bottom}"/><text class="today-label" x="${x(today) + 4}" y="13">today</text>
</svg>`;
}

function lastOf(to: Held['to'], today: IsoDate): IsoDate {
  return to === null || to === 'now' ? today : to;
}

function label(lane: number, text: string): Html {
  const room = Math.floor((LEFT - 10) / CHARACTER);
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  return html`<text class="tick" x="${LEFT - 10}" y="${TOP + lane * LANE + 16}" text-anchor="end">${shown}</text>`;
}

function ticks(
  starts: readonly IsoDate[],
  x: (date: IsoDate) => number,
  bottom: number,
  today: IsoDate,
): Html[] {
  let free = 0;
  return [...new Set(starts)].sort().flatMap((date) => {
    const at = x(date);
    if (at < free) return [];
    free = at + DATE_ROOM;
    const [, ...shown] = dayText(date, today).split(' ');
    return [
      html`<path class="grid" d="M${at} ${bottom}v5"/><text class="tick" x="${at}" y="${bottom + 18}">${shown.join(' ')}</text>`,
    ];
  });
}

function description({ today, cohorts, pools }: PersonTimeline): string {
  const taught = cohorts.map(
    ({ cohort, startsOn, endsOn }) =>
      `cohort ${cohort} from ${dayText(startsOn, today)} to ${dayText(endsOn, today)}`,
  );
  const seats = pools.map(
    ({ pool, due }) =>
      `in ${pool} ${due.length === 0 ? 'no seat is due' : `a seat is due ${due.length} ${due.length === 1 ? 'time' : 'times'}`}`,
  );
  return `${[...taught, ...seats].join('; ')}. The days are in the table below.`;
}
