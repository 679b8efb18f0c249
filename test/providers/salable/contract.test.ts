import { describeProvider } from '../contract.ts';
import { KEY, OURS, openSalable } from './stage.ts';

describeProvider('Salable', {
  open: async ({ total, assigned = [], refused = [], badLine, key = KEY, limits }) => {
    const { sandbox, provider } = await openSalable(
      {
        subscriptions: [
          // Licenses of another subscription and canceled ones must never be counted or touched.
          { seats: 2, assigned: ['someone@elsewhere.example'] },
          { uuid: OURS, seats: total, assigned: [...assigned], canceled: ['long-gone@school.example', null] },
        ],
        settings: {
          events: { after: 'manual' },
          refusedGrantees: [...refused],
          batchRefusal: badLine === 'refuses-all' ? 'all' : 'partial',
          listOrder: 'scattered',
        },
      },
      { apiKey: key },
      limits ? { limits } : {},
    );
    const ours = () => {
      const found = sandbox.salable.report().subscriptions.find(({ uuid }) => uuid === OURS);
      if (found === undefined) throw new Error('the subscription is gone');
      return found;
    };
    return {
      provider,
      sandbox,
      truth: () => ({ total: ours().quantity, assigned: ours().assigned.toSorted(), free: ours().free }),
      edit: (edit) => void sandbox.salable.edit({ subscription: OURS, ...edit }),
      settle: () => void sandbox.salable.settle(),
    };
  },
  reads: [
    { method: 'GET', path: '/subscriptions/*' },
    { method: 'GET', path: '/licenses' },
    { method: 'GET', path: '/licenses/count' },
    { method: 'GET', path: '/plans/*' },
  ],
  assigns: { method: 'PUT', path: '/licenses' },
  unassigns: { method: 'PUT', path: '/licenses' },
  buys: { method: 'POST', path: '/subscriptions/*/seats' },
  givesBack: { method: 'PUT', path: '/subscriptions/*/seats' },
  secrets: [KEY],
  grantee: (n) => `teacher${n}@school.example`,
  respelled: (grantee) => `\u200b${grantee.toUpperCase()}\u00a0`,
});
