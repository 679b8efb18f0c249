import type { z } from 'zod';
import type { Role } from './principal.ts';
import * as schemas from './schemas.ts';

/** One route of the API: what registers it, checks its requests and documents it. */
export interface Route {
  readonly method: 'get' | 'post';
  /** As hono has it: `/api/runs/:id`. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  /** Null needs no token. */
  readonly role: Role | null;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Answers other than problems, by status. `null` is text. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** The media type of a text that is not plain. */
  readonly text?: string;
  /** Statuses of problems beside those that every route may have. */
  readonly problems: readonly number[];
}

/** All routes of the HTTP API. */
export const ROUTES = {
  sync: {
    method: 'post',
    path: '/api/sync',
    operation: 'sync',
    summary: 'Starts a run, or joins the one that is under way',
    role: 'operator',
    body: schemas.syncRequest,
    answers: { 202: schemas.triggered },
    problems: [400, 413, 415, 503],
  },
  runs: {
    method: 'get',
    path: '/api/runs',
    operation: 'runs',
    summary: 'Past and present runs, newest first, and those to come',
    role: 'viewer',
    query: schemas.runsQuery,
    answers: { 200: schemas.runList },
    problems: [400, 503],
  },
  run: {
    method: 'get',
    path: '/api/runs/:id',
    operation: 'run',
    summary: 'One run in full',
    role: 'viewer',
    answers: { 200: schemas.runDocument },
    problems: [404, 503],
  },
  events: {
    method: 'get',
    path: '/api/runs/:id/events',
    operation: 'followRun',
    summary:
      'What a run does, from its beginning or after Last-Event-ID, until it ends: `progress` and `end` with ids, `now` without',
    role: 'viewer',
    query: schemas.eventsQuery,
    answers: { 200: null },
    text: 'text/event-stream',
    problems: [400, 404, 503],
  },
  plan: {
    method: 'get',
    path: '/api/plan',
    operation: 'plan',
    summary: 'What a sync would do now, and why; reads the roster and the providers, changes nothing',
    role: 'viewer',
    query: schemas.poolsQuery,
    answers: { 200: schemas.planDocument },
    problems: [400, 502, 503],
  },
  approve: {
    method: 'post',
    path: '/api/runs/:id/approve',
    operation: 'approve',
    summary: 'Approves what a run holds, exactly those lines, and starts a run of those pools',
    role: 'operator',
    body: schemas.decisionRequest,
    answers: { 202: schemas.approved },
    problems: [400, 404, 409, 413, 415, 503],
  },
  reject: {
    method: 'post',
    path: '/api/runs/:id/reject',
    operation: 'reject',
    summary: 'Decides against what a run holds: it is not asked again while it stays as it is',
    role: 'operator',
    body: schemas.decisionRequest,
    answers: { 200: schemas.rejected },
    problems: [400, 404, 409, 413, 415, 503],
  },
  forecast: {
    method: 'get',
    path: '/api/forecast',
    operation: 'forecast',
    summary:
      'Seats needed on each coming day in each pool; reads the roster and the providers, changes nothing',
    role: 'viewer',
    query: schemas.forecastQuery,
    answers: { 200: schemas.forecastDocument },
    problems: [400, 502, 503],
  },
  healthz: {
    method: 'get',
    path: '/healthz',
    operation: 'healthz',
    summary: 'Whether the process lives',
    role: null,
    answers: { 200: schemas.liveness },
    problems: [],
  },
  readyz: {
    method: 'get',
    path: '/readyz',
    operation: 'readyz',
    summary: 'Whether it can do its work, and what may be lost with its Redis',
    role: null,
    answers: { 200: schemas.readiness, 503: schemas.readiness },
    problems: [],
  },
  metrics: {
    method: 'get',
    path: '/metrics',
    operation: 'metrics',
    summary: 'For Prometheus',
    role: 'viewer',
    answers: { 200: null },
    problems: [503],
  },
} as const satisfies Record<string, Route>;
