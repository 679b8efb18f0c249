import { expect } from 'vitest';
import { OPERATOR } from '../support/service.ts';

/** One server-sent event. */
export interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

export interface Followed {
  readonly answer: Response;
  /** All that has come so far. */
  readonly messages: Message[];
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  leave(): void;
}

/** Follows a run over HTTP. @param after in the query, as a page has it. */
export async function follow(
  url: string,
  run: string,
  headers: Readonly<Record<string, string>> = {},
  after?: string,
): Promise<Followed> {
  const leaving = new AbortController();
  const query = after === undefined ? '' : `?after=${after}`;
  const answer = await fetch(`${url}/api/runs/${run}/events${query}`, {
    headers: { authorization: `Bearer ${OPERATOR}`, ...headers },
    signal: leaving.signal,
  });
  expect(answer.status).toBe(200);
  const messages: Message[] = [];
  const ended = read(answer, messages).catch(() => undefined);
  return { answer, messages, ended, leave: () => leaving.abort() };
}

async function read(answer: Response, messages: Message[]): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
      if (fields.event === undefined) continue;
      messages.push({ id: fields.id ?? '', event: fields.event, data: JSON.parse(fields.data ?? 'null') });
    }
  }
}
