import { describe, expect, it } from 'vitest';
import type { ProviderFailure } from '../../../src/errors.ts';
import {
  arrived,
  calm,
  effects,
  failureOf,
  grantees,
  type ProviderSetup,
  type RequestKind,
  type Stage,
  soon,
  toAssign,
  toUnassign,
} from './stage.ts';

const STATUSES: [number, ProviderFailure][] = [
  [400, 'refused'],
  [401, 'auth'],
  [403, 'scope'],
  [404, 'not-found'],
  [409, 'refused'],
  [429, 'rate-limited'],
  [500, 'unavailable'],
  [503, 'unavailable'],
];

const nameOf = (kind: RequestKind) => `${kind.method} ${kind.path}`;

export function describeTrouble(setup: ProviderSetup): void {
  describe.each(setup.reads.map(({ method, path }) => [nameOf({ method, path }), { method, path }] as const))(
    'trouble with %s',
    (_name, kind) => {
      const reading = async (
        spoil: (stage: Stage) => void,
        limits = { timeoutMs: 400, maxBytes: 20_000 },
      ) => {
        const stage = await setup.open({ total: 4, assigned: grantees(setup, 1, 2), limits });
        spoil(stage);
        return { stage, error: await failureOf(setup, stage.provider.read(soon())) };
      };

      it.each(STATUSES)('%i is `%s`', async (status, failure) => {
        const { error } = await reading((stage) =>
          stage.sandbox.faults.order({ match: kind, times: 'always', fault: { kind: 'status', status } }),
        );
        expect(error).toMatchObject({ failure, status });
      });

      it.each([
        ['a page', { kind: 'html' }, 'wrong-answer'],
        ['cut JSON', { kind: 'cut', how: 'whole' }, 'wrong-answer'],
        ['an answer that breaks off', { kind: 'cut', how: 'broken' }, 'broken'],
        ['an answer that stalls', { kind: 'cut', how: 'stalled' }, 'timeout'],
        ['no answer', { kind: 'silence' }, 'timeout'],
        ['a slow answer', { kind: 'delay', milliseconds: 1500 }, 'timeout'],
        ['a lost connection', { kind: 'drop' }, 'broken'],
        ['an empty answer', { kind: 'status', status: 204, body: '' }, 'wrong-answer'],
      ] as const)('%s is no smaller pool', async (_what, fault, failure) => {
        const { error } = await reading((stage) =>
          stage.sandbox.faults.order({ match: kind, times: 'always', fault }),
        );
        expect(error.failure).toBe(failure);
      });

      it.each([
        ['another shape', { body: { renamed: 'value-canary' } }],
        ['a list of another shape', { body: [{ renamed: 'value-canary' }] }],
        ['a huge answer', { body: ['x'.repeat(30_000)] }],
      ])('%s is no smaller pool', async (_what, change) => {
        const { error } = await reading((stage) =>
          stage.sandbox.faults.hook(
            kind,
            { after: (_request, answer) => ({ ...answer, ...change }) },
            'always',
          ),
        );
        expect(error.failure).toBe('wrong-answer');
        expect(error.message).not.toContain('canary');
      });

      it('a redirect to another host is not followed', async () => {
        const { stage, error } = await reading((toSpoil) =>
          toSpoil.sandbox.faults.order({ match: kind, times: 'always', fault: { kind: 'redirect' } }),
        );
        expect(error.failure).toBe('wrong-answer');
        expect(stage.sandbox.trapped()).toEqual([]);
      });
    },
  );

  const updates = [
    ['assign', setup.assigns],
    ['unassign', setup.unassigns],
  ] as const;
  describe.each(updates)('trouble when it is to %s', (what, kind) => {
    async function open() {
      const stage = await setup.open({
        total: 4,
        assigned: grantees(setup, 1, 2),
        limits: { timeoutMs: 400 },
      });
      const state = await stage.provider.read(soon());
      const lines =
        what === 'assign'
          ? toAssign(state, grantees(setup, 3, 4))
          : toUnassign(stage.provider, state, grantees(setup, 1, 2));
      const start = (gate = calm) => stage.provider[what](lines, gate, soon());
      return { stage, start };
    }

    it.each([
      ['lost before its effect', { kind: 'drop', when: 'before' }, 'broken', 0],
      ['lost after its effect', { kind: 'drop', when: 'after' }, 'broken', 2],
      ['never answered after its effect', { kind: 'silence', when: 'after' }, 'timeout', 2],
      ['answered by a redirect', { kind: 'redirect' }, 'wrong-answer', 0],
      ['answered by cut JSON', { kind: 'cut', how: 'whole' }, 'wrong-answer', 2],
    ] as const)('it is sent once where it is %s', async (_what, fault, failure, done) => {
      const { stage, start } = await open();
      stage.sandbox.faults.order({ match: kind, times: 'always', fault });
      const error = await failureOf(setup, start());
      expect(error).toMatchObject({ failure, effectUnknown: true });
      expect([arrived(stage, kind), effects(stage)]).toEqual([1, done]);
      expect(stage.sandbox.trapped()).toEqual([]);
    });

    it.each(STATUSES)('a %i is `%s`', async (status, failure) => {
      const { stage, start } = await open();
      stage.sandbox.faults.order({ match: kind, times: 'always', fault: { kind: 'status', status } });
      expect(await failureOf(setup, start())).toMatchObject({ failure, status });
      expect([arrived(stage, kind), effects(stage)]).toEqual([1, 0]);
    });

    it('nothing is sent where the gate is closed, and the gate is asked once where it is open', async () => {
      const { stage, start } = await open();
      const closed = new Error('closed');
      await expect(start(() => Promise.reject(closed))).rejects.toBe(closed);
      expect([arrived(stage, kind), effects(stage)]).toEqual([0, 0]);
      let asked = 0;
      await start(async () => void asked++);
      expect([asked, arrived(stage, kind), effects(stage)]).toEqual([1, 1, 2]);
    });
  });

  it('a key that is not accepted is said to be, and is not shown', async () => {
    const key = 'test_wrong-key-canary/+=';
    const { provider } = await setup.open({ total: 1, key });
    // Where nothing can be read, the first change is the first to tell.
    const call = provider.capabilities.listsHolders
      ? provider.check(soon())
      : provider.assign([{ grantee: setup.grantee(1), seat: null }], calm, soon());
    const error = await failureOf({ ...setup, secrets: [...setup.secrets, key] }, call);
    expect(error.failure).toBe(setup.wrongKey ?? 'auth');
  });
}
