import { expect } from 'vitest';

/** A browser without a screen: its session, and forms as the pages make them. */
export interface SignedIn {
  get(path: string): Promise<Response>;
  text(path: string): Promise<string>;
  /** Sends a form with the hidden token of this session. */
  post(path: string, fields: Readonly<Record<string, string>>): Promise<Response>;
}

/** Signs in at the pages by a token. */
export async function signedIn(url: string, token: string): Promise<SignedIn> {
  const page = { accept: 'text/html' };
  const body = new URLSearchParams({ token });
  const answer = await fetch(`${url}/sign-in`, { method: 'POST', body, headers: page, redirect: 'manual' });
  expect(answer.status).toBe(303);
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const headers = { ...page, cookie };
  const get = (path: string) => fetch(`${url}${path}`, { headers, redirect: 'manual' });
  const text = async (path: string) => (await get(path)).text();
  return {
    get,
    text,
    post: async (path, fields) => {
      const form = fieldIn(await text('/'), 'form');
      const sent = new URLSearchParams({ form, ...fields });
      return fetch(`${url}${path}`, { method: 'POST', body: sent, headers, redirect: 'manual' });
    },
  };
}

/** The value of a hidden field of a page; '' if it has none. */
export function fieldIn(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
}
