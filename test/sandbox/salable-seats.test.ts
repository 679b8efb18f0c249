import { describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { license, salable, subscription } from './calls.ts';

const byPolls = (polls: number) => ({ events: { after: { polls } } });
const byHand = { events: { after: 'manual' as const } };

async function change(sandbox: Sandbox, amount: number) {
  const path = `/subscriptions/${subscription(sandbox).uuid}/seats`;
  return amount > 0
    ? salable(sandbox, 'POST', path, { increment: amount })
    : salable(sandbox, 'PUT', path, { decrement: -amount });
}

async function eventStatus(sandbox: Sandbox, index = 0) {
  const { body } = await salable(sandbox, 'GET', `/events/${sandbox.salable.report().events[index]?.uuid}`);
  return Object(body).status;
}

describe('seats with a payment integration', () => {
  it('come by an event that ends after the polls that were ordered', async () => {
    await using sandbox = await startSandbox({ salable: { settings: byPolls(2) } });
    const ordered = await change(sandbox, 2);
    expect(ordered.status).toBe(201);
    expect(ordered.body).toEqual({ eventUuid: sandbox.salable.report().events[0]?.uuid });
    expect(subscription(sandbox)).toMatchObject({ quantity: 1, free: 1 });

    expect(await eventStatus(sandbox)).toBe('queued');
    expect(await eventStatus(sandbox)).toBe('pending');
    expect(subscription(sandbox).quantity).toBe(1);
    expect(await eventStatus(sandbox)).toBe('success');
    expect(subscription(sandbox)).toMatchObject({ quantity: 3, free: 3 });
    expect(await eventStatus(sandbox)).toBe('success');
    expect(sandbox.effects()).toMatchObject([
      { kind: 'increment', from: 1, to: 3, license: null, by: 'api' },
    ]);
  });

  it('come when their time has come by the clock of the sandbox, without anybody polling', async () => {
    await using sandbox = await startSandbox({
      salable: { settings: { events: { after: { milliseconds: 60_000 } } } },
    });
    await change(sandbox, 1);
    sandbox.clock.advance(59_000);
    expect(subscription(sandbox).quantity).toBe(1);
    sandbox.clock.advance(1_001);
    expect(subscription(sandbox).quantity).toBe(2);
  });

  it('come in the order in which they are due, each at its own time', async () => {
    await using sandbox = await startSandbox({ clock: { now: () => 0 } });
    sandbox.salable.planNextEvents([{ after: { milliseconds: 5_000 } }, { after: { milliseconds: 2_000 } }]);
    await change(sandbox, 1);
    await change(sandbox, 3);
    sandbox.clock.advance(60_000);
    expect(sandbox.effects().map(({ at, from, to }) => [at, from, to])).toEqual([
      ['1970-01-01T00:00:02Z', 1, 4],
      ['1970-01-01T00:00:05Z', 4, 5],
    ]);
  });

  it('go by an event too, and as canceled licenses', async () => {
    await using sandbox = await startSandbox({
      salable: { subscriptions: [{ seats: 3, assigned: ['ann@x.org'] }], settings: byHand },
    });
    expect(await change(sandbox, -2)).toMatchObject({ status: 200, body: { eventUuid: expect.any(String) } });
    sandbox.salable.settle();
    expect(subscription(sandbox)).toMatchObject({ quantity: 1, assigned: ['ann@x.org'], free: 0 });
    expect(subscription(sandbox).licenses.map(({ status }) => status)).toEqual([
      'ACTIVE',
      'CANCELED',
      'CANCELED',
    ]);
  });

  it('that are ordered twice come twice: the call is relative', async () => {
    await using sandbox = await startSandbox({ salable: { settings: byHand } });
    await change(sandbox, 3);
    await change(sandbox, 3);
    sandbox.salable.settle();
    expect(subscription(sandbox).quantity).toBe(7);
    expect(sandbox.effects().map(({ from, to }) => [from, to])).toEqual([
      [1, 4],
      [4, 7],
    ]);
  });

  it('on their way count towards the limits of the plan', async () => {
    await using sandbox = await startSandbox({
      salable: { subscriptions: [{ seats: 2, minSeats: 1, maxSeats: 4 }], settings: byHand },
    });
    expect((await change(sandbox, 2)).status).toBe(201);
    expect((await change(sandbox, 1)).status).toBe(400);
    sandbox.salable.settle();
    expect((await change(sandbox, -3)).status).toBe(200);
    expect((await change(sandbox, -1)).status).toBe(400);
  });

  it('are not taken from those that got them meanwhile', async () => {
    await using sandbox = await startSandbox({
      salable: { subscriptions: [{ seats: 2 }], settings: byHand },
    });
    await change(sandbox, -1);
    sandbox.salable.edit({ assign: ['ann@x.org', 'bob@x.org'] });
    sandbox.salable.settle();
    expect(await eventStatus(sandbox)).toBe('failed');
    expect(subscription(sandbox)).toMatchObject({ quantity: 2, assigned: ['ann@x.org', 'bob@x.org'] });
  });

  it.each([
    {
      what: 'fail',
      plan: { outcome: 'failed' as const, errorMessage: 'card declined' },
      quantity: 1,
      free: 1,
    },
    { what: 'stop as incomplete', plan: { outcome: 'incomplete' as const }, quantity: 1, free: 1 },
    { what: 'succeed without seats', plan: { seats: 'none' as const }, quantity: 1, free: 1 },
    { what: 'succeed in part', plan: { seats: 2 }, quantity: 3, free: 3 },
    {
      what: 'succeed with fewer licenses than paid seats',
      plan: { seats: { quantity: 3, licenses: 2 } },
      quantity: 4,
      free: 3,
    },
    {
      what: 'fail after all seats came',
      plan: { outcome: 'failed' as const, seats: 'all' as const },
      quantity: 4,
      free: 4,
    },
  ])('$what if so ordered', async ({ plan, quantity, free }) => {
    await using sandbox = await startSandbox({ salable: { settings: byPolls(5) } });
    sandbox.salable.planNextEvents([{ ...plan, after: { polls: 0 } }]);
    await change(sandbox, 3);
    expect(await eventStatus(sandbox)).toBe('outcome' in plan ? plan.outcome : 'success');
    expect(subscription(sandbox)).toMatchObject({ quantity, free });
  });

  it('say retrying for ever if so ordered', async () => {
    await using sandbox = await startSandbox({
      salable: { settings: { events: { after: { polls: 0 }, outcome: 'never', retrying: true } } },
    });
    await change(sandbox, 1);
    await eventStatus(sandbox);
    expect(await eventStatus(sandbox)).toBe('retrying');
    sandbox.salable.settle({ outcome: 'success' });
    expect(subscription(sandbox).quantity).toBe(2);
  });
});

describe('seats without a payment integration', () => {
  it('change at once, with an empty answer', async () => {
    await using sandbox = await startSandbox({ salable: { subscriptions: [{ type: 'none', seats: 2 }] } });
    const answer = await change(sandbox, 1);
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(answer.headers.get('content-length')).toBe('0');
    expect(answer.headers.get('content-type')).toBeNull();
    expect((await change(sandbox, -2)).status).toBe(204);
    expect(subscription(sandbox)).toMatchObject({ quantity: 1, free: 1 });
  });

  it('are removed from the unassigned ones only', async () => {
    await using sandbox = await startSandbox({
      salable: { subscriptions: [{ type: 'none', seats: 3, assigned: ['ann@x.org', 'bob@x.org'] }] },
    });
    expect((await change(sandbox, -2)).status).toBe(400);
    expect((await change(sandbox, -1)).status).toBe(204);
    expect(subscription(sandbox)).toMatchObject({ quantity: 2, assigned: ['ann@x.org', 'bob@x.org'] });
  });

  it('are not sold for a subscription that is not active', async () => {
    await using sandbox = await startSandbox({
      salable: { subscriptions: [{ type: 'none', status: 'PAST_DUE' }] },
    });
    expect((await change(sandbox, 1)).status).toBe(400);
  });
});

describe('reads that lag', () => {
  const options = { salable: { subscriptions: [{ type: 'none' as const, seats: 1 }] } };

  async function quantities(sandbox: Sandbox) {
    const { body } = await salable(sandbox, 'GET', `/subscriptions/${subscription(sandbox).uuid}`);
    const licenses = await salable(sandbox, 'GET', '/licenses');
    return [Object(body).quantity, Object(licenses.body).length];
  }

  it('show the old state for the ordered number of reads', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.salable.change({ lag: { reads: 2 } });
    await change(sandbox, 2);
    expect(await quantities(sandbox)).toEqual([1, 1]);
    expect(await quantities(sandbox)).toEqual([3, 3]);
    expect(subscription(sandbox).quantity).toBe(3);
  });

  it('show the old state for a time', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.salable.change({ lag: { milliseconds: 60_000 } });
    await change(sandbox, 2);
    expect(await quantities(sandbox)).toEqual([1, 1]);
    sandbox.clock.advance(60_001);
    expect(await quantities(sandbox)).toEqual([3, 3]);
  });

  it('can contradict each other', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.salable.change({ lag: { milliseconds: 60_000, of: ['licenses'] } });
    await change(sandbox, 2);
    expect(await quantities(sandbox)).toEqual([3, 1]);
  });
});

