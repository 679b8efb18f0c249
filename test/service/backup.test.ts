import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readRun } from '../../src/ledger/runs.ts';
import { findRedisServer } from '../../src/queue/server-binary.ts';
import { startSchool, teaches } from '../support/school.ts';

const OPERATIONS = new URL('../../docs/operations.md', import.meta.url);

test('the ledger as it was copied by the documented commands is a ledger again', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 2, assigned: ['owner@example.org'] }] },
    roster: teaches('ada@example.org'),
  });
  const worker = await school.worker();
  const { run } = await school.sync();
  const changes = (await school.audit()).length;
  await worker.terminate();
  const backup = mkdtempSync(path.join(os.tmpdir(), 'cs-backup-'));
  try {
    for (const command of commandsIn('backup'))
      shell(command, { SOCKET: school.redis.socket, BACKUP: backup });
    await school.redis.connect().flushall();
    expect(await readRun(school.service.context.store, run)).toBeNull();

    await school.redis.kill();
    const folder = path.dirname(school.redis.socket);
    for (const command of commandsIn('restore')) {
      shell(command, { SERVER: findRedisServer(process.env), DATA: folder, BACKUP: backup });
    }
    await school.redis.restart();
    await school.worker();
    const after = await school.sync();
    expect(after).toMatchObject({ verdict: 'in-sync', pools: [{ done: { assigned: [], incremented: 0 } }] });
    expect((await readRun(school.service.context.store, run))?.document.verdict).toBe('in-sync');
    expect(await school.audit()).toHaveLength(changes);
  } finally {
    rmSync(backup, { recursive: true, force: true });
  }
});

/** The commands of a fenced block of the page, which is marked by a comment before it. */
function commandsIn(name: string): string[] {
  const [, block = ''] =
    new RegExp(`<!-- ${name} -->\\s*\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(readFileSync(OPERATIONS, 'utf8')) ??
    [];
  const commands = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (commands.length === 0) throw new Error(`docs/operations.md has no commands for ${name}`);
  return commands;
}

function shell(command: string, env: Readonly<Record<string, string>>): void {
  execFileSync('/bin/sh', ['-ec', command], { env: { ...process.env, ...env }, stdio: 'pipe' });
}
