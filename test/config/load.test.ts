import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../src/errors.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../config/cohort-sync.example.yaml');
const EXAMPLE_ENV = {
  REDIS_URL: 'rediss://worker:p%40ssword@redis.example:6380/2',
  SALABLE_API_KEY: 'salable-key',
  ZOOM_ACCOUNT_ID: 'zoom-account',
  ZOOM_CLIENT_ID: 'zoom-client',
  ZOOM_CLIENT_SECRET: 'zoom-secret',
  SMM_API_KEY: 'smm-key',
  COHORT_SYNC_TOKEN: '0123456789abcdef',
  SLACK_WEBHOOK_URL: 'https://hooks.example/services/T0/B0/x',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cs-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEY = `\${KEY}`;
const SALABLE = `
  - id: teaching
    provider: salable
    apiKey: ${KEY}
    subscriptionUuid: 5a928004-a2ef-4e00-8343-c8e7d40b4b41
`;
const MINIMAL = `
timeZone: Europe/Berlin
roster: { source: csv, path: roster.csv }
pools:${SALABLE}`;

function load(yaml: string, env: Record<string, string> = { KEY: 'the-api-key' }) {
  writeFileSync(path.join(folder, 'cohort-sync.yaml'), yaml);
  return loadConfig({ cwd: folder, env });
}

/** The faults of a configuration, as `path: problem` lines. */
function faultsOf(yaml: string, env?: Record<string, string>): string[] {
  try {
    load(yaml, env);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.faults.map(({ path, problem }) => `${path}: ${problem}`);
    throw thrown;
  }
  return [];
}

test('the example loads, and says the defaults where it says so', () => {
  copyFileSync(EXAMPLE, path.join(folder, 'cohort-sync.yaml'));
  const config = loadConfig({ cwd: folder, env: EXAMPLE_ENV });
  const { guardrails, cohorts, queue, log } = load(MINIMAL);
  expect({ guardrails, cohorts, queue, log }).toEqual({
    guardrails: config.guardrails,
    cohorts: config.cohorts,
    queue: config.queue,
    log: config.log,
  });
  expect(config.pools.map(({ provider }) => provider)).toEqual(['salable', 'zoom', 'securemailmerge']);
});

test('what is not given has its default', () => {
  const config = load(MINIMAL);
  expect(config).toMatchObject({
    cohorts: { weeks: 5, assignDaysBefore: 2, keepDaysAfter: 3 },
    roster: {
      dateFormat: 'iso',
      columns: { email: ['Email'], startsOn: ['Start date'], pools: ['Licenses'] },
    },
    guardrails: {
      unexplainedRemovals: { count: 2, share: 0.2 },
      seatIncrease: 25,
      seatsPerDay: 50,
      approvalHours: 72,
    },
    schedule: [],
    http: { host: '127.0.0.1', port: 8080, tokens: [] },
    notify: [],
  });
  expect(config.pools[0]).toEqual({
    id: 'teaching',
    provider: 'salable',
    version: 'v1',
    baseUrl: 'https://api.salable.app',
    apiKey: 'the-api-key',
    subscriptionUuid: '5a928004-a2ef-4e00-8343-c8e7d40b4b41',
    proration: 'create_prorations',
    grantee: 'email',
    protect: [],
    seats: { min: 1, max: null, spare: 0, keepUnusedDays: 14, settleSeconds: 900 },
  });
});

test('a section whose lines are all commented out is no section', () => {
  expect(load(`${MINIMAL}guardrails:\n  # seatIncrease: 3\nnotify:\nhttp:\n  port:\n`)).toMatchObject({
    guardrails: { seatIncrease: 25 },
    notify: [],
    http: { port: 8080 },
  });
});

test('paths start at the folder of the file, wherever the command runs', () => {
  writeFileSync(path.join(folder, 'mine.yaml'), MINIMAL);
  mkdirSync(path.join(folder, 'elsewhere'));
  const config = loadConfig({ path: '../mine.yaml', cwd: path.join(folder, 'elsewhere'), env: { KEY: 'k' } });
  expect(config).toMatchObject({
    file: path.join(folder, 'mine.yaml'),
    folder,
    roster: { path: path.join(folder, 'roster.csv') },
    redis: { dataFolder: path.join(folder, 'data') },
  });
});

test('every secret is told for masking, and nothing else', () => {
  copyFileSync(EXAMPLE, path.join(folder, 'cohort-sync.yaml'));
  expect(loadConfig({ cwd: folder, env: EXAMPLE_ENV }).secrets.toSorted()).toEqual(
    [
      'salable-key',
      'zoom-secret',
      'smm-key',
      '0123456789abcdef',
      'https://hooks.example/services/T0/B0/x',
      'rediss://worker:p%40ssword@redis.example:6380/2',
      'p%40ssword',
      'p@ssword',
    ].toSorted(),
  );
});

describe('the environment', () => {
  test('is put into any text, and $${ stands for ${', () => {
    const yaml = MINIMAL.replace('roster.csv', () => `"\${A}-\${B}-$\${A}-$x.csv"`);
    const config = load(yaml, { KEY: 'k', A: 'one', B: `\${A}` });
    expect(config.roster).toMatchObject({ path: path.join(folder, `one-\${A}-\${A}-$x.csv`) });
  });

  test("can't change the structure of the file", () => {
    const key = 'x"\nguardrails: { seatIncrease: 9999 } # ';
    const config = load(MINIMAL, { KEY: key });
    expect(config.pools[0]).toMatchObject({ apiKey: key.trim() });
    expect(config.guardrails.seatIncrease).toBe(25);
  });

  test('feeds numbers and booleans where the value is one variable', () => {
    const yaml = `${MINIMAL}http: { port: "\${PORT}" }\nguardrails: { invalidRows: "\${SHARE}" }\n`;
    expect(load(yaml, { KEY: 'k', PORT: '9090', SHARE: '0.5' })).toMatchObject({
      http: { port: 9090 },
      guardrails: { invalidRows: 0.5 },
    });
    expect(faultsOf(yaml, { KEY: 'k', PORT: '0x10', SHARE: '2' })).toEqual([
      'guardrails.invalidRows: expected 1 or less, found something else in the environment variable',
      'http.port: expected a number, found something else in the environment variable',
    ]);
    expect(faultsOf(`${MINIMAL}http: { port: "8080" }`)).toEqual([
      'http.port: expected a number, found "8080"',
    ]);
  });

  test('a missing or empty variable is a fault that names it and the setting', () => {
    const yaml = MINIMAL.replace('roster.csv', `"\${FOLDER}/roster.csv"`);
    expect(faultsOf(yaml, { KEY: '' })).toEqual([
      'roster.path: the environment variable FOLDER is not set',
      'pools[0].apiKey: the environment variable KEY is empty',
    ]);
  });

  test('a reference that is none is a fault', () => {
    expect(faultsOf(MINIMAL.replace(KEY, `"\${KEY"`))).toEqual([
      `pools[0].apiKey: expected \${NAME} with the name of an environment variable; a plain \${ is written $\${`,
    ]);
  });

  test('is read from .env beside the file, and the process environment wins', () => {
    writeFileSync(path.join(folder, '.env'), 'KEY="from the file"\nTOKEN=0123456789abcdef # for the page\n');
    const yaml = `${MINIMAL}http: { tokens: [{ name: me, role: viewer, token: "\${TOKEN}" }] }\n`;
    expect(load(yaml, {}).pools[0]).toMatchObject({ apiKey: 'from the file' });
    expect(load(yaml, { KEY: 'own' }).pools[0]).toMatchObject({ apiKey: 'own' });
    expect(load(yaml, {}).http.tokens[0]?.token).toBe('0123456789abcdef');
  });

  test('is read from .env in the working directory where there is none beside the file', () => {
    const cwd = path.join(folder, 'work');
    mkdirSync(cwd);
    writeFileSync(path.join(cwd, '.env'), 'KEY=from-work\n');
    writeFileSync(path.join(folder, 'mine.yaml'), MINIMAL);
    const config = loadConfig({ path: '../mine.yaml', cwd, env: {} });
    expect(config.pools[0]).toMatchObject({ apiKey: 'from-work' });
  });
});

describe('faults', () => {
  test('are all told at once, each with its path', () => {
    const yaml = `
timeZone: America/New York
cohorts: { weks: 5, assignDaysBefore: -1 }
roster: { source: sheets }
pools:${SALABLE}
    seats: { min: 5, max: 2 }
  - id: teaching
    provider: zoom
    accountId: 12
    clientId: c
    clientSecret: [hunter2hunter2]
    baseUrl: http://zoom.example
schedule:
  - cron: "0 6 * *"
    pools: [teching]
http: { host: 0.0.0.0, portt: 1 }
log: loud
`;
    expect(faultsOf(yaml, {})).toEqual([
      'pools[0].apiKey: the environment variable KEY is not set',
      'timeZone: expected an IANA time zone as America/New_York, did you mean America/New_York?, found "America/New York"',
      'cohorts.assignDaysBefore: expected 0 or more, found -1',
      'cohorts.weks: there is no such setting, did you mean weeks?',
      'roster.source: expected google-sheets, csv or xlsx, found "sheets"',
      'pools[0].seats.min: is larger than seats.max',
      'pools[1].baseUrl: expected https: a key is sent there (plain http is for this machine only), found "http://zoom.example"',
      'pools[1].accountId: expected text, found 12 (write it in quotes)',
      'pools[1].clientSecret: expected text, found something else',
      'schedule[0].cron: expected a cron expression: minute, hour, day of month, month and day of week, found "0 6 * *"',
      'http.portt: there is no such setting, did you mean port?',
      'log: expected settings (`key: value` lines), found "loud"',
      'pools[1].id: pools[0] is called teaching too; each needs its own id',
      'schedule[0].pools[0]: there is no pool "teching"; the pools are teaching, teaching',
      'http.tokens: at least one token is needed to serve on 0.0.0.0, which others can reach',
    ]);
  });

  test('two pools of one account are one too many', () => {
    const yaml = `${MINIMAL}
  - { id: again, provider: salable, apiKey: k, baseUrl: "https://API.salable.app:443/", subscriptionUuid: 5A928004-A2EF-4E00-8343-C8E7D40B4B41 }
  - { id: proxied, provider: salable, apiKey: k, baseUrl: "https://proxy.example", subscriptionUuid: 5a928004-a2ef-4e00-8343-c8e7d40b4b41 }
  - { id: zoom, provider: zoom, accountId: acc, clientId: c, clientSecret: s }
  - { id: zoom-2, provider: zoom, accountId: acc, clientId: d, clientSecret: t, seats: { min: -1 } }
  - { id: mail, provider: securemailmerge, subscriptionType: Paddle, subscriptionId: one, apiKey: k }
  - { id: azure, provider: securemailmerge, subscriptionType: Azure, subscriptionId: one, apiKey: k }
  - { id: mail-2, provider: securemailmerge, subscriptionType: Paddle, subscriptionId: one, apiKey: k }
`;
    const both = (what: string) =>
      `both would buy each missing seat and free each other's people; join them to one pool, or use another ${what}`;
    expect(faultsOf(yaml)).toEqual([
      'pools[4].seats.min: expected 0 or more, found -1',
      `pools[1].subscriptionUuid: expected one subscription a pool, found that of pools[0] (teaching) again: ${both('subscription')}`,
      `pools[4].accountId: expected one account a pool, found that of pools[3] (zoom) again: ${both('account')}`,
      `pools[7].subscriptionId: expected one subscription a pool, found that of pools[5] (mail) again: ${both('subscription')}`,
    ]);
  });

  test.for<[string, string]>([
    ['roster: { source: csv }', 'roster.path: expected text, found nothing'],
    ['roster: { source: google-sheets }', 'roster.spreadsheetId: expected text, found nothing'],
    [
      'roster: { source: csv, path: a.csv, sheet: Roster }',
      'roster.sheet: there is no such setting; the settings here are dateFormat, columns, source, path',
    ],
    [
      'roster: { source: csv, path: a.csv, columns: { email: [] } }',
      'roster.columns.email: expected a header text or a list of them, found an empty list',
    ],
    [
      'roster: { source: csv, path: a.csv, columns: { name: email } }',
      'roster.columns.name: the header "email" is given for email too; a column has one meaning',
    ],
  ])('%s', ([roster, fault]) => {
    expect(faultsOf(MINIMAL.replace('roster: { source: csv, path: roster.csv }', roster))).toEqual([fault]);
  });

  test.for<[string, string]>([
    [
      'proration: sometimes',
      'pools[0].proration: expected create_prorations, none or always_invoice, found "sometimes"',
    ],
    ['version: v2', 'pools[0].version: expected v1, found "v2"'],
    ['seats: { min: 0, max: 0 }', 'pools[0].seats.max: expected 1 or more, found 0'],
    ['seats: { min: 1.5 }', 'pools[0].seats.min: expected a whole number, found 1.5'],
    [
      'baseUrl: https://me:hunter2@api.example',
      'pools[0].baseUrl: expected a URL without user name, password, ? and #, found "https://…@api.example"',
    ],
    [
      'baseUrl: api.salable.app',
      'pools[0].baseUrl: expected a URL that begins with https://, found "api.salable.app"',
    ],
    [
      'baseUrl: http://localhost.example',
      'pools[0].baseUrl: expected https: a key is sent there (plain http is for this machine only), found "http://localhost.example"',
    ],
  ])('%s', ([setting, fault]) => {
    expect(faultsOf(`${MINIMAL}    ${setting}\n`)).toEqual([fault]);
  });

  test.for([
    'http://127.0.0.1:4010/',
    'http://[::1]:4010',
    'http://localhost:4010',
    'https://proxy.example/salable/',
  ])('baseUrl may be %s', (url) => {
    const [pool] = load(`${MINIMAL}    baseUrl: "${url}"\n`).pools;
    expect(pool?.baseUrl).toBe(url.replace(/\/$/, ''));
  });

  test.for(['Upper', '-a', 'with space', 'a'.repeat(64)])('a pool may not be called %s', (id) => {
    expect(faultsOf(MINIMAL.replace('id: teaching', `id: "${id}"`))[0]).toMatch(
      /^pools\[0\]\.id: expected a-z/,
    );
  });

  test.for(['redis://h:6379/0', 'rediss://u:p@h', 'redis://h/0?family=6', 'unix:///run/redis.sock'])(
    'redis.url may be %s',
    (url) => {
      expect(load(`${MINIMAL}redis: { url: "${url}" }`).redis.url).toBe(url);
    },
  );

  test.for(['h:6379', 'http://h', 'redis://h?enableOfflineQueue=true', 'redis://'])(
    'redis.url may not be %s',
    (url) => {
      expect(faultsOf(`${MINIMAL}redis: { url: "${url}" }`)).toEqual([
        expect.stringMatching(/^redis\.url: expected a URL/),
      ]);
    },
  );

  test('never quote a secret', () => {
    const yaml = `${MINIMAL.replace(KEY, '[hunter2]')}
redis: { url: "hunter2" }
notify: [{ url: hunter2 }]
http: { tokens: [{ name: a, role: viewer, token: hunter2 }, { name: "\${SECRET}", role: "\${SECRET}", token: x }] }
`;
    const faults = faultsOf(yaml, { SECRET: 'hunter2' });
    expect(faults).toHaveLength(6);
    expect(faults.join('\n')).not.toContain('hunter2');
  });

  test('of two holders with one token', () => {
    const holder = '{ name: a, role: viewer, token: 0123456789abcdefg }';
    expect(faultsOf(`${MINIMAL}http: { tokens: [${holder}, ${holder}] }`)).toEqual([
      'http.tokens: two of them are the same token; each holder needs their own',
    ]);
  });
});

describe('YAML', () => {
  test('faults are told with line and column, without the text there', () => {
    const faults = faultsOf('timeZone: UTC\npools: [\napiKey: "hunter2\n');
    expect(faults[0]).toMatch(/^line \d+, column \d+: /);
    expect(faults.join()).not.toContain('hunter2');
  });

  test('a variable without quotes where YAML would read a group is explained', () => {
    expect(faultsOf(MINIMAL.replace('roster.csv', `\${FOLDER}/roster.csv`))).toEqual([
      `line 3, column 31: Unexpected flow-map-start at node end (between { and }, write "\${NAME}" in quotes)`,
    ]);
  });

  test.for(['*hunter2', '!hunter2', '"hunter2', '@hunter2'])(
    '%s, which needs quotes, is not quoted in the fault',
    (key) => {
      const faults = faultsOf(MINIMAL.replace(KEY, key));
      expect(faults).toEqual([expect.stringMatching(/^line \d+, column \d+: \w/)]);
      expect(faults.join()).not.toContain('hunter2');
    },
  );

  test('a key given twice is a fault', () => {
    expect(faultsOf(`${MINIMAL}timeZone: UTC\n`)).toEqual(['line 9, column 1: Map keys must be unique']);
  });

  test('aliases serve, unless they contain themselves or grow beyond measure', () => {
    const shared = MINIMAL.replace('    apiKey', '    seats: &seats { max: 7 }\n    apiKey');
    const second = SALABLE.replace('teaching', 'second')
      .replace('    apiKey', '    seats: *seats\n    apiKey')
      .replace('5a928004', '6b928004');
    expect(load(shared + second.trimStart().padStart(second.length - 1)).pools[1]?.seats.max).toBe(7);
    expect(faultsOf(`${MINIMAL}log: &log { level: *log }\n`)).toContain(
      'log.level: an alias (*) that contains itself',
    );
    const bomb = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`).join(
      '\n',
    );
    expect(faultsOf(`a0: &a0 [x]\n${bomb}\n`)).toEqual([expect.stringMatching(/excessive alias count/i)]);
  });

  test('an empty file, or one that is no settings, says so', () => {
    expect(faultsOf('# nothing\n')).toEqual([
      ': the file is empty; `cohort-sync init` writes a commented one',
    ]);
    expect(faultsOf('hello\n')).toEqual([': expected settings (`key: value` lines), found "hello"']);
  });
});

describe('a file that is not there', () => {
  test('says where it was looked for and what to do', () => {
    expect(() => loadConfig({ cwd: folder, env: {} })).toThrow(
      `${folder}/cohort-sync.yaml can't be used:\n  (file): there is no such file; write one with \`cohort-sync init\``,
    );
    expect(() => loadConfig({ cwd: folder, path: 'x.yaml', env: {} })).toThrow(`${folder}/x.yaml`);
  });

  test('is told from one that is a folder or forbidden', () => {
    mkdirSync(path.join(folder, 'cohort-sync.yaml'));
    expect(() => loadConfig({ cwd: folder, env: {} })).toThrow(/it can't be read: EISDIR/);
    rmSync(path.join(folder, 'cohort-sync.yaml'), { recursive: true });
    writeFileSync(path.join(folder, '.env'), '');
    chmodSync(path.join(folder, '.env'), 0);
    // The administrator may read anything.
    if (process.getuid?.() !== 0) expect(() => load(MINIMAL)).toThrow(/\.env can't be read: EACCES/);
  });
});
