import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fromInstant } from '../../../src/dates.ts';
import { answer, clientFor, failureOf, KEY, read, serve, serveRaw, write } from './servers.ts';

const reply = (head: string, body = '') => `HTTP/1.1 ${head}\r\n\r\n${body}`;

describe('statuses', () => {
  it.each([
    [400, 'refused', false],
    [401, 'auth', false],
    [403, 'scope', false],
    [404, 'not-found', false],
    [409, 'refused', false],
    [408, 'unavailable', true],
    [425, 'unavailable', true],
    [499, 'unavailable', true],
    [422, 'refused', false],
    [429, 'rate-limited', false],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
    [301, 'wrong-answer', true],
    [304, 'wrong-answer', true],
    [307, 'wrong-answer', true],
  ])('%i is `%s`', async (status, failure, effectUnknown) => {
    const server = await serve((_request, response) => response.writeHead(status).end());
    const error = await failureOf(clientFor(server.url).request(write()));
    expect(error).toMatchObject({ failure, status, effectUnknown, pool: 'teaching' });
    expect(error.request).toBe('POST /things');
    expect(error.advice).not.toBe('');
  });

  it('a redirect is never followed', async () => {
    const foreign = await serve(answer({ name: 'trap' }));
    const server = await serve((_request, response) =>
      response.writeHead(307, { location: foreign.url }).end(),
    );
    await failureOf(clientFor(server.url).request(read()));
    await failureOf(clientFor(server.url).request(write()));
    expect(foreign.seen).toHaveLength(0);
  });

  it('a status counts although the explanation that came with it breaks off', async () => {
    const head = '401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 100';
    const server = await serveRaw((socket) => socket.end(reply(head, '{"err')));
    expect((await failureOf(clientFor(server.url).request(write()))).failure).toBe('auth');
  });

  it.each([
    ['ours', 0],
    ['ten minutes behind ours', 600_000],
    ['ten minutes ahead of ours', -600_000],
  ])("Retry-After is understood where the provider's clock is %s", async (_what, ahead) => {
    const date = 'Sun, 22 Nov 2026 06:00:00 GMT';
    const now = fromInstant('2026-11-22T06:00:00Z') + ahead;
    for (const [retryAfter, milliseconds] of [
      ['2026-11-22T07:00:00Z', 3_600_000],
      ['Sun, 22 Nov 2026 06:05:00 GMT', 300_000],
      ['90', 90_000],
    ] as const) {
      const server = await serve(answer({ error: 'slow' }, 429, { date, 'retry-after': retryAfter }));
      const client = clientFor(server.url, { clock: { now: () => now } });
      const error = await failureOf(client.request(read()));
      expect(error).toMatchObject({ retryAt: now + milliseconds, providerMessage: 'slow' });
    }
  });

  it('Retry-After is measured by our own clock where the answer has no date', async () => {
    const now = fromInstant('2026-11-22T06:00:00Z');
    const server = await serve((_request, response) => {
      response.sendDate = false;
      response.writeHead(429, { 'retry-after': '2026-11-22T07:00:00Z' }).end();
    });
    const client = clientFor(server.url, { clock: { now: () => now } });
    expect(await failureOf(client.request(read()))).toMatchObject({ retryAt: now + 3_600_000 });
  });
});

describe('empty answers', () => {
  const EMPTY = { name: 'empty' };
  it.each([
    ['204', '204 No Content'],
    ['204 with a content length', '204 No Content\r\ncontent-length: 0'],
    ['200 with a content length of 0', '200 OK\r\ncontent-length: 0'],
    ['200 that ends with its connection', '200 OK\r\nconnection: close'],
    ['200 that says it is JSON', '200 OK\r\ncontent-type: application/json\r\nconnection: close'],
    ['200 that says it is text', '200 OK\r\ncontent-type: text/plain\r\nconnection: close'],
  ])('%s: counts where the request allows it', async (_what, head) => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end(reply(head))));
    const client = clientFor(server.url);
    expect((await client.request(write({ empty: EMPTY }))).data).toBe(EMPTY);
    expect(await failureOf(client.request(write()))).toMatchObject({
      failure: 'wrong-answer',
      message: expect.stringContaining('the answer is empty'),
    });
  });
});

