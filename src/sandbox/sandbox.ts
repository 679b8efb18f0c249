import { type Clock, systemClock } from '../dates.ts';
import { makeAccounting, type SeatAccount } from './accounting.ts';
import { type SettableClock, settableClock } from './clock.ts';
import { CONTROL_PREFIX, serveControl } from './control-api.ts';
import { type Faults, makeFaultRegistry } from './fault-registry.ts';
import { type Effect, makeLog, type RequestEntry } from './log.ts';
import type { SalableControl } from './salable/control.ts';
import type { SalableOptions } from './salable/options.ts';
import { makeSalable, type SalableSnapshots } from './salable/stand-in.ts';
import type { SecureMailMergeControl } from './securemailmerge/control.ts';
import type { SecureMailMergeOptions } from './securemailmerge/options.ts';
import { makeSecureMailMerge } from './securemailmerge/stand-in.ts';
import { listen, type Serve, serveStandIns, stop } from './server.ts';
import type { SheetsControl, SheetsOptions } from './sheets/control.ts';
import { makeSheets } from './sheets/stand-in.ts';
import type { StandIn } from './stand-in.ts';
import { serveTrap, type Trapped } from './trap.ts';
import type { ZoomControl } from './zoom/control.ts';
import type { ZoomOptions } from './zoom/options.ts';
import { makeZoom } from './zoom/stand-in.ts';

export interface SandboxOptions {
  /** Default: 0, a free port. */
  readonly port?: number;
  /** What the sandbox's clock starts from. Default: the system's time. */
  readonly clock?: Clock;
  readonly salable?: SalableOptions;
  readonly zoom?: ZoomOptions;
  readonly secureMailMerge?: SecureMailMergeOptions;
  readonly sheets?: SheetsOptions;
}

/** Stand-ins for the providers and the sheet, served over HTTP on 127.0.0.1, and what drives and observes them. */
export interface Sandbox extends AsyncDisposable {
  /**
   * As `http://127.0.0.1:41234`. Salable is at `/salable`, Zoom at `/zoom/v2` with its tokens at
   * `/zoom/oauth/token`, SecureMailMerge at `/securemailmerge`, the Sheets API at `/v4/spreadsheets`, Google's token
   * endpoint at `/token`, the control API at `/sandbox`.
   */
  readonly url: string;
  readonly clock: SettableClock;
  readonly salable: SalableControl;
  readonly salableSnapshots: SalableSnapshots;
  readonly zoom: ZoomControl;
  readonly secureMailMerge: SecureMailMergeControl;
  readonly sheets: SheetsControl;
  readonly faults: Faults;
  /** What was asked, in the order of arrival. */
  requests(): readonly RequestEntry[];
  /** What really changed, in the order in which it did. */
  effects(): readonly Effect[];
  /** Empties the log of requests and effects; their numbers go on. */
  clearLog(): void;
  /** The seats of each subscription over time. */
  seats(): readonly SeatAccount[];
  /** Requests that followed a redirect to another origin, and the secrets that they brought along. */
  trapped(): readonly Trapped[];
  /** Stops listening; held and unanswered requests lose their connections and take no effect any more. */
  close(): Promise<void>;
}

/** Starts the sandbox. Throws a ZodError for wrong options, and the system's error if the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const standIns: StandIn[] = [];
  const settleDue = () => {
    for (const standIn of standIns) standIn.settleDue();
  };
  const clock = settableClock(options.clock ?? systemClock, settleDue);
  const log = makeLog(clock, settleDue);
  const accounting = makeAccounting(clock, settleDue);
  const faults = makeFaultRegistry();
  const visitors: Trapped[] = [];
  let url = '';

  const salable = makeSalable(options.salable ?? {}, { clock, log, accounting });
  const zoom = makeZoom(options.zoom ?? {}, { clock, log, accounting });
  const secureMailMerge = makeSecureMailMerge(options.secureMailMerge ?? {}, { clock, log, accounting });
  const sheets = makeSheets(options.sheets ?? {}, systemClock, () => `${url}/token`);
  standIns.push(salable, zoom, secureMailMerge, sheets);

  let serve: Serve = async () => {};
  // First: where its port is taken, nothing else must be left listening.
  const main = await listen((...request) => serve(...request), options.port ?? 0);
  const trap = await listen(serveTrap(visitors), 0);
  url = main.origin;
  const close = async () => {
    await Promise.all([stop(main.server), stop(trap.server)]);
  };
  const sandbox: Sandbox = {
    url,
    clock,
    salable: salable.control,
    salableSnapshots: salable.snapshots,
    zoom: zoom.control,
    secureMailMerge: secureMailMerge.control,
    sheets: sheets.control,
    faults,
    requests: log.requests,
    effects: log.effects,
    clearLog: log.clear,
    seats: accounting.accounts,
    trapped: () => [...visitors],
    close,
    [Symbol.asyncDispose]: close,
  };
  const serveProviders = serveStandIns(standIns, { faults, log, trapUrl: `${trap.origin}/` });
  const control = serveControl(sandbox, standIns);
  serve = (request, response, body) =>
    request.url?.startsWith(CONTROL_PREFIX)
      ? control(request, response, body)
      : serveProviders(request, response, body);
  return sandbox;
}
