import { defineConfig } from 'vitest/config';

/** `npm run test:image`: takes the packages from the registry, so that it is apart from the other tests. */
export default defineConfig({
  test: { include: ['test/build/image.check.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
});
