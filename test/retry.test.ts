import { describe, expect, it } from 'vitest';
import { abortableSleep, type RetryContext, retry } from '../src/retry.ts';

const NEVER = new AbortController().signal;

function time(changes: Partial<RetryContext> = {}) {
  const slept: number[] = [];
  let now = 0;
  const context: RetryContext = {
    policy: { baseMs: 100, capMs: 1000, judge: () => ({ budgetMs: 5000, retryAfterMs: null }) },
    clock: { now: () => now },
    signal: NEVER,
    random: () => 1,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    ...changes,
  };
  return { slept, context, pass: (ms: number) => (now += ms) };
}

async function fails() {
  throw new Error('no');
}

describe('retry', () => {
  it('does not wait when the first try succeeds', async () => {
    const { slept, context } = time();
    await expect(retry(async (attempt) => attempt, context)).resolves.toBe(1);
    expect(slept).toEqual([]);
  });

  it('doubles the ceiling up to the cap, and stops before the budget is exceeded', async () => {
    const { slept, context } = time();
    await expect(retry(fails, context)).rejects.toThrow('no');
    expect(slept).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
  });

  it('waits anywhere between nothing and the ceiling', async () => {
    const draws = [0, 0.5, 0.25];
    const { slept, context } = time({ random: () => draws.shift() ?? 1 });
    await expect(retry(fails, context)).rejects.toThrow('no');
    expect(slept.slice(0, 3)).toEqual([0, 100, 100]);
  });

  it('counts the time that the tries take', async () => {
    const { slept, context, pass } = time();
    const slow = () => {
      pass(3000);
      return fails();
    };
    await expect(retry(slow, context)).rejects.toThrow('no');
    expect(slept).toEqual([100]);
  });

  it('ends with a clock that stands still', async () => {
    const { slept, context } = time({ clock: { now: () => 0 } });
    await expect(retry(fails, context)).rejects.toThrow('no');
    expect(slept.length).toBeLessThan(10);
  });

  it('gives up at once where another try is not worth it', async () => {
    const { slept, context } = time({ policy: { baseMs: 1, capMs: 1, judge: () => null } });
    await expect(retry(fails, context)).rejects.toThrow('no');
    expect(slept).toEqual([]);
  });

  it('waits for as long as it was asked to, or not at all', async () => {
    const judge = (retryAfterMs: number) => ({
      baseMs: 100,
      capMs: 100,
      judge: () => ({ budgetMs: 5000, retryAfterMs }),
    });
    const patient = time({ policy: judge(4000) });
    await expect(retry(fails, patient.context)).rejects.toThrow('no');
    expect(patient.slept).toEqual([4100]);
    const impatient = time({ policy: judge(6000) });
    await expect(retry(fails, impatient.context)).rejects.toThrow('no');
    expect(impatient.slept).toEqual([]);
  });

  it('stops when told to, during a wait as well, with the reason given', async () => {
    const controller = new AbortController();
    const { context } = time({ signal: controller.signal, sleep: abortableSleep });
    const policy = {
      ...context.policy,
      baseMs: 60_000,
      capMs: 60_000,
      judge: () => ({ budgetMs: 1e9, retryAfterMs: null }),
    };
    setTimeout(() => controller.abort(new Error('shutting down')), 20);
    await expect(retry(fails, { ...context, policy })).rejects.toThrow('shutting down');
    await expect(retry(async () => 1, context)).rejects.toThrow('shutting down');
  });
});
