import { messageOf } from '../errors.ts';
import { NotifyError } from './send.ts';

/** How long a monitor may take (milliseconds). */
const TIMEOUT = 10_000;

/** Tells a monitor that all is well. Redirects are errors. @throws NotifyError, never with the URL, which is a secret. */
export async function beatHeart(url: string, signal: AbortSignal): Promise<void> {
  const failed = (problem: string) =>
    new NotifyError(`the heartbeat did not get through: ${problem}`, 'Check heartbeat.url.');
  let status: number;
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
    status = response.status;
    await response.body?.cancel();
  } catch (cause) {
    throw failed(messageOf(cause).replaceAll(url, '(url)'));
  }
  if (status >= 400) throw failed(`it answered ${status}`);
}
