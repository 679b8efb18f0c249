import { z } from 'zod';
import { fromInstant, toInstant } from '../dates.ts';
import { CohortSyncError } from '../errors.ts';
import { type SeatAccount, seatAccount } from './accounting.ts';
import { type FaultOrder, type FaultReport, faultReport } from './faults.ts';
import { type Effect, effect, type RequestEntry, requestEntry } from './log.ts';
import type { SettleOptions } from './salable/control.ts';
import type {
  EventPlanOptions,
  PortalEdit,
  SalableOptions,
  SalableSettingsChange,
} from './salable/options.ts';
import { type SalableReport, salableReport } from './salable/report.ts';
import { type SecureMailMergeReport, secureMailMergeReport } from './securemailmerge/control.ts';
import type {
  SecureMailMergeEdit,
  SecureMailMergeOptions,
  SecureMailMergeSettingsChange,
} from './securemailmerge/options.ts';
import { type SheetsOptions, type SheetsReport, sheetsReport } from './sheets/control.ts';
import { type ServiceAccountKey, serviceAccountKey } from './sheets/service-account.ts';
import type { RowsChange } from './sheets/workbook.ts';
import { type Trapped, trapped } from './trap.ts';
import type { ZoomOptions, ZoomPortalEdit, ZoomSettingsChange } from './zoom/options.ts';
import { type ZoomReport, zoomReport } from './zoom/report.ts';

/**
 * Drives a sandbox that runs in another process, by its control API. The operations are those of `Sandbox` and mean
 * the same. Each throws a CohortSyncError with the sandbox's words if it refuses, and fetch's error if it is gone.
 */
export interface SandboxClient {
  requests(after?: number): Promise<readonly RequestEntry[]>;
  effects(after?: number): Promise<readonly Effect[]>;
  clearLog(): Promise<void>;
  seats(): Promise<readonly SeatAccount[]>;
  trapped(): Promise<readonly Trapped[]>;
  readonly clock: {
    /** Milliseconds since the epoch. */
    now(): Promise<number>;
    set(at: number): Promise<void>;
    advance(milliseconds: number): Promise<void>;
  };
  readonly faults: {
    order(order: FaultOrder): Promise<RemoteFault>;
    reports(): Promise<readonly FaultReport[]>;
    clear(): Promise<void>;
  };
  readonly salable: {
    report(): Promise<SalableReport>;
    reset(options: SalableOptions): Promise<SalableReport>;
    change(settings: Partial<SalableSettingsChange>): Promise<SalableReport>;
    planNextEvents(plans: readonly EventPlanOptions[]): Promise<SalableReport>;
    settle(options?: SettleOptions): Promise<SalableReport>;
    edit(edit: PortalEdit): Promise<SalableReport>;
  };
  readonly zoom: {
    report(): Promise<ZoomReport>;
    reset(options: ZoomOptions): Promise<ZoomReport>;
    change(settings: Partial<ZoomSettingsChange>): Promise<ZoomReport>;
    expireTokens(): Promise<ZoomReport>;
    edit(edit: ZoomPortalEdit): Promise<ZoomReport>;
  };
  readonly secureMailMerge: {
    report(): Promise<SecureMailMergeReport>;
    reset(options: SecureMailMergeOptions): Promise<SecureMailMergeReport>;
    change(settings: Partial<SecureMailMergeSettingsChange>): Promise<SecureMailMergeReport>;
    edit(edit: SecureMailMergeEdit): Promise<SecureMailMergeReport>;
  };
  readonly sheets: {
    report(): Promise<SheetsReport>;
    reset(options: SheetsOptions): Promise<SheetsReport>;
    setRows(change: RowsChange): Promise<SheetsReport>;
    share(shared: boolean, spreadsheet?: string): Promise<SheetsReport>;
    serviceAccountKey(): Promise<ServiceAccountKey>;
    issueToken(scope?: string): Promise<string>;
    expireTokens(): Promise<void>;
  };
}

/** A fault that was ordered in the other process. */
export interface RemoteFault {
  readonly id: number;
  report(): Promise<FaultReport>;
  /** Resolves once it has hit that many requests (default: 1). */
  hit(hits?: number, signal?: AbortSignal): Promise<FaultReport>;
  release(): Promise<void>;
  cancel(): Promise<void>;
}

