import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';
import { describeImage, NODE_PATH } from './image.ts';

describe('the image, with packages from the registry', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-image-'));
  describeImage(
    () => folder,
    () => NODE_PATH,
  );
});
