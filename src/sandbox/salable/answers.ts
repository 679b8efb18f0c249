import type { z } from 'zod';
import type { Answer } from '../stand-in.ts';

/**
 * Error bodies are `{error}` or `{validationErrors: [{property, error}]}` (Salable/node-sdk v3.4.1, src/exceptions).
 * The texts are our own: the reference gives none.
 */

export function refuse(status: number, error: string): Answer {
  return { status, body: { error }, changed: false, summary: error };
}

export function refuseInvalid(validationErrors: readonly { property: string; error: string }[]): Answer {
  const summary = `invalid: ${validationErrors.map(({ property }) => property).join(', ')}`;
  return { status: 400, body: { validationErrors }, changed: false, summary };
}

export function refuseShape(error: z.ZodError): Answer {
  return refuseInvalid(
    error.issues.map(({ path, message }) => ({ property: path.join('.'), error: message })),
  );
}

export function tell(body: unknown, summary: string): Answer {
  return { status: 200, body, changed: false, summary };
}
