import type { Context } from 'hono';
import type { z } from 'zod';
import type { AppEnv } from './auth.ts';
import { HttpProblem, type RequestFault } from './problem.ts';

/** Largest body of a request (bytes): ids and a note. */
export const BODY_LIMIT = 64 * 1024;

/** The body of a request, checked. No body counts as `{}`. @throws HttpProblem */
export async function bodyOf<T>(c: Context<AppEnv>, schema: z.ZodType<T>): Promise<T> {
  const type = c.req.header('content-type');
  const text = await c.req.text();
  const isBare = type === undefined && text === '';
  // A form of another site can send neither this type nor a bearer token, so that a browser would have to ask first, and
  // there is no CORS. Programs often name no type: `curl -d` says that it sends a form.
  if (!isBare && c.var.formToken !== null && !/^application\/json\s*(;|$)/i.test(type ?? '')) {
    throw new HttpProblem(415, 'the body has to be JSON', 'Send Content-Type: application/json.');
  }
  return checked(schema, parseJson(text.trim() === '' ? '{}' : text));
}

/** The query of a request, checked. A name that is given several times is a list. @throws HttpProblem */
export function queryOf<T>(c: Context, schema: z.ZodType<T>): T {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return checked(schema, Object.fromEntries(given));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, 'the body is not JSON', 'Send an object as {"pools":[]}.');
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults: RequestFault[] = parsed.error.issues.map(({ path, message }) => ({
    path: path.reduce<string>(
      (at, step) => (typeof step === 'number' ? `${at}[${step}]` : `${at}${at && '.'}${String(step)}`),
      '',
    ),
    problem: message,
  }));
  throw new HttpProblem(400, 'the request is not as the API takes it', 'See /openapi.json.', { faults });
}
