import { html } from 'hono/html';
import { addDays, type IsoDate } from '../../../dates.ts';
import type { CohortSpan } from '../../../planning/outlook.ts';
import { dayText } from '../parts/time.ts';
import type { Html } from '../site.ts';
import { lackOf, offsetOf, spansOf, type Timeline } from './points.ts';

/** In units of the drawing. */
const WIDTH = 1000;
const PLOT = { left: 34, right: 92, height: 170 } as const;
const LANE = 20;
const AXIS = 24;

/** Rows of cohorts above the plot at most; those beyond are in the table only. */
const MOST_LANES = 4;

/** The fewest units that a cohort's name and a date at the axis need. */
const NAME_ROOM = 46;
const DATE_ROOM = 66;
const CHARACTER = 6.6;

interface Scale {
  readonly x: (date: IsoDate) => number;
  readonly y: (seats: number) => number;
  readonly top: number;
  readonly most: number;
}

/**
 * Seats needed as steps against seats paid, with the cohorts above. It can be told without colors: what is short is
 * hatched, what is unused is dotted, what is paid is dashed.
 * @param id of the pool, for names that are used once a page.
 * @param finding what it shows, in words.
 */
export function seatChart(id: string, timeline: Timeline, finding: string): Html {
  const lanes = lanesOf(timeline);
  const top = lanes.length * LANE + 10;
  const scale = scaleOf(timeline, top);
  const height = top + PLOT.height + AXIS;
  const { from, to, today } = timeline;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="chart-${id}-title chart-${id}-desc">
<title id="chart-${id}-title">Seats needed and paid in ${id}</title>
<desc id="chart-${id}-desc">${finding} From ${dayText(from, today)} to ${dayText(to, today)}; the numbers are in the table below.</desc>
<defs>
<pattern id="chart-${id}-short" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="short-ground" width="7" height="7"/><rect class="short-stripe" width="2.5" height="7"/></pattern>
<pattern id="chart-${id}-unused" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="spare-ground" width="8" height="8"/><circle class="spare-dot" cx="4" cy="4" r="1.2"/></pattern>
</defs>
${bands(timeline, lanes, scale)}
${grid(scale)}
${dates(timeline, scale)}
${areas(id, timeline, scale)}
<path class="line paid" d="${steps(timeline, scale, ({ paid }) => paid)}"/>
<path class="line needed" d="${steps(timeline, scale, ({ needed }) => needed)}"/>
<path class="today" d="M${scale.x(today)} ${scale.top - 4}V${scale.top + PLOT.height}"/>
<text class="today-label" x="${scale.x(today) + 4}" y="${scale.top + 10}">today</text>
${endLabels(timeline, scale)}
</svg>`;
}

function scaleOf(timeline: Timeline, top: number): Scale {
  const days = offsetOf(timeline, timeline.to) + 1;
  const width = WIDTH - PLOT.left - PLOT.right;
  const most = Math.max(1, ...timeline.points.flatMap(({ needed, paid }) => [needed, paid ?? 0])) * 1.12;
  return {
    x: (date) => round(PLOT.left + (offsetOf(timeline, date) * width) / days),
    y: (seats) => round(top + PLOT.height - (seats * PLOT.height) / most),
    ...{ top, most },
  };
}

/** One decimal is a tenth of a pixel. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A stepped path by horizontal and vertical lines only; it is broken where a number is not known. */
function steps(
  timeline: Timeline,
  { x, y }: Scale,
  of: (point: Timeline['points'][number]) => number | null,
): string {
  let path = '';
  let before: number | null = null;
  for (const span of spansOf(timeline)) {
    const seats = of(span);
    if (seats !== null) {
      if (before === null) path += `M${x(span.date)} ${y(seats)}`;
      else if (seats !== before) path += `V${y(seats)}`;
      path += `H${x(addDays(span.last, 1))}`;
    }
    before = seats;
  }
  return path;
}

function areas(id: string, timeline: Timeline, { x, y }: Scale): Html[] {
  return spansOf(timeline).flatMap((span) => {
    const lack = lackOf(span);
    if (lack === null || lack === 0 || span.paid === null) return [];
    const [left, right] = [x(span.date), x(addDays(span.last, 1))];
    const [above, below] = [y(Math.max(span.needed, span.paid)), y(Math.min(span.needed, span.paid))];
    const fill = `url(#chart-${id}-${lack > 0 ? 'short' : 'unused'})`;
    return [
      html`<rect x="${left}" y="${above}" width="${round(right - left)}" height="${round(below - above)}" fill="${fill}"/>`,
    ];
  });
}

