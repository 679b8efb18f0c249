import type { Clock } from '../dates.ts';
import { RosterError, type RosterFailure } from '../errors.ts';
import { failureOf, type GoogleFailure, isPassing, isQuota } from './google-failure.ts';

/** What the messages name. */
export interface GoogleSubject {
  /** The spreadsheet, or a tab of it. */
  readonly location: string;
  readonly account: string | null;
  /** What the credentials are called. */
  readonly credentials: string;
  readonly apiRootUrl?: string | undefined;
}

const SCOPE = 'https://www.googleapis.com/auth/spreadsheets.readonly';

/**
 * Why an access token could not be had. No cause is kept: the library's error holds the signed assertion.
 */
export function tokenError(thrown: unknown, subject: GoogleSubject, clock: Clock): RosterError {
  if (thrown instanceof RosterError) return thrown;
  const failure = failureOf(thrown, clock);
  if (isQuota(failure)) return quota(failure, subject, clock);
  if (failure.status === null && failure.code === null) {
    return error(
      'wrong-shape',
      `the token endpoint gave no access token for ${subject.credentials}`,
      PROXY_ADVICE,
    );
  }
  if (isPassing(failure)) return unavailable("Google's token endpoint", failure, subject, clock);
  if (failure.status === 404) {
    return error(
      'not-found',
      `there is no token endpoint where ${subject.credentials} says (HTTP 404)`,
      'Check its token_uri.',
    );
  }
  const words = failure.message || `HTTP ${failure.status}`;
  return error(
    'denied',
    `Google refused ${subject.credentials}: ${words}`,
    /short-lived|timeframe|iat|exp\b/.test(failure.message)
      ? "Set this machine's clock: the token request is dated by it."
      : "Check that the service account still exists and isn't disabled, and create a new key for it.",
  );
}

/** Why a request to the Sheets API failed. No cause is kept: the library's error holds the request. */
export function sheetsError(thrown: unknown, subject: GoogleSubject, clock: Clock): RosterError {
  if (thrown instanceof RosterError) return thrown;
  const failure = failureOf(thrown, clock);
  if (isQuota(failure)) return quota(failure, subject, clock);
  if (isPassing(failure)) return unavailable('Google Sheets', failure, subject, clock);
  const { status } = failure;
  if (status !== null && status < 400) {
    return error(
      'wrong-shape',
      `Google Sheets was not reached: the request was redirected (${status})`,
      PROXY_ADVICE,
    );
  }
  if (status === 401) return unauthorized(failure, subject);
  if (status === 403) return forbidden(failure, subject);
  if (status === 404) return notFound(subject);
  return badRequest(failure, subject);
}

function unauthorized(failure: GoogleFailure, subject: GoogleSubject): RosterError {
  return error(
    'denied',
    `Google Sheets didn't accept the access token of ${subject.credentials}${said(failure)}`,
    'Create a new key for the service account.',
  );
}

function forbidden(failure: GoogleFailure, subject: GoogleSubject): RosterError {
  const { message, reasons } = failure;
  if (
    reasons.includes('SERVICE_DISABLED') ||
    reasons.includes('accessNotConfigured') ||
    /has not been used/.test(message)
  ) {
    const project = /project (\d+)/.exec(message)?.[1];
    const query = project === undefined ? '' : `?project=${project}`;
    return error(
      'denied',
      `the Google Sheets API is not enabled in the Google Cloud project of ${subject.credentials}`,
      `Enable it at https://console.cloud.google.com/apis/library/sheets.googleapis.com${query}, wait a few minutes, ` +
        'then try again.',
    );
  }
  if (
    reasons.includes('ACCESS_TOKEN_SCOPE_INSUFFICIENT') ||
    /insufficient authentication scopes/i.test(message)
  ) {
    return error(
      'denied',
      `${subject.credentials} may not read spreadsheets: the scope ${SCOPE} is missing`,
      `Sign in with that scope, or set roster.credentials to a service account's key file.`,
    );
  }
  const who = subject.account ?? `the account of ${subject.credentials}`;
  return error(
    'denied',
    `${who} may not read ${subject.location}`,
    `Share the spreadsheet with ${who} as Viewer.`,
  );
}

function notFound(subject: GoogleSubject): RosterError {
  const who = subject.account ?? 'the account that reads it';
  return error(
    'not-found',
    `there is no ${subject.location}`,
    `Copy roster.spreadsheetId from the sheet's address (between /d/ and /edit), and share the sheet with ${who} as Viewer.`,
  );
}

function badRequest(failure: GoogleFailure, subject: GoogleSubject): RosterError {
  const { message, status } = failure;
  if (/unable to parse range/i.test(message)) {
    return error(
      'not-found',
      `${subject.location} does not exist`,
      "Correct roster.sheet: the tab's name as it is now.",
    );
  }
  if (/not supported for this document/i.test(message)) {
    return error(
      'unreadable',
      `${subject.location} is an Excel file in Google Drive, not a Google sheet`,
      'Open it and choose File, Save as Google Sheets; then set roster.spreadsheetId to the new one.',
    );
  }
  return error(
    'unreadable',
    `Google Sheets refused to read ${subject.location} (HTTP ${status})${said(failure)}`,
    'Check roster.spreadsheetId and roster.sheet.',
  );
}

function quota(failure: GoogleFailure, subject: GoogleSubject, clock: Clock): RosterError {
  const wait = failure.retryAfterMs;
  return new RosterError(
    'unavailable',
    `Google's quota of requests is used up, so ${subject.location} could not be read${said(failure)}`,
    'It is read again at the next run. If this keeps happening, read less often or ask Google for a larger quota.',
    { retryAt: wait === null ? null : clock.now() + wait },
  );
}

function unavailable(
  what: string,
  failure: GoogleFailure,
  subject: GoogleSubject,
  clock: Clock,
): RosterError {
  const place = subject.apiRootUrl === undefined ? '' : ` at ${new URL(subject.apiRootUrl).origin}`;
  const how =
    failure.status !== null
      ? `answered with HTTP ${failure.status}`
      : failure.code === 'TimeoutError'
        ? 'did not answer in time'
        : `could not be reached (${failure.code ?? 'unknown error'})`;
  const wait = failure.retryAfterMs;
  return new RosterError(
    'unavailable',
    `${what}${place} ${how}, so ${subject.location} could not be read`,
    'It is read again at the next run.',
    { retryAt: wait === null ? null : clock.now() + wait },
  );
}

const PROXY_ADVICE = 'Check whether a proxy or a login page stands between this machine and Google.';

/** An answer that came with status 200 and isn't what was asked for. */
export function wrongAnswer(answer: unknown, asked: string): RosterError {
  const what =
    typeof answer !== 'string'
      ? 'something else'
      : answer === ''
        ? 'nothing'
        : /^\s*</.test(answer)
          ? 'a web page'
          : 'text that is not complete JSON';
  return error('wrong-shape', `Google Sheets was asked for ${asked} and answered with ${what}`, PROXY_ADVICE);
}

function said(failure: GoogleFailure): string {
  return failure.message === '' ? '' : ` (it said: ${failure.message})`;
}

function error(failure: RosterFailure, message: string, advice: string): RosterError {
  return new RosterError(failure, message, advice);
}
