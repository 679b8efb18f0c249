import type { Context } from 'hono';
import { html } from 'hono/html';
import type { z } from 'zod';
import type { AppEnv } from '../../auth.ts';
import { HttpProblem } from '../../problem.ts';
import { isSame } from '../../session.ts';
import type { Html } from '../site.ts';

const FIELD = 'form';

/** The hidden field that every form which changes something carries. */
export function formToken(token: string | null): Html {
  return html`<input type="hidden" name="${FIELD}" value="${token ?? ''}">`;
}

/**
 * The fields of a form that this session's page has made, checked. A field that is given several times is a list.
 * @throws HttpProblem 403 if it comes from elsewhere, 400 if the fields are not as they should be.
 */
export async function formOf<T>(c: Context<AppEnv>, schema: z.ZodType<T>): Promise<T> {
  const { [FIELD]: token, ...fields } = await fieldsOf(c);
  checkToken(token, c.var.formToken);
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), problem: message }));
  const named = faults.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
  throw new HttpProblem(400, `the form can't be used: ${named}`, 'Go back, and correct it.', { faults });
}

/** The fields of a form, as they came. @throws HttpProblem 400 if it is none. */
export async function fieldsOf(c: Context): Promise<Record<string, unknown>> {
  try {
    return await c.req.parseBody({ all: true });
  } catch (cause) {
    // Anything else, as a body that is too large, is told of as what it is.
    if (!(cause instanceof TypeError)) throw cause;
    throw new HttpProblem(
      400,
      'the form can’t be read',
      'Go back, load the page again, and send the form anew.',
    );
  }
}

function checkToken(given: unknown, expected: string | null): void {
  if (typeof given === 'string' && expected !== null && isSame(given, expected)) return;
  throw new HttpProblem(
    403,
    'this form is from another sign-in, so nothing was done',
    'Go back, load the page again, and send the form anew.',
  );
}
