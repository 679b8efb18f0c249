import type { Recognized } from '../roster/recognize.ts';
import { type ColumnName, DEFAULT_HEADERS } from '../roster/wanted-columns.ts';

/** Where the roster is, as the configuration is to say it. */
export type RosterPlace =
  | { readonly source: 'csv'; readonly path: string }
  | { readonly source: 'xlsx'; readonly path: string }
  | {
      readonly source: 'google-sheets';
      readonly spreadsheetId: string;
      readonly credentials: string | null;
      readonly apiRootUrl: string | null;
    };

export interface PoolPlace {
  /** A stand-in on this machine, or the real thing. */
  readonly sandbox: boolean;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly subscriptionUuid: string;
}

export interface InitialSettings {
  readonly timeZone: string;
  readonly roster: RosterPlace;
  /** What its header says; null for a sample roster, which has the usual names. */
  readonly recognized: Recognized | null;
  readonly pool: PoolPlace;
}

/** The text of a first `cohort-sync.yaml`. What it leaves out has its default; the example file has all settings. */
export function initialConfig({ timeZone, roster, recognized, pool }: InitialSettings): string {
  return [
    '# cohort-sync keeps paid license seats in step with a teaching roster.',
    `# ${variable('NAME')} anywhere in a value is taken from the environment or from a .env file beside this one.`,
    '# `cohort-sync check` tells whether all of this works, `cohort-sync plan` what a sync would do.',
    '',
    `timeZone: ${quoted(timeZone)}  # IANA zone in which cohort days begin and end`,
    '',
    'cohorts:',
    '  weeks: 5              # last day = first day + weeks * 7 - 1, unless the sheet gives one',
    '  assignDaysBefore: 2   # a seat is given this many days before the first day',
    '  keepDaysAfter: 3      # and kept to the end of this many days after the last day',
    '',
    ...rosterLines(roster, recognized),
    '',
    ...poolLines(pool),
    '',
    'guardrails:',
    '  unexplainedRemovals: { count: 2, share: 0.2 }  # beyond the larger of the two, removals wait for your approval',
    '  seatIncrease: 25      # a larger single purchase waits, too',
    '  seatsPerDay: 50       # never more are bought in a day, whatever the cause',
    '',
    '# schedule:             # for `cohort-sync serve`; without it, runs are started by hand',
    '#   - cron: "0 6 * * *" # every day at six, in timeZone',
    '',
    '# redis:',
    `#   url: ${variable('REDIS_URL')}   # without it, a private redis-server keeps its data in ./data`,
    '',
  ].join('\n');
}

function rosterLines(roster: RosterPlace, recognized: Recognized | null): string[] {
  const dateFormat = recognized?.dateFormat ?? 'iso';
  const doubt = recognized?.dateDoubt ? `; ${recognized.dateDoubt}: choose` : '';
  return [
    'roster:',
    ...placeLines(roster),
    ...shapeLines(roster, recognized),
    `  dateFormat: ${dateFormat}       # how text dates are written: iso, dmy or mdy${doubt}`,
    "  columns:              # header texts; case and surrounding space don't matter; a list gives alternatives",
    ...COLUMNS.map(([name, what]) => columnLine(name, what, recognized)),
  ];
}

function placeLines(roster: RosterPlace): string[] {
  if (roster.source !== 'google-sheets') {
    return [
      `  source: ${roster.source}           # or google-sheets, csv, xlsx`,
      `  path: ${quoted(roster.path)}`,
    ];
  }
  const { spreadsheetId, credentials, apiRootUrl } = roster;
  return [
    '  source: google-sheets # or csv, xlsx',
    `  spreadsheetId: ${quoted(spreadsheetId)}`,
    credentials === null
      ? '  # credentials: service-account.json  # key file; Application Default Credentials without it'
      : `  credentials: ${quoted(credentials)}`,
    ...(apiRootUrl === null ? [] : [`  apiRootUrl: ${quoted(apiRootUrl)}  # the sandbox`]),
  ];
}

function shapeLines(roster: RosterPlace, recognized: Recognized | null): string[] {
  if (roster.source === 'csv') return [];
  const { sheet = null, sheets = null, cohortsSheet = null } = recognized ?? {};
  return [
    ...(sheet === null
      ? ['  # sheet: Roster       # the tab; the first one without it']
      : [`  sheet: ${quoted(sheet)}  # the tab`]),
    ...(sheets === null
      ? ['  # sheets: "Cohort *"  # in place of sheet: one tab a cohort, whose id is what * stands for']
      : [`  sheets: ${quoted(sheets)}  # one tab a cohort, whose id is what * stands for`]),
    ...(cohortsSheet === null
      ? ["  # cohortsSheet: Cohorts  # a tab with the cohorts' dates, for rows that give none"]
      : [`  cohortsSheet: ${quoted(cohortsSheet)}  # the tab with the cohorts' dates`]),
  ];
}

const COLUMNS: readonly (readonly [ColumnName, string])[] = [
  ['email', 'required'],
  ['name', 'optional'],
  ['cohort', 'optional'],
  ['startsOn', 'required: the first day'],
  ['endsOn', 'optional: the last day'],
  ['pools', 'optional: ids of pools below, separated by commas; every pool if blank'],
  ['status', 'optional: a row with canceled, withdrawn or dropped entitles to nothing'],
];

function columnLine(name: ColumnName, what: string, recognized: Recognized | null): string {
  const usual = DEFAULT_HEADERS[name];
  const text = recognized === null ? usual : recognized.columns[name];
  if (text !== null) return `    ${name}: ${quoted(text)}  # ${what}`;
  const required = name === 'email' || name === 'startsOn';
  return required
    ? `    ${name}: ${quoted(usual)}  # ${what}. NOT RECOGNIZED: put the header of this column here`
    : `    # ${name}: ${quoted(usual)}  # ${what}; not recognized`;
}

function poolLines({ sandbox, baseUrl, apiKey, subscriptionUuid }: PoolPlace): string[] {
  const real = [
    'pools:                  # one entry a subscription',
    '  - id: salable-teaching',
    '    provider: salable   # or zoom, securemailmerge',
  ];
  const seats = [
    '    seats: { min: 1, max: 60 }  # never fewer, never more',
    '    # protect: [owner@example.org]  # people whose seats are never touched',
  ];
  if (!sandbox) {
    return [
      ...real,
      `    baseUrl: ${quoted(baseUrl)}`,
      `    apiKey: ${apiKey}`,
      `    subscriptionUuid: ${subscriptionUuid}`,
      ...seats,
    ];
  }
  return [
    ...real,
    '    # These three are the stand-in that `cohort-sync sandbox` serves. For the real Salable put in their place:',
    '    # baseUrl: https://api.salable.app',
    `    # apiKey: ${variable('SALABLE_API_KEY')}`,
    `    # subscriptionUuid: ${variable('SALABLE_SUBSCRIPTION_UUID')}`,
    `    baseUrl: ${quoted(baseUrl)}`,
    `    apiKey: ${quoted(apiKey)}`,
    `    subscriptionUuid: ${quoted(subscriptionUuid)}`,
    ...seats,
  ];
}

/** How a configuration names a variable of the environment. */
export function variable(name: string): string {
  return `\${${name}}`;
}

/** As YAML, whatever is in it. `$${` stands for `${`. */
function quoted(text: string): string {
  const escaped = text.replaceAll('${', () => '$${');
  return /^[A-Za-z][A-Za-z0-9 ._/-]*[A-Za-z0-9]$/.test(text) &&
    !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(escaped);
}