describe('wrong answers', () => {
  it.each([
    ['HTML', 'text/html', '<!doctype html>'],
    ['JSON that says it is text', 'text/plain', '{"name":"one"}'],
    ['cut JSON', 'application/json', '{"name":"on'],
    ['bytes that are not UTF-8', 'application/json', Buffer.from('{"name":"\xff"}', 'latin1')],
    ['another shape', 'application/json', '{"label":"value-canary"}'],
    ['a list', 'application/json', '[]'],
  ])('%s', async (_what, type, body) => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    );
    const error = await failureOf(clientFor(server.url).request(read()));
    expect(error.failure).toBe('wrong-answer');
    expect(inspect(error)).not.toContain('canary');
  });

  it('name the field, never its value', async () => {
    const server = await serve(answer({ name: { value: 'value-canary' } }));
    const error = await failureOf(clientFor(server.url).request(read()));
    expect(error.message).toContain('name is not string');
    expect(inspect(error)).not.toContain('canary');
  });

  it('are read where the type is JSON by another name', async () => {
    const server = await serve(
      answer({ name: 'é' }, 200, { 'content-type': 'Application/SCIM+JSON; charset=utf-8' }),
    );
    expect((await clientFor(server.url).request(read())).data).toEqual({ name: 'é' });
  });

  it('are refused compressed, since that was not asked for', async () => {
    const server = await serve(answer({ name: 'one' }, 200, { 'content-encoding': 'gzip' }));
    expect((await failureOf(clientFor(server.url).request(read()))).message).toContain('compressed');
  });

  it.each(['declared', 'streamed'])('are cut short where they are too large, %s', async (how) => {
    const big = `{"name":"${'x'.repeat(5000)}"}`;
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      if (how === 'declared') response.end(big);
      else for (const part of big.match(/.{1,500}/g) ?? []) response.write(part);
    });
    const error = await failureOf(clientFor(server.url, { limits: { maxBytes: 4096 } }).request(read()));
    expect(error).toMatchObject({
      failure: 'wrong-answer',
      message: expect.stringContaining('larger than 4 KiB'),
    });
  });

  it('are those that are not HTTP', async () => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n')));
    const error = await failureOf(clientFor(server.url).request(write()));
    expect(error).toMatchObject({ failure: 'wrong-answer', effectUnknown: true });
  });
});

describe('answers that do not come', () => {
  const head = '200 OK\r\ncontent-type: application/json\r\ncontent-length: 14';
  it.each([
    ['nothing', 'timeout', () => {}],
    ['half a head', 'timeout', (end: Socket) => end.write('HTTP/1.1 200 OK\r\ncontent-')],
    ['half a body', 'timeout', (end: Socket) => end.write(reply(head, '{"name"'))],
    ['half a body and the end', 'broken', (end: Socket) => end.end(reply(head, '{"name"'))],
    ['the end', 'broken', (end: Socket) => end.end()],
    ['a reset', 'broken', (end: Socket) => end.resetAndDestroy()],
  ] as const)('%s is `%s`', async (_what, failure, talk) => {
    const server = await serveRaw((socket) => socket.once('data', () => talk(socket)));
    const client = clientFor(server.url, { limits: { timeoutMs: 200 } });
    const error = await failureOf(client.request(write()));
    expect(error).toMatchObject({ failure, status: null, effectUnknown: true });
    expect(error.message).toMatch(/may or may not have been applied/);
    expect(server.received).toHaveLength(1);
  });

  it('a body that drips is `timeout` all the same', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const client = clientFor(server.url, { limits: { timeoutMs: 200 } });
    expect((await failureOf(client.request(read()))).failure).toBe('timeout');
  });

  it('a call that is stopped while it waits is `broken`', async () => {
    const server = await serve(() => {});
    const stop = new AbortController();
    const call = clientFor(server.url).request(write({ signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('deadline')), 50);
    expect((await failureOf(call)).failure).toBe('broken');
  });
});

describe('secrets', () => {
  const shown = (error: unknown) => inspect(error, { depth: 10, showHidden: true });

  it('are masked in what the provider says, also encoded', async () => {
    const forms = [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString('base64')];
    const server = await serve(answer({ error: `bad key: ${forms.join(' ')}` }, 401));
    const error = await failureOf(clientFor(server.url).request(write()));
    expect(error.providerMessage).toMatch(/^bad key: \*\*\* \*\*\* \*\*\*=*$/);
    for (const form of forms) expect(shown(error)).not.toContain(form);
  });

  it.each([
    ['refused', '400 Bad\r\ncontent-length: 0'],
    ['broken', '200 OK\r\ncontent-length: 9'],
    ['wrong-answer', 'odd'],
  ])('are nowhere in an error that is `%s`', async (failure, head) => {
    const server = await serveRaw((socket) =>
      socket.once('data', (sent) => socket.end(`${reply(head)}${sent}`)),
    );
    const error = await failureOf(clientFor(server.url).request(write()));
    expect(error.failure).not.toBe('not-sent');
    for (const secret of [KEY, 'body-canary', 'x-api-key'])
      expect(shown(error), failure).not.toContain(secret);
  });
});
