import type { Answer } from '../stand-in.ts';

/**
 * Error bodies as recorded from the Sheets API (gargle's and gspread's recordings); the one for 401 is from Google's
 * documentation. The Sheets API sends no `errors[]`.
 */
const KNOWN: Readonly<Record<number, { status: string; message: string; details?: unknown }>> = {
  400: { status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' },
  401: {
    status: 'UNAUTHENTICATED',
    message:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid ' +
      'authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
  },
  403: { status: 'PERMISSION_DENIED', message: 'The caller does not have permission' },
  404: { status: 'NOT_FOUND', message: 'Requested entity was not found.' },
  429: {
    status: 'RESOURCE_EXHAUSTED',
    message:
      "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service " +
      "'sheets.googleapis.com' for consumer 'project_number:1'.",
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'RATE_LIMIT_EXCEEDED',
        domain: 'googleapis.com',
        metadata: {
          quota_limit: 'ReadRequestsPerMinutePerUser',
          quota_limit_value: '60',
          quota_unit: '1/min/{project}/{user}',
          quota_metric: 'sheets.googleapis.com/read_requests',
          service: 'sheets.googleapis.com',
        },
      },
    ],
  },
  503: { status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
};

/** The body for a status, with the API's own message unless another is given. */
export function googleError(code: number, message?: string) {
  const known = KNOWN[code] ?? { status: code >= 500 ? 'INTERNAL' : 'UNKNOWN', message: `Error ${code}` };
  return { error: { code, ...known, ...(message !== undefined && { message }) } };
}

export function refuse(code: number, message?: string): Answer {
  return {
    status: code,
    body: googleError(code, message),
    changed: false,
    summary: message ?? `refused ${code}`,
  };
}
