import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { SendGate } from '../provider.ts';
import { http, https } from './node-http.ts';

/** One request as it goes over the wire. */
export interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** The connections to reuse; `false` makes a connection of its own and closes it afterwards. */
  readonly agent: Agent | false;
  /** Awaited once the connection stands, as the last thing before the first byte of the request leaves. */
  readonly gate: SendGate | null;
  /** For the whole call: connecting, the gate, sending, headers and body. Milliseconds. */
  readonly timeoutMs: number;
  /** Of the answer's body, declared or streamed. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * What came of it. `not-sent`: no byte of the request left, so nothing can have happened. The other failures come after
 * that. `reason` is for people and holds nothing of the request; an answer that is not 2xx counts as answered even where
 * its body could not be read (then `body` is empty).
 */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Buffer;
    }
  | { readonly kind: 'failed'; readonly failure: ExchangeFailure; readonly reason: string };

export type ExchangeFailure = 'not-sent' | 'timeout' | 'broken' | 'wrong-answer';

const STOPPED = 'the call was stopped';

/**
 * Sends one HTTP request and reads its answer. Follows no redirect, resends nothing.
 * @throws what the gate throws; nothing else.
 */
export function exchange(call: Call): Promise<Exchange> {
  if (call.signal.aborted) return Promise.resolve(failed(null, 'not-sent', STOPPED));
  return new Promise((resolve, reject) => {
    let over = false;
    let sent = false;
    let answer: IncomingMessage | null = null;
    const wire = open(call);

    const finish = (settle: () => void) => {
      if (!over) settle();
      over = true;
      stopLimits();
    };
    const fail: Fail = (failure, reason) => {
      finish(() => resolve(failed(answer, sent ? failure : 'not-sent', reason)));
      wire?.destroy();
    };
    const stopLimits = limit(call, () => sent, fail);
    if (wire === null) {
      return fail('not-sent', 'a header can not be sent: look for line breaks or odd characters in the key');
    }

    const send = async () => {
      await call.gate?.();
      // The gate takes time: meanwhile the call may have timed out, been stopped or lost its connection.
      if (over) return;
      sent = true;
      wire.end(call.body ?? undefined);
    };
    const stopped = (refusal: unknown) => {
      finish(() => reject(refusal));
      wire.destroy();
    };
    whenConnected(wire, call.url.protocol === 'https:', () => send().catch(stopped));
    wire.on('error', (error) => fail(...wireFault(error)));
    wire.on('close', () => {
      // An answer that ends with its connection is still being read at this point, and settles the call itself.
      if (answer === null) fail('broken', 'the connection was closed');
    });
    wire.on('response', (response) => {
      if (!sent) return fail('not-sent', 'the server answered before it was asked');
      answer = response;
      readBody(response, call.maxBytes, fail, (body) => finish(() => resolve(answered(response, body))));
    });
  });
}

type Fail = (failure: ExchangeFailure, reason: string) => void;

/** Fails the call at its deadline and when it is stopped; returns what ends the watch. */
function limit(call: Call, isSent: () => boolean, fail: Fail): () => void {
  const timer = setTimeout(() => {
    const what = isSent() ? 'no complete answer came' : 'that could not be done';
    fail('timeout', `${what} within ${call.timeoutMs / 1000} s`);
  }, call.timeoutMs);
  const onAbort = () => fail('broken', STOPPED);
  call.signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    call.signal.removeEventListener('abort', onAbort);
  };
}

/** A status says what became of the request, even where the explanation that goes with it can't be read. */
function failed(answer: IncomingMessage | null, failure: ExchangeFailure, reason: string): Exchange {
  const status = answer?.statusCode ?? 200;
  if (answer === null || (status >= 200 && status < 300)) return { kind: 'failed', failure, reason };
  return answered(answer, Buffer.alloc(0));
}

function answered(answer: IncomingMessage, body: Buffer): Exchange {
  return { kind: 'answered', status: answer.statusCode ?? 0, headers: answer.headers, body };
}

/** Null where a header can't be sent as it is; Node's error names it, and its value is nobody's business. */
function open(call: Call): ClientRequest | null {
  const options = { method: call.method, headers: call.headers, agent: call.agent };
  try {
    return (call.url.protocol === 'https:' ? https() : http).request(call.url, options);
  } catch {
    return null;
  }
}

/** Node sends nothing of a request, headers included, before its `end` is called: so connecting comes first. */
function whenConnected(wire: ClientRequest, secure: boolean, then: () => void): void {
  wire.once('socket', (socket) => {
    if (wire.reusedSocket) then();
    else socket.once(secure ? 'secureConnect' : 'connect', then);
  });
}

function readBody(
  response: IncomingMessage,
  maxBytes: number,
  fail: Fail,
  done: (body: Buffer) => void,
): void {
  const tooLarge = () => fail('wrong-answer', `the answer is larger than ${Math.floor(maxBytes / 1024)} KiB`);
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(response.headers['content-length']) > maxBytes) tooLarge();
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else tooLarge();
  });
  response.on('error', () => fail('broken', 'the connection was lost in the middle of the answer'));
  response.on('end', () => done(Buffer.concat(chunks)));
}

/** Node's errors can carry what was sent or received (`rawPacket`): only their code goes on. */
function wireFault(error: Error): [ExchangeFailure, string] {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('HPE_')) return ['wrong-answer', `the answer is not valid HTTP (${code})`];
  return ['broken', code === '' ? 'the connection was lost' : `the connection failed: ${code}`];
}
