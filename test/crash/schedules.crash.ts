import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkSchedules } from '../support/model/check.ts';

const COUNT = Number(process.env.SCHEDULES ?? 100_000);
/** fast-check keeps what it has played: a part at a time keeps that small. */
const PART = 10_000;

test('a hundred thousand schedules', async () => {
  const first = Number(process.env.SCHEDULES_SEED ?? randomInt(2 ** 30));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const started = performance.now();
  let held = 0;
  for (let done = 0; done < COUNT; done += PART) {
    const seed = first + done / PART;
    const { counterexample, quarantined } = await checkSchedules(seed, Math.min(PART, COUNT - done));
    held += quarantined;
    expect(counterexample, `SCHEDULES_SEED=${seed} at ${commit}`).toBeNull();
    const minutes = (performance.now() - started) / 60_000;
    process.stdout.write(
      `schedules: ${done + PART}, SCHEDULES_SEED=${first}, commit ${commit}, ${held} held, ${minutes.toFixed(1)} min\n`,
    );
  }
});
