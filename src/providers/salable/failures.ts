import type { Explanation, FailedCall } from '../http/failures.ts';

/**
 * Salable's statuses in words (status table of the v1 reference). Null where the HTTP client's own words say it all.
 * Names of scopes: test-utils/scripts/create-salable-test-data.ts of Salable/node-sdk.
 */
export function explainSalable(call: FailedCall): Explanation | null {
  const said = call.providerMessage === null ? '' : `: "${call.providerMessage}"`;
  const undone = call.changes ? 'Nothing was changed.' : 'Nothing was read or changed.';
  const what = `${call.method} ${call.path}`;
  switch (call.failure) {
    case 'auth':
      return {
        message: `Pool ${call.pool}: Salable does not accept the API key (401)${said}. ${undone}`,
        advice:
          "Check in the Salable dashboard that the key in the pool's `apiKey` still exists; if it was deleted, make " +
          'a new one. Keys of test mode start with `test_` and know test data only.',
      };
    case 'scope':
      return {
        message: `Pool ${call.pool}: Salable does not let this API key do ${what} (403)${said}. ${undone}`,
        advice:
          `Give the key the scope \`${scopeFor(call)}\` in the Salable dashboard. If it has that scope, the key is of ` +
          'another organization than the subscription.',
      };
    case 'not-found':
      return notFound(call, `(404)${said}. ${undone}`);
    case 'refused':
      return refused(call, `(${call.status})${said}. ${undone}`);
    case 'unavailable': {
      const unsure = call.changes ? 'It may or may not have been applied.' : undone;
      return {
        message: `Pool ${call.pool}: Salable failed at ${what} (${call.status})${said}. ${unsure}`,
        advice: `${call.changes ? 'The pool is read before anything is sent again.' : 'A run tries again by itself.'} If it lasts, ask Salable's support.`,
      };
    }
    default:
      return null;
  }
}

/** The scope that a request needs. */
export function scopeFor(call: Pick<FailedCall, 'method' | 'path'>): string {
  const resource = call.path.split('/')[1] ?? '';
  return `${resource}:${call.method === 'GET' ? 'read' : 'write'}`;
}

function notFound(call: FailedCall, rest: string): Explanation {
  const [, resource, id] = call.path.split('/');
  if (resource === 'subscriptions') {
    return {
      message: `Pool ${call.pool}: Salable has no subscription ${id} ${rest}`,
      advice:
        "Check the pool's `subscriptionUuid` against the Salable dashboard. A test key (`test_…`) sees test " +
        'subscriptions only, a live key live ones only.',
    };
  }
  if (resource === 'events') {
    return {
      message: `Pool ${call.pool}: Salable does not know the event ${id} of a seat change ${rest}`,
      advice: 'The total that is read decides whether the seats have come.',
    };
  }
  if (resource === 'plans') {
    return {
      message: `Pool ${call.pool}: Salable does not know the subscription's plan ${id} ${rest}`,
      advice: 'Look at the subscription in the Salable dashboard: its plan may have been deleted.',
    };
  }
  return {
    message: `Pool ${call.pool}: Salable does not find what ${call.method} ${call.path} is about ${rest}`,
    advice: "Check with `cohort-sync check` that the pool's `baseUrl` and `version` are right.",
  };
}

function refused(call: FailedCall, rest: string): Explanation | null {
  if (call.path.endsWith('/seats')) {
    return {
      message: `Pool ${call.pool}: Salable refused to change the number of seats ${rest}`,
      advice:
        'Look at the subscription in the Salable dashboard: its payment, the least and the most seats of its plan, ' +
        'and whether enough seats are unassigned to be given back.',
    };
  }
  if (call.changes) {
    return {
      message: `Pool ${call.pool}: Salable refused to change the assignment of licenses ${rest}`,
      advice: 'Look at the grantees that Salable names: their ids may not be of a form that it takes.',
    };
  }
  return null;
}
