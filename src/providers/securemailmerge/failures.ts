import type { Explanation, FailedCall } from '../http/failures.ts';

/** Where licenses are bought and dropped: the owner's pages; there is no API for it. */
export const BUY_AT = 'on the SecureMailMerge licensing server (your subscription)';

/** The licensing API's statuses in words (the table of its reference). Null where the HTTP client's own words do. */
export function explainSecureMailMerge(call: FailedCall): Explanation | null {
  const said = call.providerMessage === null ? '' : `: "${call.providerMessage}"`;
  const pool = `Pool ${call.pool}: SecureMailMerge`;
  switch (call.status) {
    case 402:
      return {
        failure: 'no-seats',
        message: `${pool} has too few licenses left (402)${said}. How many of the request were assigned, if any, is not said.`,
        advice: `Buy licenses ${BUY_AT}, and set the pool's \`purchasedSeats\` to the new total: it is tried again then.`,
      };
    case 404:
      return {
        message:
          `${pool} does not find the subscription, or the key does not match it (404)${said}; it does not say which. ` +
          'Nothing was changed.',
        advice:
          "Compare the pool's `subscriptionType`, `subscriptionId` and `apiKey` with the tab “Assign licenses via API” of the " +
          'subscription on the licensing server. The owner may have regenerated the key there: the old one is worthless at once.',
      };
    case 400:
      return {
        message: `${pool} refused the request (400)${said}.`,
        advice: 'Look at the addresses that it names: it takes valid ones only, of 256 characters at most.',
      };
    default:
      return null;
  }
}
