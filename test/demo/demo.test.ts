import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const DEMO = fileURLToPath(new URL('../../src/sandbox/demo/demo.ts', import.meta.url));

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(path.join(os.tmpdir(), 'cs-d-'));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

function startDemo() {
  const child = spawn(process.execPath, [DEMO], { env: { ...process.env, TMPDIR: temporary } });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended, stdout: text(child.stdout), stderr: text(child.stderr) };
}

/** Processes that work in the demo's temporary folder, as its Redis does. */
function processesLeft(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(temporary);
      } catch {
        return false;
      }
    });
}

test('the demo plays three days of three pools by the commands of a user, ends with 0 and leaves nothing behind', async () => {
  const { ended, stdout, stderr } = startDemo();
  const [code, shown, progress] = await Promise.all([ended, stdout, stderr]);
  expect(progress).toContain('increment from 2 to 6 seats');
  expect(code).toBe(0);
  expect(shown.match(/^\$ cohort-sync plan --at /gm)).toHaveLength(3);
  expect(shown.match(/^\$ cohort-sync sync --wait --at /gm)).toHaveLength(4);
  expect(shown).toMatch(/- unassigned +ben@example\.org +cohort 2026-09a ended 2026-09-18/);
  expect(shown).toMatch(/\+ assigned +gita@example\.org +cohort 2026-10 starts 2026-10-19/);
  expect(shown).toMatch(/- gave back +1 seat/);
  expect(shown).toContain('buy 2 seats by 2026-09-27, in Zoom');
  expect(shown).toMatch(/Verdict: waiting\n\nSomebody buys two licenses[^$]+\$ cohort-sync sync --wait/);
  expect(shown).toContain('Zoom             4 seats, held by chloe, emil, farah, owner');
  expect(shown).toContain('Adopted: the ledger has 2 people assigned in mail-merge');
  expect(shown).toContain('SecureMailMerge  3 seats, held by farah, gita, owner');
  expect(shown).toContain('are as they should be');
  expect(readdirSync(temporary)).toEqual([]);
  if (process.platform === 'linux') expect(processesLeft()).toEqual([]);
});

test('the demo ends with 1 when it is interrupted, and leaves nothing behind', async () => {
  const { child, ended, stderr, stdout } = startDemo();
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('$ cohort-sync sync')) child.kill('SIGTERM');
  });
  expect(await ended).toBe(1);
  expect(await stderr).toContain('the demo was interrupted');
  expect(await stdout).not.toContain('as they should be');
  expect(readdirSync(temporary)).toEqual([]);
  if (process.platform === 'linux') expect(processesLeft()).toEqual([]);
});
