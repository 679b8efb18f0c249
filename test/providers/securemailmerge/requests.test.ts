import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/errors.ts';
import { byErrors, decide } from '../../../src/providers/securemailmerge/lines.ts';
import { calm, KEY, openSecureMailMerge, soon, toLines } from './stage.ts';

const outcomes = (results: readonly { outcome: string }[]) => results.map(({ outcome }) => outcome);

describe('requests to SecureMailMerge', () => {
  it('really send a body with DELETE, and each address once', async () => {
    const { provider, sandbox, ours } = await openSecureMailMerge({
      licenses: 3,
      assigned: ['ann@x.org', 'bob@x.org'],
    });
    const results = await provider.unassign(toLines('ann@x.org', ' ANN@X.org', 'bob@x.org'), calm, soon());
    expect(outcomes(results)).toEqual(['applied', 'already', 'applied']);
    expect(sandbox.requests().map(({ method, summary }) => `${method} ${summary}`)).toEqual([
      'DELETE unassign 2',
    ]);
    expect(ours().assigned).toEqual([]);
  });

  it('leave out what the reference would refuse, and are not made for nothing else', async () => {
    const { provider, sandbox } = await openSecureMailMerge({ licenses: 3 });
    const long = `${'x'.repeat(257 - '@x.org'.length)}@x.org`;
    expect(outcomes(await provider.assign(toLines('no address', 'ann@x.org', long), calm, soon()))).toEqual([
      'refused',
      'applied',
      'refused',
    ]);
    expect(outcomes(await provider.assign(toLines(long), calm, soon()))).toEqual(['refused']);
    expect(sandbox.requests().map(({ summary }) => summary)).toEqual(['assign 1']);
  });

  it.each([
    [402, 'no-seats', /too few licenses left \(402\)/, /purchasedSeats/],
    [404, 'not-found', /subscription, or the key does not match it \(404\)/, /regenerated the key/],
  ])('say by a %i what it means, and what to do', async (status, failure, message, advice) => {
    const { provider, sandbox } = await openSecureMailMerge({ licenses: 1 });
    sandbox.faults.order({
      match: { method: 'PUT' },
      fault: { kind: 'status', status, body: { success: false, errors: [`no: ${KEY}`] } },
    });
    const thrown = await provider.assign(toLines('ann@x.org'), calm, soon()).catch((cause: unknown) => cause);
    if (!(thrown instanceof ProviderError)) throw new Error('expected a ProviderError', { cause: thrown });
    expect(thrown).toMatchObject({ failure, message: expect.stringMatching(message), effectUnknown: false });
    expect(thrown.advice).toMatch(advice);
    expect(thrown.providerMessage).toBe('no: ***');
  });

  it('read from the errors who is at fault, and take no address for a longer one that ends like it', () => {
    const sent = decide(toLines('ann@x.org', 'joann@x.org', 'ann@x.org.uk', 'bob@x.org')).filter(
      (decision) => decision.kind === 'send',
    );
    const said = (...errors: string[]) => ({ counts: null, done: false, errors, refusal: null });
    expect(
      outcomes(byErrors(sent, said('<JOANN@x.org> is bad', 'ann@x.org.uk: no such domain'), 'assign') ?? []),
    ).toEqual(['unknown', 'refused', 'refused', 'unknown']);
    expect(
      outcomes(byErrors(sent, said("'ann@x.org', bob@x.org: already assigned."), 'assign') ?? []),
    ).toEqual(['already', 'unknown', 'unknown', 'already']);
    expect(byErrors(sent, said('Something is wrong.'), 'assign')).toBeNull();
    expect(
      outcomes(byErrors(sent, said('bob@x.org is not currently assigned'), 'unassign') ?? []).at(-1),
    ).toBe('already');
  });
});
