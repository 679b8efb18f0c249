import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace, run, type Workspace } from './workspace.ts';

describe.concurrent('the command line', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await openWorkspace();
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  test('its help lists the commands and the exit codes', async () => {
    const { code, stdout } = await workspace.run('--help');
    expect(code).toBe(0);
    for (const command of ['check', 'plan', 'sync', 'runs', 'show', 'sandbox']) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    for (const exit of ['0 done', '1 failed', '2 changes', '3 held', '4 done, but', '64 wrong', '78 wrong']) {
      expect(stdout).toContain(exit);
    }
  });

  test('every command has an example, --config and --json', async () => {
    const { stdout } = await workspace.run('--help');
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name]) => name ?? []);
    expect(commands.length).toBeGreaterThan(5);
    const helps = commands.filter((name) => name !== 'help').map((name) => workspace.run(name, '--help'));
    for (const { code, stdout: help } of await Promise.all(helps)) {
      expect(code).toBe(0);
      expect(help).toMatch(/Example:\n {2}\$ cohort-sync [a-z]+/);
      expect(help).toContain('--config <path>');
      expect(help).toContain('--json');
    }
  });

  test('it tells its version', async () => {
    const { code, stdout } = await workspace.run('--version');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [[], 'Usage: cohort-sync'],
    [['plann'], "unknown command 'plann'"],
    [['plan', '--pools', 'a'], "unknown option '--pools'"],
    [['plan', 'more'], 'too many arguments'],
    [['show'], "missing required argument 'run'"],
    [['plan', '--at', 'tomorrow'], '--at tomorrow is not a date and time'],
    [['plan', '--at', '2026-11-22T06:00:00-05:00[America/Chicago]'], 'is not a date and time'],
    [['plan', '--pool', 'zoom'], 'there is no pool zoom'],
    [['runs', '--last', 'all'], '--last all is not a number'],
    [['sandbox', '--port', 'http'], '--port http is not a port'],
  ])('wrong usage ends with 64 and says what is wrong: %j', async (args, message) => {
    const { code, stdout, stderr } = await workspace.run(...args);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });

  test('wrong usage of a known pool names the pools that there are', async () => {
    const { stderr } = await workspace.run('plan', '--pool', 'zoom');
    expect(stderr).toContain('The configuration has teaching.');
  });
});

describe.concurrent('a wrong configuration', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'cs-config-'));
    writeFileSync(
      path.join(folder, 'wrong.yaml'),
      `timeZone: America/New_Yorc
roster: { source: csv, path: roster.csv, dateFormat: usa }
pools:
  - { id: teaching, provider: salable, apiKey: "\${NO_SUCH_KEY}", subscriptionUuid: 5a, seats: { max: many } }
colour: red
`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['check', 'plan', 'sync', 'runs'])('ends %s with 78 and all faults at once', async (command) => {
    const { code, stdout, stderr } = await run([command, '--config', 'wrong.yaml'], { cwd: folder });
    expect(code).toBe(78);
    expect(stdout).toBe('');
    expect(stderr).toContain('timeZone: expected an IANA time zone');
    expect(stderr).toContain('did you mean America/New_York?');
    expect(stderr).toContain('roster.dateFormat: expected iso, dmy or mdy');
    expect(stderr).toContain('pools[0].apiKey: the environment variable NO_SUCH_KEY is not set');
    expect(stderr).toContain('pools[0].seats.max: expected a');
    expect(stderr).toContain('colour: there is no such setting');
  });

  test('that is not there ends with 78 and says how to get one', async () => {
    const { code, stderr } = await run(['plan'], { cwd: folder });
    expect(code).toBe(78);
    expect(stderr).toContain('there is no such file');
  });
});
