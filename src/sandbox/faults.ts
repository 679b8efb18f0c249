import { z } from 'zod';
import type { Answer } from './stand-in.ts';

/** Before the request takes effect (so that it takes none, unless it goes on), or after. */
const when = z.enum(['before', 'after']);

/**
 * What can go wrong with a request. `when` says on which side of the effect; a fault that ends the request `before`
 * means that nothing happened at the provider, `after` that everything did and only the answer is spoiled.
 */
const fault = z.discriminatedUnion('kind', [
  /** Waits, by real time. A caller that has hung up meanwhile doesn't keep the effect from happening. */
  z.strictObject({
    kind: z.literal('delay'),
    milliseconds: z.int().nonnegative(),
    when: when.default('before'),
  }),
  /** Waits until it is released. */
  z.strictObject({ kind: z.literal('hold'), when: when.default('before') }),
  /** Answers with a status; without a body, with the provider's own error body. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    headers: z.record(z.string(), z.string()).default({}),
    /** Text as it is, anything else as JSON. */
    body: z.unknown().optional(),
    when: when.default('before'),
  }),
  /** Ends the connection without an answer. */
  z.strictObject({
    kind: z.literal('drop'),
    when: when.default('before'),
    how: z.enum(['reset', 'close']).default('reset'),
  }),
  /** Keeps the connection open and never answers. */
  z.strictObject({ kind: z.literal('silence'), when: when.default('before') }),
  /** A login page, with status 200 unless told otherwise. */
  z.strictObject({
    kind: z.literal('html'),
    status: z.int().min(200).max(599).default(200),
    when: when.default('before'),
  }),
  /**
   * The real answer's body is cut in the middle. `whole`: as a complete HTTP message whose JSON isn't; `broken`: the
   * connection ends before the announced length; `stalled`: the rest never comes.
   */
  z.strictObject({ kind: z.literal('cut'), how: z.enum(['whole', 'broken', 'stalled']).default('whole') }),
  /** The real answer with its list cut to the first few: well-formed, and wrong. */
  z.strictObject({ kind: z.literal('shorten'), keep: z.int().nonnegative() }),
  /** To another origin: by default the sandbox's own trap, which notes whether a secret arrives. */
  z.strictObject({
    kind: z.literal('redirect'),
    status: z
      .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])
      .default(307),
    location: z.url().optional(),
    when: when.default('before'),
  }),
]);

/** Which requests a fault hits. Every field that is given has to match. */
const match = z.strictObject({
  provider: z.string().optional(),
  method: z.string().optional(),
  /** The provider's own path; `*` stands for one part of it, `**` for any number. */
  path: z.string().startsWith('/').optional(),
  /** The first request of those that match to be hit, from 1. */
  nth: z.int().positive().default(1),
});

export const faultOrder = z.strictObject({
  match: match.prefault({}),
  /** How many requests are hit in a row; `always` goes on until the order is canceled. Default: 1. */
  times: z.union([z.int().positive(), z.literal('always')]).default(1),
  fault,
});

/** How an order stands. */
export const faultReport = z.object({
  id: z.number(),
  match,
  times: faultOrder.shape.times.unwrap(),
  /** `hook` for the callbacks of a test. */
  fault: z.union([fault, z.object({ kind: z.literal('hook') })]),
  /** Requests that matched, and times that the fault came about. */
  seen: z.number(),
  hits: z.number(),
  /** Requests that are held by it now. */
  held: z.number(),
});

export type FaultReport = Readonly<z.output<typeof faultReport>>;
export type Fault = z.output<typeof fault>;
export type FaultOrder = z.input<typeof faultOrder>;
export type RequestMatch = z.input<typeof match>;

/** Callbacks around the effect of a request, for tests in the same process. */
export interface RequestHook {
  /** Runs when the request has arrived whole; the effect waits for it. */
  before?(request: HookedRequest): Promise<void> | void;
  /** Runs after the effect; the answer waits for it and is replaced by what it returns, if anything. */
  after?(request: HookedRequest, answer: Answer): Promise<Answer | undefined> | Answer | undefined;
}

/** The request that a hook is called for; `n` is its number in the log. */
export interface HookedRequest {
  readonly n: number;
  readonly provider: string;
  readonly method: string;
  readonly path: string;
}

/** Whether a path is one that the pattern means. */
export function pathMatches(pattern: string, path: string): boolean {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}$`).test(path);
}
