import { SANDBOX_API_KEY } from '../../src/sandbox/salable/options.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

export const HEADERS = {
  'x-api-key': SANDBOX_API_KEY,
  version: 'v1',
  'content-type': 'application/json',
};

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; null if it isn't. */
  readonly body: unknown;
}

/** Calls the Salable stand-in; a body that is text goes out as it is. */
export async function salable(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = HEADERS,
): Promise<Answered> {
  const response = await fetch(`${sandbox.url}/salable${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return answered(response);
}

/** Calls the Sheets stand-in with a valid token. */
export async function sheets(sandbox: Sandbox, path: string, token = sandbox.sheets.issueToken()) {
  const headers = { authorization: `Bearer ${token}` };
  return answered(await fetch(`${sandbox.url}/v4/spreadsheets${path}`, { headers }));
}

export function subscription(sandbox: Sandbox, index = 0) {
  const found = sandbox.salable.report().subscriptions[index];
  if (found === undefined) throw new Error(`no subscription ${index}`);
  return found;
}

export function license(sandbox: Sandbox, index: number) {
  const found = subscription(sandbox).licenses[index];
  if (found === undefined) throw new Error(`no license ${index}`);
  return found;
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: jsonOr(text) };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