/** Lines at whole numbers of seats, five or so. */
function grid({ y, most }: Scale): Html[] {
  const step = stepFor(most);
  const lines: Html[] = [];
  for (let seats = 0; seats <= most; seats += step) {
    const at = y(seats);
    lines.push(
      html`<path class="grid" d="M${PLOT.left} ${at}H${WIDTH - PLOT.right}"/><text class="tick" x="${PLOT.left - 6}" y="${at + 4}" text-anchor="end">${seats}</text>`,
    );
  }
  return lines;
}

function stepFor(most: number): number {
  const rough = most / 5;
  const size = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  return Math.max(1, [1, 2, 5, 10].map((each) => each * size).find((each) => each >= rough) ?? size);
}

/** The first days of the cohorts, as far as there is room for them. */
function dates(timeline: Timeline, { x, top }: Scale): Html[] {
  const { from, to, today } = timeline;
  const starts = [...new Set(timeline.cohorts.map(({ startsOn }) => startsOn))].sort();
  let free = 0;
  return starts.flatMap((date) => {
    const at = date < from || date > to ? -1 : x(date);
    if (at < free) return [];
    free = at + DATE_ROOM;
    const bottom = top + PLOT.height;
    const [, ...shown] = dayText(date, today).split(' ');
    return [
      html`<path class="grid" d="M${at} ${bottom}v5"/><text class="tick" x="${at}" y="${bottom + 18}">${shown.join(' ')}</text>`,
    ];
  });
}

/** The cohorts in rows in which none covers another. */
function lanesOf({ cohorts, from, to }: Timeline): CohortSpan[][] {
  const lanes: CohortSpan[][] = [];
  for (const cohort of cohorts) {
    if (cohort.endsOn < from || cohort.startsOn > to) continue;
    const lane = lanes.find((each) => (each.at(-1)?.endsOn ?? '') < cohort.startsOn);
    if (lane !== undefined) lane.push(cohort);
    else if (lanes.length < MOST_LANES) lanes.push([cohort]);
  }
  return lanes;
}

function bands({ from, to }: Timeline, lanes: readonly CohortSpan[][], { x, top }: Scale): Html[] {
  return lanes.flatMap((lane, row) =>
    lane.map((cohort, place) => {
      const left = x(cohort.startsOn < from ? from : cohort.startsOn);
      const right = x(addDays(cohort.endsOn > to ? to : cohort.endsOn, 1));
      const width = round(right - left);
      const y = 4 + row * LANE;
      const name = fitted(cohort.cohort, width);
      return html`<rect class="band ${place % 2 === 0 ? 'even' : 'odd'}" x="${left}" y="${y}" width="${width}" height="${top + PLOT.height - y}"/>
<rect class="cohort" x="${left + 1}" y="${y}" width="${Math.max(1, round(width - 2))}" height="${LANE - 3}" rx="3"/>
${name && html`<text class="cohort-name" x="${left + 6}" y="${y + 12.5}">${name}</text>`}`;
    }),
  );
}

/** As much of a name as there is room for. */
function fitted(name: string, width: number): string {
  if (width < NAME_ROOM) return '';
  const room = Math.floor((width - 10) / CHARACTER);
  const characters = [...name];
  return characters.length <= room ? name : `${characters.slice(0, room - 1).join('')}…`;
}

/** What each line is, at its end, apart from each other. */
function endLabels({ points, today }: Timeline, { y }: Scale): Html {
  const last = points.at(-1);
  if (last === undefined || today === '') return html``;
  const paid = y(last.paid ?? 0) + 4;
  const needed = y(last.needed) + 4;
  const apart = Math.abs(paid - needed) < 14;
  const shift = apart ? (14 - Math.abs(paid - needed)) / 2 : 0;
  const paidIsAbove = (last.paid ?? 0) >= last.needed;
  const x = WIDTH - PLOT.right + 6;
  return html`<text class="end paid" x="${x}" y="${round(paid + (paidIsAbove ? -shift : shift))}">paid ${last.paid ?? 'unknown'}</text>
<text class="end needed" x="${x}" y="${round(needed + (paidIsAbove ? shift : -shift))}">needed ${last.needed}</text>`;
}
