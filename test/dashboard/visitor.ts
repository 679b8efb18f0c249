import { expect } from 'vitest';

/** Asks as a browser does, without following where it is led. */
export function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' });
}

/** Sends a form as a browser does. */
export function post(
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(url, {
    method: 'POST',
    body,
    headers: { accept: 'text/html', ...headers },
    redirect: 'manual',
  });
}

/** Signs in. @param url of the service. @returns the cookie as a browser would send it. */
export async function cookieOf(url: string, token: string): Promise<string> {
  const answer = await post(`${url}/sign-in`, { token });
  expect(answer.status).toBe(303);
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** What a form of this session carries, as its pages have it. */
export async function formTokenOf(url: string, cookie: string): Promise<string> {
  const page = await (await get(`${url}/`, { cookie })).text();
  return /name="form" value="([^"]+)"/.exec(page)?.[1] ?? '';
}