describe('what people do in the portal', () => {
  it('is in the effects as theirs', async () => {
    await using sandbox = await startSandbox({
      salable: { subscriptions: [{ seats: 2, assigned: ['ann@x.org'] }] },
    });
    sandbox.salable.edit({ unassign: ['ann@x.org'], seats: 1, assign: ['cy@x.org'] });
    expect(sandbox.effects()).toMatchObject([
      { by: 'person', kind: 'unassign', from: 'ann@x.org', to: null, license: license(sandbox, 0).uuid },
      { by: 'person', kind: 'increment', from: 2, to: 3 },
      { by: 'person', kind: 'assign', from: null, to: 'cy@x.org' },
    ]);
    expect(sandbox.requests()).toEqual([]);
  });

  it('is refused where the portal would', async () => {
    await using sandbox = await startSandbox();
    expect(() => sandbox.salable.edit({ seats: -1 })).toThrow('at least 1 seats');
    expect(() => sandbox.salable.edit({ assign: ['ann@x.org', 'bob@x.org'] })).toThrow('bob@x.org');
  });
});

describe('the account of seats over time', () => {
  it('has each total, what was bought and given back, and the seat hours', async () => {
    await using sandbox = await startSandbox({
      clock: { now: () => 0 },
      salable: { subscriptions: [{ type: 'none', seats: 2 }] },
    });
    sandbox.clock.advance(3_600_000);
    await change(sandbox, 3);
    sandbox.clock.advance(2 * 3_600_000);
    await change(sandbox, -1);
    sandbox.salable.edit({ seats: 2 });
    expect(sandbox.seats()).toEqual([
      {
        provider: 'salable',
        subscription: subscription(sandbox).uuid,
        timeline: [
          { at: '1970-01-01T00:00:00Z', total: 2 },
          { at: '1970-01-01T01:00:00Z', total: 5 },
          { at: '1970-01-01T03:00:00Z', total: 4 },
          { at: '1970-01-01T03:00:00Z', total: 6 },
        ],
        bought: 3,
        givenBack: 1,
        peak: 6,
        seatHours: 2 + 10,
      },
    ]);
  });
});
