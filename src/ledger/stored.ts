import { z } from 'zod';
import { OtherVersionError } from '../errors.ts';

/**
 * The schema of an object that is read back from Redis. Old and new versions work side by side on one ledger, and one may be
 * gone back to: what a newer one has added is let through and stays, also where the object is written back or compared with
 * what is stored. For that to hold, new fields are optional and come last in their schema.
 *
 * To the compiler it is an object of these fields alone, so that a misspelt one is found.
 */
export function stored<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape>;
export function stored(shape: z.ZodRawShape): z.ZodObject {
  return z.looseObject(shape);
}

/**
 * Reads what has to be understood for a run to be gone on with.
 * @param what it is, for the error's message.
 * @throws OtherVersionError if it is none of ours.
 */
export function parseStored<T>(schema: z.ZodType<T>, json: string, what: string): T {
  try {
    return schema.parse(JSON.parse(json));
  } catch {
    throw new OtherVersionError(what);
  }
}
