import { inspect } from 'node:util';
import { expect } from 'vitest';
import { ProviderError, type ProviderFailure } from '../../../src/errors.ts';
import type { ProviderDeps } from '../../../src/providers/http/client.ts';
import type { PoolState, Provider, SeatLine, SendGate } from '../../../src/providers/provider.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';

/** How a pool is to be at the start of a test. */
export interface Wanted {
  readonly total: number;
  readonly assigned?: readonly string[];
  /** Grantees that the provider won't take. */
  readonly refused?: readonly string[];
  /** What the provider does with a batch of which it can't take every line. */
  readonly badLine?: 'leaves-out' | 'refuses-all';
  /** A key that the provider doesn't know. */
  readonly key?: string;
  readonly limits?: ProviderDeps['limits'];
}

/** One pool in a running stand-in, and the provider under test for it. */
export interface Stage {
  readonly provider: Provider;
  readonly sandbox: Sandbox;
  /** What is so at the stand-in, whatever reads show. `assigned` is sorted. */
  truth(): { readonly total: number; readonly assigned: readonly string[]; readonly free: number };
  /** Somebody changes the pool by hand. */
  edit(edit: { readonly assign?: string[]; readonly unassign?: string[] }): void;
  /** Lets a change of the total that goes on in the background end as it should. */
  settle(): void;
}

/** A kind of request, as the stand-in's faults and log name it. */
export interface RequestKind {
  readonly method: string;
  readonly path: string;
}

export interface ProviderSetup {
  /** Closed by the end of the test. */
  open(wanted: Wanted): Promise<Stage>;
  /** The requests of one reading, and how often each is made; empty if the provider can't read. */
  readonly reads: readonly (RequestKind & { readonly times?: number })[];
  readonly assigns: RequestKind;
  readonly unassigns: RequestKind;
  /** Buying seats; null where that can't be done. */
  readonly buys: RequestKind | null;
  readonly givesBack: RequestKind | null;
  /** What a key that is not accepted fails as; default: `auth`. */
  readonly wrongKey?: ProviderFailure;
  /** Texts that must not be seen in any error. */
  readonly secrets: readonly string[];
  grantee(n: number): string;
  /** Another spelling of the same grantee; null if there is none. */
  respelled(grantee: string): string | null;
}

export const calm: SendGate = async () => {};
export const soon = () => AbortSignal.timeout(15_000);

export function grantees(setup: ProviderSetup, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => setup.grantee(from + index));
}

/** Lines that give free seats to grantees, in order. */
export function toAssign(state: PoolState, wanted: readonly string[]): SeatLine[] {
  return wanted.map((grantee, index) => ({ grantee, seat: state.freeSeats[index] ?? null }));
}

/** Lines that take their seats from grantees. */
export function toUnassign(provider: Provider, state: PoolState, leavers: readonly string[]): SeatLine[] {
  return leavers.map((grantee) => {
    const key = provider.keyOf(grantee);
    const holder = state.holders.find((other) => provider.keyOf(other.grantee) === key);
    return { grantee, seat: holder?.seats[0] ?? null };
  });
}

/** Requests of a kind that arrived at the stand-in. */
export function arrived(stage: Stage, kind: RequestKind): number {
  const pattern = new RegExp(`^${kind.path.replace(/\*/g, '[^/]+')}$`);
  const requests = stage.sandbox.requests();
  return requests.filter(({ method, path }) => method === kind.method && pattern.test(path)).length;
}

/** What the API itself changed; not what people did by hand. */
export function effects(stage: Stage): number {
  return stage.sandbox.effects().filter(({ by }) => by === 'api').length;
}

/** The ProviderError that a call fails with, proved free of secrets and fit to be read. */
export async function failureOf(setup: ProviderSetup, call: Promise<unknown>): Promise<ProviderError> {
  const thrown = await call.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
  if (!(thrown instanceof ProviderError)) throw new Error('expected a ProviderError', { cause: thrown });
  const shown = inspect(thrown, { depth: 10, showHidden: true });
  for (const secret of setup.secrets) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      expect(shown).not.toContain(form);
    }
  }
  expect(thrown.message).toContain(thrown.pool);
  expect(thrown.advice).not.toBe('');
  return thrown;
}
