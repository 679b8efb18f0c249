import type { Cell } from '../sheets/workbook.ts';

/** The scene of the demo: a school, its roster of three overlapping cohorts, and the days that are played. */

/** The pools, by their ids in the configuration and in the roster. */
export const POOLS = { salable: 'Salable', zoom: 'Zoom', 'mail-merge': 'SecureMailMerge' } as const;
export type PoolId = keyof typeof POOLS;

/** Holds a seat of each pool without being on the roster: cohort-sync doesn't know them and leaves them alone. */
export const OWNER = 'owner@example.org';

/** Seats that are paid for before anything is done; one of each pool is the owner's. */
export const SEATS_AT_FIRST: Readonly<Record<PoolId, number>> = { salable: 2, zoom: 2, 'mail-merge': 3 };

/** Who has a SecureMailMerge license already, as the owner's list says: nobody can ask SecureMailMerge. */
export const ADOPTED: readonly string[] = [OWNER, 'ben@example.org'];

/** Who has a user in the Zoom account, Basic at first. */
export const ZOOM_USERS: readonly string[] = ['chloe', 'emil', 'farah'];

const date = (iso: string): Cell => ({ date: iso });

export const ROSTER: readonly (readonly Cell[])[] = [
  ['Email', 'Instructor', 'Cohort', 'Start date', 'End date', 'Licenses'],
  ['ada@example.org', 'Ada Ames', '2026-09a', date('2026-09-07'), null, 'salable'],
  ['ben@example.org', 'Ben Boyd', '2026-09a', date('2026-09-07'), date('2026-09-18'), 'salable, mail-merge'],
  ['chloe@example.org', 'Chloe Cruz', '2026-09a', date('2026-09-07'), null, 'salable, zoom'],
  ['dev@example.org', 'Dev Das', '2026-09a', date('2026-09-07'), null, 'salable'],
  ['hugo@example.org', 'Hugo Hahn', '2026-09a', date('2026-09-07'), null, 'salable, mail-merge'],
  ['chloe@example.org', 'Chloe Cruz', '2026-09b', date('2026-09-28'), null, 'salable, zoom'],
  ['emil@example.org', 'Emil Eriksen', '2026-09b', date('2026-09-28'), null, 'salable, zoom'],
  ['farah@example.org', 'Farah Fox', '2026-09b', date('2026-09-28'), null, 'salable, zoom, mail-merge'],
  ['ada@example.org', 'Ada Ames', '2026-10', date('2026-10-12'), null, 'salable'],
  ['gita@example.org', 'Gita Gray', '2026-10', date('2026-10-19'), null, 'salable, mail-merge'],
];

/** What has to be true of one pool at its provider. */
export interface Holding {
  readonly seats: number;
  /** Beside the owner. */
  readonly assigned: readonly string[];
}

export interface Day {
  /** For `--at`. */
  readonly at: string;
  readonly title: string;
  /** What a reader should see in the output. */
  readonly story: readonly string[];
  /** Where the run ends as waiting: what a person buys in Zoom's portal then, and the moment of the next run. */
  readonly byHand?: { readonly seats: number; readonly at: string; readonly story: readonly string[] };
  /** In the evening. */
  readonly holdings: Readonly<Record<PoolId, Holding>>;
}

export const DAYS: readonly Day[] = [
  {
    at: '2026-09-05T06:00',
    title: 'Saturday, September 5: cohort 2026-09a starts in two days',
    story: [
      'salable     One seat is free and five instructors need one: four are bought, in one change.',
      'zoom        Chloe gets the free license.',
      'mail-merge  Ben is known to have a license, since the list was adopted. Hugo gets the free one.',
    ],
    holdings: {
      salable: { seats: 6, assigned: ['ada', 'ben', 'chloe', 'dev', 'hugo'] },
      zoom: { seats: 2, assigned: ['chloe'] },
      'mail-merge': { seats: 3, assigned: ['ben', 'hugo'] },
    },
  },
  {
    at: '2026-09-26T06:00',
    title: 'Saturday, September 26: cohort 2026-09b starts in two days, and Ben has finished early',
    story: [
      "salable     Ben's seat is freed and used again; only one more is bought.",
      '            Chloe teaches both cohorts and needs one seat, not two.',
      'zoom        Emil and Farah need licenses, none is free, and Zoom sells none by API: the run says how many to',
      '            buy and where, and ends as waiting (exit code 3).',
      "mail-merge  Farah gets Ben's license.",
    ],
    byHand: {
      seats: 2,
      at: '2026-09-26T09:00',
      story: [
        "Somebody buys two licenses in Zoom's portal. Nothing is to be told to cohort-sync: the next run sees them",
        'and finishes by itself.',
      ],
    },
    holdings: {
      salable: { seats: 7, assigned: ['ada', 'chloe', 'dev', 'emil', 'farah', 'hugo'] },
      zoom: { seats: 4, assigned: ['chloe', 'emil', 'farah'] },
      'mail-merge': { seats: 3, assigned: ['farah', 'hugo'] },
    },
  },
  {
    at: '2026-10-17T06:00',
    title: 'Saturday, October 17: cohort 2026-09a is over, and Gita starts in two days',
    story: [
      "salable     Dev's and Hugo's seats are freed. Gita gets one of them, and the other is given back.",
      '            Ada teaches back-to-back: she keeps the very license that she was given in September.',
      'zoom        Everyone still teaches: nothing is to do.',
      "mail-merge  Gita gets Hugo's license.",
    ],
    holdings: {
      salable: { seats: 6, assigned: ['ada', 'chloe', 'emil', 'farah', 'gita'] },
      zoom: { seats: 4, assigned: ['chloe', 'emil', 'farah'] },
      'mail-merge': { seats: 3, assigned: ['farah', 'gita'] },
    },
  },
];

export function addressOf(name: string): string {
  return `${name}@example.org`;
}
