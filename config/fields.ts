import { createRequire } from 'node:module';
import { z } from 'zod';
import { nearest, typingDistance } from '../src/typing-distance.ts';

/**
 * The building blocks of the configuration's schema. A message that begins with `expected` is completed by what was
 * found; the message of a `refine` stands as it is. Neither may quote a secret.
 */

/** A group of settings. A key that isn't among them is a fault; the message lists the keys that exist. */
export function settings<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? known : undefined) });
}

export const text = z.string().trim().min(1, { error: 'expected text' });

/** A whole number from `min` up. */
export const wholeNumber = (min: number, max?: number) => {
  const number = z.int().min(min);
  return max === undefined ? number : number.max(max);
};

/** A share of a whole, 0 to 1. */
export const share = z.number().min(0).max(1);

export const poolId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
  error: 'expected a-z, 0-9, - and _, at most 63 of them, no - or _ first',
});

/** Header texts that a column may have. One text is a list of one. */
export const headers = z
  .union([z.string(), z.array(z.string())], { error: 'expected a header text or a list of them' })
  .transform((value) => (typeof value === 'string' ? [value] : value).map((header) => header.trim()))
  .refine((list) => list.length > 0 && list.every((header) => header !== ''), {
    error: 'expected a header text or a list of them',
  });

export const timeZone = z.string().refine(isTimeZone, {
  error: ({ input }) => `expected an IANA time zone as America/New_York${suggestZone(input)}`,
});

export const isoDate = z.iso.date({ error: 'expected a date as 2026-11-22' });

/** Six fields begin with seconds, as node-cron has it. */
export const cron = z.string().refine((value) => /^(\S+\s+){4,5}\S+$/.test(value.trim()) && isCron(value), {
  error: 'expected a cron expression: minute, hour, day of month, month and day of week',
});

/** Where a provider answers. A key is sent there, so it must be https, or stay on this machine. No `/` at its end. */
export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'expected a URL that begins with https://' })
  .refine(withoutExtras, { error: 'expected a URL without user name, password, ? and #' })
  .refine(isProtected, { error: 'expected https: a key is sent there (plain http is for this machine only)' })
  .transform((value) => value.replace(/\/+$/, ''));

/** A webhook. The URL itself is the secret. */
export const webhookUrl = z
  .url({ protocol: /^https?$/, error: 'expected a URL that begins with https://' })
  .refine(withoutUser, { error: 'expected a URL without user name and password' });

/** `family=6` is the one parameter that is let through: others would override what cohort-sync sets on purpose. */
const REDIS_URL = /^(rediss?:\/\/[^?#]+(\?family=[046])?|unix:\/\/\/[^?#]+)$/;
export const redisUrl = z.string().refine((value) => REDIS_URL.test(value) && URL.canParse(value), {
  error:
    'expected a URL as redis://HOST:6379/0, rediss://USER:PASSWORD@HOST or unix:///PATH, without other parameters',
});

/** As `redis-1.example.org:26379` or `[::1]:6379`. */
export const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/, { error: 'expected HOST:PORT' })
  .transform((value) => {
    const colon = value.lastIndexOf(':');
    return { host: value.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(value.slice(colon + 1)) };
  });

/** Whether a host can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
  );
}

/** `, did you mean X?` if one of the candidates is a likely misspelling of `word`, else nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const best = nearest(word, candidates);
  if (best === null || typingDistance(word.toLowerCase(), best.toLowerCase(), 3) > 3) return '';
  return `, did you mean ${best}?`;
}

/** Loaded only where there is a schedule to check: it takes a tenth of the time that a command needs to start. */
function isCron(value: string): boolean {
  const { validate }: typeof import('node-cron') = createRequire(import.meta.url)('node-cron');
  return validate(value);
}

function isTimeZone(name: string): boolean {
  // Offsets such as `+05:00` are taken by Intl too, but they know no daylight-saving time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function suggestZone(input: unknown): string {
  if (typeof input !== 'string') return '';
  return suggestion(input.replaceAll(' ', '_'), Intl.supportedValuesOf('timeZone'));
}

function withoutUser(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && url.username === '' && url.password === '';
}

function withoutExtras(value: string): boolean {
  return withoutUser(value) && !/[?#]/.test(value);
}

function isProtected(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && (url.protocol === 'https:' || isLoopback(url.hostname));
}
