import { spawn, spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';
import { renderPlan, renderRun, renderRuns } from '../../src/cli/render.ts';
import { painter, print, type Terminal, table } from '../../src/cli/terminal.ts';
import type { RunEvent } from '../../src/ledger/events.ts';
import type { PoolPlanDocument, PoolResultDocument } from '../../src/runs/documents.ts';
import { BIN } from '../support/bin.ts';
import { DAY, openWorkspace, plainEnvironment } from './workspace.ts';

type Env = Terminal['env'];

/** A stream that says of itself that it is a terminal, or not, and remembers what it was given. */
function fakeStream({ isTTY }: { readonly isTTY: boolean }) {
  const written: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60 });
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  return { stream, text: () => written.join('') };
}

test('what a cell holds can not move the cursor, clear the screen, set a title or hide what follows', () => {
  const { stream, text } = fakeStream({ isTTY: true });
  const red = painter(stream, {})('red', 'no');
  print(stream, `a\u001B[2Jb\u001B]0;title\u0007c\rd\u009B1Ae\u001B[8mg\u001B[30mh\t${red}\nf`);
  expect(text()).toBe(`a[2Jb]0;titlecd1Ae[8mg[30mh\t${red}\nf\n`);
});

describe('color', () => {
  const colors = (isTTY: boolean, env: Env) =>
    painter(fakeStream({ isTTY }).stream, env)('red', 'text') !== 'text';

  test.each<[boolean, boolean, Env]>([
    [true, true, {}],
    [true, true, { NO_COLOR: '' }],
    [false, true, { NO_COLOR: '1' }],
    [false, true, { TERM: 'dumb' }],
    [false, false, {}],
    [true, false, { FORCE_COLOR: '1' }],
    [false, false, { FORCE_COLOR: '0' }],
    [false, true, { FORCE_COLOR: '1', NO_COLOR: '1' }],
  ])('is %s where being a terminal is %s and the environment %j', (expected, isTTY, env) => {
    expect(colors(isTTY, env)).toBe(expected);
  });
});

test('a table has columns as wide as their longest cell, whatever their color', () => {
  const paint = painter(fakeStream({ isTTY: true }).stream, {});
  const rows = [
    [paint('red', 'a'), 'b', 'c'],
    ['longer', paint('green', 'b'), ''],
  ];
  expect(stripVTControlCharacters(table(rows, ''))).toBe('a       b  c\nlonger  b');
});

describe('progress', () => {
  const event = (step: string, text: string, pool: string | null = 'a'): RunEvent => {
    return { at: '2026-11-22T11:00:00Z', pool, step, text, done: null, of: null, until: null };
  };
  const events = [
    event('roster', 'reading the roster', null),
    event('read', 'reading the pool'),
    event('retry', 'Salable does not answer. Trying again in 2 s.'),
    event('assign', 'a'.repeat(200)),
    event('done', 'a: in-sync'),
  ];
  const shown = (isTTY: boolean, env: Env) => {
    const { stream, text } = fakeStream({ isTTY });
    const progress = createProgress({ out: stream, err: stream, env }, 1);
    for (const each of events) progress.show(each);
    progress.end();
    return text();
  };

  test('is a line an event in a pipe, nothing overwritten', () => {
    const words = shown(false, {});
    expect(words.split('\n')).toEqual([
      'reading the roster',
      'a: reading the pool',
      'a: Salable does not answer. Trying again in 2 s.',
      `a: ${'a'.repeat(200)}`,
      'a: in-sync',
      '',
    ]);
  });

  test('is a bar on a terminal that grows, fits its width and is gone at the end', () => {
    const words = shown(true, {});
    const bars = [...words.matchAll(/\[(█*)(░*)\]/g)].map(([, full = '']) => full.length);
    expect(bars).toEqual([0, 4, 4, 16, 24]);
    const drawn = words.replaceAll('\r\u001b[2K', '\n').split('\n');
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(60);
    expect(words.endsWith('\r\u001b[2K')).toBe(true);
  });

  test('keeps what matters on a terminal as lines of its own', () => {
    expect(shown(true, {})).toContain('a: Salable does not answer. Trying again in 2 s.\n');
  });

  test('is lines on a dumb terminal', () => {
    expect(shown(true, { TERM: 'dumb' })).not.toContain('\u001b');
  });
});

