import { execFile, execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Checked } from '../support/model/check.ts';

const COUNT = Number(process.env.SCHEDULES ?? 100_000);
/** fast-check keeps what it has played: a part at a time keeps that small. */
const PART = 5_000;
/** Parts played at once, each by a process. */
const AT_ONCE = 2;

const SCRIPT = new URL('../support/model/part.ts', import.meta.url).pathname;

async function play(seed: number, count: number): Promise<Checked> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, String(seed), String(count)], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout);
}

test('a hundred thousand schedules', async () => {
  const first = Number(process.env.SCHEDULES_SEED ?? randomInt(2 ** 30));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const parts = Array.from({ length: Math.ceil(COUNT / PART) }, (_, part) => first + part);
  const started = performance.now();
  const failed: { readonly seed: number; readonly found: Checked['counterexample'] }[] = [];
  let played = 0;
  let held = 0;
  const work = async () => {
    for (let seed = parts.shift(); seed !== undefined; seed = parts.shift()) {
      const count = Math.min(PART, COUNT - (seed - first) * PART);
      const { counterexample, quarantined } = await play(seed, count);
      held += quarantined;
      played += count;
      if (counterexample !== null) {
        failed.push({ seed, found: counterexample });
        process.stdout.write(`SCHEDULES_SEED=${seed} at ${commit}: ${JSON.stringify(counterexample)}\n`);
      }
      const minutes = (performance.now() - started) / 60_000;
      process.stdout.write(
        `schedules: ${played} of ${COUNT}, SCHEDULES_SEED=${first}, commit ${commit}, ${held} held, ${failed.length} parts failed, ` +
          `${minutes.toFixed(1)} min\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failed.length === 0) process.stdout.write(`schedules: ${played}/${COUNT}\n`);
  expect(failed).toEqual([]);
});
