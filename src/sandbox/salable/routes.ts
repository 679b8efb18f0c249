import { z } from 'zod';
import type { Answer, ArrivedRequest } from '../stand-in.ts';
import { refuse, refuseShape, tell } from './answers.ts';
import { eventBody, licenseBodies, licenseBody, planBody, subscriptionBody } from './bodies.ts';
import { followEvent } from './events.ts';
import { listLicenses } from './list.ts';
import type { Scope } from './options.ts';
import { applySeats, type ChangeContext, seatRefusal, startSeatEvent } from './seats.ts';
import { viewFor } from './stale.ts';
import { updateMany, updateOne } from './updates.ts';

/** What the handler of a route gets. */
export interface RouteCall {
  readonly context: ChangeContext;
  /** The parts of the path that the route's pattern names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: ArrivedRequest['query'];
  /** The parsed JSON body; undefined for methods without one. */
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: RegExp;
  readonly scope: Scope;
  handle(call: RouteCall): Answer;
}

const proration = z.enum(['create_prorations', 'none', 'always_invoice']).default('create_prorations');
const incrementBody = z.object({ increment: z.int().positive(), proration });
const decrementBody = z.object({ decrement: z.int().positive(), proration });

/** The verbs are those of Salable/node-sdk; the reference leaves them out. Fixed paths come before `{uuid}`. */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/subscriptions\/(?<uuid>[^/]+)$/,
    scope: 'subscriptions:read',
    handle: ({ context: { state, now }, params }) => {
      const found = viewFor(state, 'subscriptions', now).subscriptions.find(
        ({ uuid }) => uuid === params.uuid,
      );
      return found ? tell(subscriptionBody(found, state), 'read subscription') : notFound('subscription');
    },
  },
  {
    method: 'POST',
    path: /^\/subscriptions\/(?<uuid>[^/]+)\/seats$/,
    scope: 'subscriptions:write',
    handle: (call) => {
      const parsed = incrementBody.safeParse(call.body);
      return parsed.success
        ? changeSeats(call, parsed.data.increment, parsed.data.proration)
        : refuseShape(parsed.error);
    },
  },
  {
    method: 'PUT',
    path: /^\/subscriptions\/(?<uuid>[^/]+)\/seats$/,
    scope: 'subscriptions:write',
    handle: (call) => {
      const parsed = decrementBody.safeParse(call.body);
      return parsed.success
        ? changeSeats(call, -parsed.data.decrement, parsed.data.proration)
        : refuseShape(parsed.error);
    },
  },
  {
    method: 'GET',
    path: /^\/licenses$/,
    scope: 'licenses:read',
    handle: (call) => listLicenses(call, (licenses) => licenseBodies(licenses), 'list licenses'),
  },
  {
    method: 'GET',
    path: /^\/licenses\/count$/,
    scope: 'licenses:read',
    handle: (call) =>
      listLicenses(
        call,
        (licenses) => {
          const of = call.query.get('subscriptionUuid');
          const counted = licenses.filter((license) => of === null || license.subscriptionUuid === of);
          const assigned = counted.filter(({ granteeId }) => granteeId !== null).length;
          return { count: counted.length, assigned, unassigned: counted.length - assigned };
        },
        'count licenses',
      ),
  },
  {
    method: 'GET',
    path: /^\/licenses\/granteeId\/(?<granteeId>[^/]+)$/,
    scope: 'licenses:read',
    handle: (call) =>
      listLicenses(
        call,
        (licenses) =>
          licenses.filter(({ granteeId }) => granteeId === call.params.granteeId).map(licenseBody),
        'read licenses of a grantee',
      ),
  },
  {
    method: 'GET',
    path: /^\/licenses\/(?<uuid>[^/]+)$/,
    scope: 'licenses:read',
    handle: ({ context: { state, now }, params }) => {
      const found = viewFor(state, 'licenses', now).licenses.find(({ uuid }) => uuid === params.uuid);
      return found ? tell(licenseBody(found), 'read license') : notFound('license');
    },
  },
  { method: 'PUT', path: /^\/licenses$/, scope: 'licenses:write', handle: updateMany },
  { method: 'PUT', path: /^\/licenses\/(?<uuid>[^/]+)$/, scope: 'licenses:write', handle: updateOne },
  {
    method: 'GET',
    path: /^\/events\/(?<uuid>[^/]+)$/,
    scope: 'events:read',
    handle: ({ context, params }) => {
      const event = context.state.events.find(({ uuid }) => uuid === params.uuid);
      if (event === undefined) return notFound('event');
      followEvent(context, event);
      return tell(eventBody(event, context.state), `read event: ${event.status}`);
    },
  },
  {
    method: 'GET',
    path: /^\/plans\/(?<uuid>[^/]+)$/,
    scope: 'plans:read',
    handle: ({ context: { state }, params }) => {
      const found = state.plans.find(({ uuid }) => uuid === params.uuid);
      return found ? tell(planBody(found, state), 'read plan') : notFound('plan');
    },
  },
];

function changeSeats({ context, params }: RouteCall, amount: number, prorations: string): Answer {
  const { state } = context;
  const subscription = state.subscriptions.find(({ uuid }) => uuid === params.uuid);
  if (subscription === undefined) return notFound('subscription');
  const refusal = seatRefusal(state, subscription, amount);
  if (refusal !== null) return refuse(400, refusal);

  const summary = `${amount > 0 ? 'increment' : 'decrement'} ${Math.abs(amount)}, proration ${prorations}`;
  if (subscription.type === 'none') {
    applySeats(context, subscription, { quantity: amount, licenses: amount });
    return { status: state.settings.emptyStatus, changed: true, summary };
  }
  const { uuid } = startSeatEvent(context, subscription, amount);
  return { status: amount > 0 ? 201 : 200, body: { eventUuid: uuid }, changed: true, summary };
}

function notFound(what: string): Answer {
  return refuse(404, `${what} not found`);
}
