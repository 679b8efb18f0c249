import type { IncomingHttpHeaders } from 'node:http';

/** A request as a stand-in sees it: read whole, and with the stand-in's own path. */
export interface ArrivedRequest {
  /** The number of its entry in the log. */
  readonly n: number;
  readonly method: string;
  /** As the real provider's path, without the sandbox's prefix and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a stand-in answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as it is, anything else as JSON; absent is an empty body. */
  readonly body?: unknown;
  /** Whether the request changed something or set a change going. */
  readonly changed: boolean;
  /** For the log: what the request was, without secrets. */
  readonly summary: string;
}

/** One operation of the control API; `input` is the parsed JSON body, undefined where there is none. */
export type ControlOperation = (input: unknown) => unknown;

/**
 * A stand-in for one provider: a state that lives in memory and the HTTP API over it. Adding a provider to the sandbox
 * is writing one of these and naming it in `sandbox.ts`.
 */
export interface StandIn {
  readonly provider: string;
  /** The provider's own path if the request is for this stand-in, else null. */
  ownPath(path: string): string | null;
  /** Answers without waiting for anything, so that two requests never see each other half done. */
  handle(request: ArrivedRequest): Answer;
  /** Brings about what has become due by the sandbox's clock. */
  settleDue(): void;
  /** The body that the provider sends with an error status; used for ordered faults that give no body. */
  errorBody(status: number): unknown;
  /** Operations below `/sandbox/<provider>`, by method and path, as `POST /edit`. */
  readonly controls: Readonly<Record<string, ControlOperation>>;
}
