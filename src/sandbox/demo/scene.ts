import type { Cell } from '../sheets/workbook.ts';

/** The world of the demo: a school, its roster of three overlapping cohorts, and the days that are played. */

/** Holds a seat without being on the roster: cohort-sync doesn't know them and leaves them alone. */
export const OWNER = 'owner@example.org';

/** Seats that are paid for before anything is done; one of them is the owner's. */
export const SEATS_AT_FIRST = 2;

const date = (iso: string): Cell => ({ date: iso });

export const ROSTER: readonly (readonly Cell[])[] = [
  ['Email', 'Instructor', 'Cohort', 'Start date', 'End date'],
  ['ada@example.org', 'Ada Ames', '2026-09a', date('2026-09-07'), null],
  ['ben@example.org', 'Ben Boyd', '2026-09a', date('2026-09-07'), date('2026-09-18')],
  ['chloe@example.org', 'Chloe Cruz', '2026-09a', date('2026-09-07'), null],
  ['dev@example.org', 'Dev Das', '2026-09a', date('2026-09-07'), null],
  ['hugo@example.org', 'Hugo Hahn', '2026-09a', date('2026-09-07'), null],
  ['chloe@example.org', 'Chloe Cruz', '2026-09b', date('2026-09-28'), null],
  ['emil@example.org', 'Emil Eriksen', '2026-09b', date('2026-09-28'), null],
  ['farah@example.org', 'Farah Fox', '2026-09b', date('2026-09-28'), null],
  ['ada@example.org', 'Ada Ames', '2026-10', date('2026-10-12'), null],
  ['gita@example.org', 'Gita Gray', '2026-10', date('2026-10-19'), null],
];

export interface Day {
  /** For `--at`. */
  readonly at: string;
  readonly title: string;
  /** What a reader should see in the output. */
  readonly story: readonly string[];
  /** What has to be true at Salable in the evening. */
  readonly seats: number;
  readonly assigned: readonly string[];
}

export const DAYS: readonly Day[] = [
  {
    at: '2026-09-05T06:00',
    title: 'Saturday, September 5: cohort 2026-09a starts in two days',
    story: ['One seat is free and five instructors need one: four are bought, in one change.'],
    seats: 6,
    assigned: ['ada', 'ben', 'chloe', 'dev', 'hugo'],
  },
  {
    at: '2026-09-26T06:00',
    title: 'Saturday, September 26: cohort 2026-09b starts in two days, and Ben has finished early',
    story: [
      "Ben's seat is freed and used again; only one more is bought.",
      'Chloe teaches both cohorts and needs one seat, not two.',
    ],
    seats: 7,
    assigned: ['ada', 'chloe', 'dev', 'emil', 'farah', 'hugo'],
  },
  {
    at: '2026-10-17T06:00',
    title: 'Saturday, October 17: cohort 2026-09a is over, and Gita starts in two days',
    story: [
      "Dev's and Hugo's seats are freed. Gita gets one of them, and the other is given back.",
      'Ada teaches back-to-back: she keeps the very license that she was given in September.',
    ],
    seats: 6,
    assigned: ['ada', 'chloe', 'emil', 'farah', 'gita'],
  },
];

export function addressOf(name: string): string {
  return `${name}@example.org`;
}
