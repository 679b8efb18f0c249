import type { Clock } from '../../dates.ts';
import type { Answer, ArrivedRequest, StandIn } from '../stand-in.ts';
import { formatRange, type GridRange, RangeFault, resolveRange } from './a1.ts';
import { makeSheetsControl, type SheetsControl, type SheetsOptions, sheetsOptions } from './control.ts';
import { googleError, refuse } from './errors.ts';
import { applyFields, asksFor } from './fields.ts';
import { renderOptions, valueRange } from './render.ts';
import { makeServiceAccount, READ_SCOPES, type ServiceAccount } from './service-account.ts';
import { spreadsheetBody } from './spreadsheet.ts';
import type { Workbook } from './workbook.ts';

export interface SheetsStandIn extends StandIn {
  readonly control: SheetsControl;
}

interface Call {
  readonly workbook: Workbook;
  readonly query: URLSearchParams;
  /** The range in the path, where there is one. */
  readonly range: string;
}

const ROUTES: readonly { path: RegExp; handle(call: Call): Answer }[] = [
  { path: /^\/v4\/spreadsheets\/(?<id>[^/:]+)\/?$/, handle: getSpreadsheet },
  { path: /^\/v4\/spreadsheets\/(?<id>[^/:]+)\/values\/(?<range>[^/]+)$/, handle: getValues },
  { path: /^\/v4\/spreadsheets\/(?<id>[^/:]+)\/values:batchGet$/, handle: batchGetValues },
];

/**
 * A stand-in for the reading half of the Google Sheets API v4, at the root because googleapis keeps only the origin of
 * a root URL, and for Google's token endpoint at `/token`. `realClock` is not the sandbox's: a client's JWTs bear the
 * real time.
 */
export function makeSheets(options: SheetsOptions, realClock: Clock, tokenUri: () => string): SheetsStandIn {
  let { spreadsheets } = sheetsOptions.parse(options);
  const account = makeServiceAccount(realClock);
  const control = makeSheetsControl({
    account,
    tokenUri,
    spreadsheets: () => spreadsheets,
    replace: (to) => {
      spreadsheets = to;
    },
  });
  return {
    provider: 'sheets',
    ownPath: (path) => (path === '/token' || path.startsWith('/v4/') ? path : null),
    handle: (request) => {
      if (request.path !== '/token') return answer(request, spreadsheets, account);
      return request.method === 'POST' ? account.grant(request, tokenUri()) : refuse(404);
    },
    settleDue: () => {},
    errorBody: (status) => googleError(status),
    controls: control.operations,
    control: control.methods,
  };
}

function answer(request: ArrivedRequest, spreadsheets: readonly Workbook[], account: ServiceAccount): Answer {
  const { method, path, query, headers } = request;
  const scopes = account.scopesOf(headers.authorization);
  if (scopes === null) return refuse(401);
  if (!scopes.some((scope) => READ_SCOPES.includes(scope))) {
    return refuse(403, 'Request had insufficient authentication scopes.');
  }
  const route = ROUTES.find((candidate) => method === 'GET' && candidate.path.test(path));
  const { id = '', range = '' } = route?.path.exec(path)?.groups ?? {};
  const workbook = spreadsheets.find((candidate) => candidate.id === decodeURIComponent(id));
  if (route === undefined || workbook === undefined) return refuse(404);
  if (!workbook.shared) return refuse(403);
  try {
    const whole = route.handle({ workbook, query, range: decodeURIComponent(range) });
    const cut = applyFields(whole.body, query.get('fields'));
    return cut === null ? refuse(400) : { ...whole, body: cut.body };
  } catch (thrown) {
    if (thrown instanceof RangeFault) return refuse(400, thrown.message);
    throw thrown;
  }
}

function getSpreadsheet({ workbook, query }: Call): Answer {
  const withData = query.get('includeGridData') === 'true' || asksFor(query.get('fields'), 'data');
  const asked = query.getAll('ranges').map((range) => resolveRange(workbook, range));
  const all = workbook.tabs.map((tab) => resolveRange({ ...workbook, tabs: [tab] }, tab.title));
  const body = spreadsheetBody(workbook, withData ? (asked.length > 0 ? asked : all) : null);
  return { status: 200, body, changed: false, summary: 'read spreadsheet' };
}

function getValues({ workbook, query, range }: Call): Answer {
  const options = renderOptions.safeParse(Object.fromEntries(query));
  if (!options.success) return refuse(400);
  const resolved = resolveRange(workbook, range);
  return tell(valueRange(workbook, resolved, options.data), [resolved]);
}

function batchGetValues({ workbook, query }: Call): Answer {
  const options = renderOptions.safeParse(Object.fromEntries(query));
  if (!options.success) return refuse(400);
  const ranges = query.getAll('ranges').map((range) => resolveRange(workbook, range));
  const valueRanges = ranges.map((range) => valueRange(workbook, range, options.data));
  return tell({ spreadsheetId: workbook.id, ...(valueRanges.length > 0 && { valueRanges }) }, ranges);
}

function tell(body: unknown, ranges: readonly GridRange[]): Answer {
  return { status: 200, body, changed: false, summary: `read ${ranges.map(formatRange).join(', ')}` };
}
