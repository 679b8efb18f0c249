import { describe, expect, it, onTestFinished } from 'vitest';
import { sandboxClient } from '../../src/sandbox/control-client.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import {
  SANDBOX_SECUREMAILMERGE,
  type SecureMailMergeOptions,
} from '../../src/sandbox/securemailmerge/options.ts';

const { subscriptionType, subscriptionId, apiKey } = SANDBOX_SECUREMAILMERGE;

async function open(options: SecureMailMergeOptions) {
  const sandbox = await startSandbox({ secureMailMerge: options });
  onTestFinished(() => sandbox.close());
  const send = async (
    method: string,
    body: unknown,
    { path = `/api/manage/${subscriptionType}/${subscriptionId}`, type = 'application/json' } = {},
  ) => {
    const response = await fetch(`${sandbox.url}/securemailmerge${path}`, {
      method,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': type },
    });
    const answer: unknown = await response.json();
    return { status: response.status, answer };
  };
  const change = (method: 'PUT' | 'DELETE', ...emails: string[]) => send(method, { apiKey, emails });
  const assigned = () => sandbox.secureMailMerge.report().subscriptions[0]?.assigned;
  return { sandbox, send, change, assigned };
}

const six = (licenses: number, ...assigned: string[]): SecureMailMergeOptions => ({
  subscriptions: [{ licenses, assigned }],
});

describe('the stand-in for SecureMailMerge', () => {
  it('assigns and unassigns, and answers as in the samples of the reference', async () => {
    const { change, sandbox } = await open(six(10, 'a@x.org', 'b@x.org', 'c@x.org', 'd@x.org', 'e@x.org'));
    expect(await change('PUT', 'f@x.org', 'g@x.org')).toEqual({
      status: 200,
      answer: { success: true, errors: [], assignmentStats: { availableLicenses: 10, assignedLicenses: 7 } },
    });
    expect(await change('DELETE', 'g@x.org')).toEqual({
      status: 200,
      answer: { success: true, errors: [], assignmentStats: { availableLicenses: 10, assignedLicenses: 6 } },
    });
    expect(sandbox.effects().map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['assign', null, 'f@x.org'],
      ['assign', null, 'g@x.org'],
      ['unassign', 'g@x.org', null],
    ]);
  });

  it('refuses what the reference refuses', async () => {
    const { send, change, sandbox } = await open(six(2, 'a@x.org'));
    const body = { apiKey, emails: ['b@x.org'] };
    const statuses = [
      await change('PUT'),
      await change('PUT', 'no address'),
      await change('PUT', `${'x'.repeat(257 - '@x.org'.length)}@x.org`),
      await change('PUT', 'b@x.org', 'B@x.org'),
      await change('DELETE', 'b@x.org'),
      await send('PUT', { emails: ['b@x.org'] }),
      await send('PUT', { apiKey, emails: 'b@x.org' }),
      await send('PUT', '{"apiKey":'),
      await send('PUT', body, { type: 'text/plain' }),
      await send('PUT', { ...body, apiKey: '11111111-2222-4333-8444-555555555555' }),
      await send('PUT', body, { path: `/api/manage/Azure/${subscriptionId}` }),
      await send('PUT', body, { path: `/api/manage/Paddle/11111111-2222-4333-8444-555555555555` }),
      await send('PUT', body, { path: '/api/other' }),
      await send('POST', body),
      await change('PUT', 'b@x.org', 'c@x.org'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 400, 400, 400, 404, 404, 404, 404, 405, 402]);
    expect(sandbox.effects()).toEqual([]);
  });

  it('does by its switches what the reference leaves open', async () => {
    const { change, sandbox, assigned } = await open(six(3, 'a@x.org'));
    const { change: set } = sandbox.secureMailMerge;
    expect((await change('PUT', 'A@x.org')).status).toBe(200);
    set({ reassign: 'refused' });
    expect(await change('PUT', 'A@x.org', 'b@x.org')).toMatchObject({
      status: 400,
      answer: { success: false, errors: ['A@x.org is already assigned.'] },
    });
    set({ errors: 'opaque', failedBatch: 'in-part' });
    expect(await change('PUT', 'A@x.org', 'b@x.org')).toMatchObject({
      status: 400,
      answer: { errors: ['The request is not valid.'] },
    });
    expect(assigned()).toEqual(['a@x.org', 'b@x.org']);
    set({ availableLicenses: 'free', failure: 'body' });
    expect(await change('PUT', 'a@x.org')).toMatchObject({
      status: 200,
      answer: { success: false, assignmentStats: { availableLicenses: 1, assignedLicenses: 2 } },
    });
    expect((await change('PUT', 'c@x.org', 'd@x.org')).status).toBe(402);
    expect(assigned()).toEqual(['a@x.org', 'b@x.org', 'c@x.org']);
    set({ duplicates: 'exact', reassign: 'accepted' });
    expect((await change('PUT', 'c@x.org', 'C@x.org')).status).toBe(200);
    set({ needs: 'all' });
    expect((await change('PUT', 'c@x.org')).status).toBe(402);
  });

  it('is edited by hand, also from another process, and shows its key nowhere', async () => {
    const { sandbox, change } = await open(six(2, 'a@x.org'));
    const remote = sandboxClient(sandbox.url);
    await change('PUT', 'b@x.org');
    const edited = await remote.secureMailMerge.edit({
      unassign: ['A@x.org'],
      licenses: 1,
      assign: ['c@x.org', 'd@x.org'],
    });
    expect(edited.subscriptions).toMatchObject([
      { licenses: 3, assigned: ['b@x.org', 'c@x.org', 'd@x.org'], free: 0 },
    ]);
    await expect(remote.secureMailMerge.edit({ licenses: -1 })).rejects.toThrow('are assigned');
    await remote.secureMailMerge.edit({ apiKey: '11111111-2222-4333-8444-555555555555' });
    expect((await change('DELETE', 'b@x.org')).status).toBe(404);
    const shown = JSON.stringify([
      await remote.requests(),
      await remote.effects(),
      await remote.secureMailMerge.report(),
      await remote.seats(),
    ]);
    expect(shown).not.toContain(apiKey);
    expect(shown).not.toContain('11111111-2222');
  });
});
