import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallRecord } from '../../../src/providers/http/client.ts';
import { answer, clientFor, failureOf, KEY, portOf, read, serve, serveRaw, write } from './servers.ts';

const ok = answer({ name: 'one' });

describe('what is sent', () => {
  it('goes below the base path, with the query URL-encoded and the answer asked for uncompressed', async () => {
    const server = await serve(ok);
    const client = clientFor(`${server.url}/v2/`);
    const query = { subscriptionUuid: 'a&b=c d', status: 'ünï' };
    expect((await client.request(read({ query }))).data).toEqual({ name: 'one' });
    expect(server.seen[0]?.url).toBe('/v2/things?subscriptionUuid=a%26b%3Dc+d&status=%C3%BCn%C3%AF');
    expect(server.seen[0]?.headers).toMatchObject({ 'x-api-key': KEY, 'accept-encoding': 'identity' });
  });

  it.each(['/../up', '/a/../../up', '/%2e%2e/up', '/a?b=c', '/a#b', 'things', '@evil.example/', '/a b'])(
    'is nothing for the path %j',
    async (path) => {
      const server = await serve(ok);
      const client = clientFor(`${server.url}/v2`);
      await expect(client.request(read({ path }))).rejects.toThrow(/does not lie below/);
      expect(server.seen).toHaveLength(0);
    },
  );

  it.each(['ftp://x.example', 'not an address', 'https://user:pass@x.example'])(
    'needs a base URL that is one, not %j',
    (baseUrl) => {
      expect(() => clientFor(baseUrl)).toThrow(/baseUrl/);
    },
  );

  it('shares a connection between reads, never between changes', async () => {
    const ports: (number | undefined)[] = [];
    const server = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      ok(request, response);
    });
    const client = clientFor(server.url);
    for (const call of [read(), read(), write(), write(), read()]) await client.request(call);
    const [first, second, third, fourth, fifth] = ports;
    expect([second, fifth]).toEqual([first, first]);
    expect(new Set([first, third, fourth]).size).toBe(3);
    expect(server.seen[2]?.headers.connection).toBe('close');
  });

  it('is recorded without query, headers and body', async () => {
    const server = await serve(answer({ error: 'no' }, 403));
    const calls: CallRecord[] = [];
    const client = clientFor(server.url, { onCall: (call) => calls.push(call) });
    await failureOf(client.request(write({ query: { a: 'b' } })));
    expect(calls).toEqual([
      { method: 'POST', path: '/things', status: 403, ms: expect.any(Number), outcome: 'scope' },
    ]);
  });
});

describe('the gate', () => {
  it('is asked once the connection stands, before the first byte', async () => {
    const server = await serveRaw(() => {});
    const client = clientFor(server.url, { limits: { timeoutMs: 300 } });
    const before: string[] = [];
    const gate = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      before.push(...server.received);
    };
    expect((await failureOf(client.request(write({ gate })))).failure).toBe('timeout');
    expect(before).toEqual(['']);
    expect(server.received[0]).toMatch(/^POST \/things HTTP/);
  });

  it('stops the request by throwing, and its own error comes out', async () => {
    const server = await serveRaw(() => {});
    const calls: CallRecord[] = [];
    const client = clientFor(server.url, { onCall: (call) => calls.push(call) });
    const refusal = new Error('the lock was lost');
    const gate = () => Promise.reject(refusal);
    await expect(client.request(write({ gate }))).rejects.toBe(refusal);
    expect(server.received.join('')).toBe('');
    expect(calls).toMatchObject([{ status: null, outcome: 'stopped' }]);
  });

  it('is not asked where there is no connection', async () => {
    let asked = 0;
    const gate = async () => void asked++;
    const client = clientFor('http://127.0.0.1:1');
    expect((await failureOf(client.request(write({ gate })))).failure).toBe('not-sent');
    expect(asked).toBe(0);
  });

  it.each(['stopped', 'timed out', 'disconnected'])('lets nothing go once the call was %s', async (how) => {
    const server = await serveRaw((socket) => {
      if (how === 'disconnected') setTimeout(() => socket.destroy(), 20);
    });
    const stop = new AbortController();
    const client = clientFor(server.url, { limits: { timeoutMs: how === 'timed out' ? 100 : 10_000 } });
    const opened = Promise.withResolvers<void>();
    const call = client.request(write({ gate: () => opened.promise, signal: stop.signal }));
    if (how === 'stopped') setTimeout(() => stop.abort(), 50);
    const error = await failureOf(call);
    expect(error.failure).toBe('not-sent');
    expect(error.effectUnknown).toBe(false);
    opened.resolve();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.received.join('')).toBe('');
  });
});

describe('a request that never left', () => {
  it.each([
    ['nobody listens', 'http://127.0.0.1:1', /ECONNREFUSED/],
    ['there is no such host', 'http://no-such-host.invalid', /ENOTFOUND|EAI_AGAIN/],
  ])('is `not-sent` where %s', async (_why, url, reason) => {
    const error = await failureOf(clientFor(url).request(write()));
    expect(error.failure).toBe('not-sent');
    expect(error.message).toMatch(reason);
    expect(error.message).toMatch(/Pool teaching: POST \/things .* was not sent.*Nothing was changed/);
  });

  it('is `not-sent` where the call was stopped before it began', async () => {
    const server = await serve(ok);
    const call = clientFor(server.url).request(write({ signal: AbortSignal.abort() }));
    expect((await failureOf(call)).failure).toBe('not-sent');
    expect(server.seen).toHaveLength(0);
  });

  it('is `not-sent` where the key can not be a header, and does not show the key', async () => {
    const server = await serve(ok);
    const key = 'with\nline-break-canary';
    const client = clientFor(server.url, { headers: { 'x-api-key': key }, secrets: [key] });
    const error = await failureOf(client.request(write()));
    expect(error.failure).toBe('not-sent');
    expect(error.message).not.toContain('canary');
  });

  it('is `not-sent` where TLS fails', async () => {
    const server = await serveRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const client = clientFor(server.url.replace('http:', 'https:'));
    expect((await failureOf(client.request(write()))).failure).toBe('not-sent');
    expect(server.received.join('')).not.toContain('POST');
  });
});

describe('over TLS', () => {
  const authorities = getCACertificates('default');

  async function serveTls() {
    const folder = mkdtempSync(join(tmpdir(), 'cohort-sync-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
    ];
    execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, ok);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { url: `https://127.0.0.1:${portOf(server.address())}`, cert: readFileSync(cert, 'utf8') };
  }

  it('refuses a certificate that nobody vouches for, before anything is sent', async () => {
    const { url } = await serveTls();
    const error = await failureOf(clientFor(url).request(write()));
    expect(error.failure).toBe('not-sent');
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('asks the gate after the handshake', async () => {
    const { url, cert } = await serveTls();
    setDefaultCACertificates([...authorities, cert]);
    onTestFinished(() => setDefaultCACertificates(authorities));
    let asked = 0;
    const answered = await clientFor(url).request(write({ gate: async () => void asked++ }));
    expect([answered.data, asked]).toEqual([{ name: 'one' }, 1]);
  });
});