/** The answer of an operation that has nothing to say. */
const nothing = z.unknown().transform(() => undefined);

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** @param url the sandbox's, as `http://127.0.0.1:41234` */
export function sandboxClient(url: string): SandboxClient {
  async function call<T>(
    answer: z.ZodType<T>,
    method: Method,
    path: string,
    input?: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    const response = await fetch(`${url}/sandbox${path}`, {
      method,
      ...(input !== undefined && { body: JSON.stringify(input) }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    if (response.ok) return answer.parse(JSON.parse(text));
    throw new CohortSyncError(
      `the sandbox refused ${method} ${path}: ${response.status} ${text}`,
      `GET ${url}/sandbox lists its operations.`,
    );
  }
  const remote = ({ id }: FaultReport): RemoteFault => ({
    id,
    report: () => call(faultReport, 'GET', `/faults/${id}`),
    hit: (hits = 1, signal) => call(faultReport, 'GET', `/faults/${id}/hit?hits=${hits}`, undefined, signal),
    release: () => call(nothing, 'POST', `/faults/${id}/release`),
    cancel: () => call(nothing, 'DELETE', `/faults/${id}`),
  });

  return {
    requests: (after = 0) => call(z.array(requestEntry), 'GET', `/requests?after=${after}`),
    effects: (after = 0) => call(z.array(effect), 'GET', `/effects?after=${after}`),
    clearLog: () => call(nothing, 'DELETE', '/log'),
    seats: () => call(z.array(seatAccount), 'GET', '/seats'),
    trapped: () => call(z.array(trapped), 'GET', '/trapped'),
    clock: {
      now: async () => fromInstant((await call(z.object({ now: z.string() }), 'GET', '/clock')).now),
      set: (at) => call(nothing, 'PUT', '/clock', { at: toInstant(at) }),
      advance: (advanceMilliseconds) => call(nothing, 'PUT', '/clock', { advanceMilliseconds }),
    },
    faults: {
      order: async (order) => remote(await call(faultReport, 'POST', '/faults', order)),
      reports: () => call(z.array(faultReport), 'GET', '/faults'),
      clear: () => call(nothing, 'DELETE', '/faults'),
    },
    salable: {
      report: () => call(salableReport, 'GET', '/salable'),
      reset: (options) => call(salableReport, 'PUT', '/salable', options),
      change: (settings) => call(salableReport, 'PATCH', '/salable/settings', settings),
      planNextEvents: (plans) => call(salableReport, 'POST', '/salable/next-events', plans),
      settle: (options = {}) => call(salableReport, 'POST', '/salable/settle', options),
      edit: (edit) => call(salableReport, 'POST', '/salable/edit', edit),
    },
    zoom: {
      report: () => call(zoomReport, 'GET', '/zoom'),
      reset: (options) => call(zoomReport, 'PUT', '/zoom', options),
      change: (settings) => call(zoomReport, 'PATCH', '/zoom/settings', settings),
      expireTokens: () => call(zoomReport, 'DELETE', '/zoom/tokens'),
      edit: (edit) => call(zoomReport, 'POST', '/zoom/edit', edit),
    },
    secureMailMerge: {
      report: () => call(secureMailMergeReport, 'GET', '/securemailmerge'),
      reset: (options) => call(secureMailMergeReport, 'PUT', '/securemailmerge', options),
      change: (settings) => call(secureMailMergeReport, 'PATCH', '/securemailmerge/settings', settings),
      edit: (edit) => call(secureMailMergeReport, 'POST', '/securemailmerge/edit', edit),
    },
    sheets: {
      report: () => call(sheetsReport, 'GET', '/sheets'),
      reset: (options) => call(sheetsReport, 'PUT', '/sheets', options),
      setRows: (change) => call(sheetsReport, 'PUT', '/sheets/rows', change),
      share: (shared, spreadsheet) => call(sheetsReport, 'PUT', '/sheets/shared', { shared, spreadsheet }),
      serviceAccountKey: () => call(serviceAccountKey, 'GET', '/sheets/service-account'),
      issueToken: async (scope) =>
        (await call(z.object({ access_token: z.string() }), 'POST', '/sheets/token', { scope })).access_token,
      expireTokens: () => call(nothing, 'DELETE', '/sheets/tokens'),
    },
  };
}
