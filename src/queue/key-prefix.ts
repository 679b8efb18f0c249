/** All keys begin with it. The hash tag keeps them in one slot, so that a cluster serves too. */
export const KEY_PREFIX = '{cohort-sync}';