describe('the words for people', () => {
  const plain = painter(fakeStream({ isTTY: false }).stream, {});
  const pool: PoolPlanDocument = {
    pool: 'a',
    provider: 'salable',
    verdict: 'held',
    seats: { total: 5, assigned: 4, target: 5 },
    unassign: [{ grantee: 'ada@example.org', reason: 'row vanished from the roster', explained: false }],
    increment: 0,
    decrement: 2,
    assign: [],
    held: [
      {
        action: 'unassign',
        grantee: 'ben@example.org',
        reason: 'row vanished',
        guardrail: 'unexplainedRemovals',
      },
      { action: 'increment', seats: 1, reason: 'too many', guardrail: 'seatsPerDay' },
    ],
    waiting: [{ grantee: 'cy@example.org', reason: 'no free seat: buy 1' }],
    kept: [{ grantee: 'dee@example.org', reason: 'row 7 is unreadable' }],
    unmanaged: [],
    notes: ['a note'],
  };

  test('a plan names the guardrail of a hold, and says what is unexplained, waits and is kept', () => {
    const problem = { row: 7, column: 'Email', value: '', problem: 'missing', protects: ['dee@example.org'] };
    const words = renderPlan({ at: 'now', verdict: 'held', problems: [problem], pools: [pool] }, plain);
    expect(words).toContain('- unassign        ada@example.org  row vanished from the roster (unexplained)');
    expect(words).toContain('- give back       2 seats');
    expect(words).toContain('? held unassign   ben@example.org  row vanished [unexplainedRemovals]');
    expect(words).toContain('? held increment  1 seat');
    expect(words).toContain('… waits           cy@example.org   no free seat: buy 1');
    expect(words).toContain('= kept            dee@example.org  row 7 is unreadable');
    expect(words).toContain('  a note');
    expect(words).toContain('(blank)');
    expect(words).toContain('until it is mended dee@example.org keeps what they have');
    expect(words).toContain('2 held, 1 waiting. Verdict: held');
  });

  test('a run tells failures with the next try, and of a run under way that it has not ended', () => {
    const result: PoolResultDocument = {
      ...pool,
      done: { unassigned: [], incremented: 0, assigned: [], decremented: 0 },
      changes: [],
      failed: [
        { grantee: 'eve@example.org', action: 'assign', reason: 'no.', retryAt: '2026-11-22T12:00:00Z' },
      ],
    };
    const run = { run: 'r-1', trigger: 'cron', startedAt: 't', endedAt: null, verdict: null, problems: [] };
    const words = renderRun({ ...run, pools: [result] }, plain);
    expect(words).toContain('Run r-1, started by cron at t, has not ended.');
    expect(words).toContain('! assign failed  eve@example.org  no. Next try: 2026-11-22T12:00:00Z.');
    expect(words).not.toContain('Verdict');
    const open = [{ ...run, pools: [{ pool: 'a', verdict: null }] }];
    expect(renderRuns(open, plain)).toContain('a: under way');
    expect(renderRuns(open, plain, true)).toMatch(/a: waits for a worker\n\nNo worker is alive: start/);
  });
});

const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('on a terminal', () => {
  /** `script` gives its command a terminal and prints what comes out of it. */
  const onTerminal = async (folder: string, command: string, env: Record<string, string>) => {
    const child = spawn('script', ['-qec', `${process.execPath} ${BIN} ${command}`, '/dev/null'], {
      cwd: folder,
      env: { ...plainEnvironment(), TERM: 'xterm', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return text(child.stdout);
  };

  test('what it prints is in color, unless NO_COLOR is set', async () => {
    await using workspace = await openWorkspace();
    const [colored, plain] = await Promise.all([
      onTerminal(workspace.folder, 'check', {}),
      onTerminal(workspace.folder, 'check', { NO_COLOR: '1' }),
    ]);
    expect(colored).toContain('\u001b[32mok');
    expect(plain).toContain('ok     config');
    expect(plain).not.toContain('\u001b[');
  });

  test('sync --wait draws a bar and takes it away', async () => {
    await using workspace = await openWorkspace();
    const shown = await onTerminal(workspace.folder, `sync --wait --at ${DAY}`, {});
    expect(shown).toContain('█');
    expect(shown.lastIndexOf('█')).toBeLessThan(shown.indexOf('Verdict'));
    const last = shown.slice(shown.lastIndexOf('█'), shown.indexOf('Run r-'));
    expect(last).toContain('\r\u001b[2K');
  });
});
