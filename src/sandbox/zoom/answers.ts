import type { Answer } from '../stand-in.ts';

/** Zoom's errors are `{code, message}`, whatever the status. */
export function refuse(
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  return { status, headers, body: { code, message }, changed: false, summary: `${code} ${message}` };
}

export function tell(body: unknown, summary: string): Answer {
  return { status: 200, body, changed: false, summary };
}

/** Without a content type, as Zoom's 204 may come. */
export function done(summary: string, changed: boolean): Answer {
  return { status: 204, changed, summary };
}

export function noSuchUser(idOrEmail: string): Answer {
  return refuse(404, 1001, `User does not exist: ${idOrEmail}.`);
}
