import { describe } from 'vitest';
import { describeAssigning } from './contract/assigning.ts';
import { describeChangingTotal } from './contract/changing-total.ts';
import { describeReading } from './contract/reading.ts';
import type { ProviderSetup } from './contract/stage.ts';
import { describeTrouble } from './contract/trouble.ts';

/**
 * What every provider must do, over real HTTP against its stand-in. What a provider can't do by its capabilities is
 * left out; everything else it must pass as it stands. The stand-in's own log of effects is the judge.
 */
export function describeProvider(name: string, setup: ProviderSetup): void {
  describe(name, () => {
    describeReading(setup);
    describeAssigning(setup);
    describeChangingTotal(setup);
    describeTrouble(setup);
  });
}
