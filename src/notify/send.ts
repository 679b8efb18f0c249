import { CohortSyncError, messageOf } from '../errors.ts';
import { bodyOf, type Notice } from './message.ts';

/** How long a webhook may take (milliseconds). */
const TIMEOUT = 10_000;

export interface Receiver {
  readonly url: string;
  readonly format: 'slack' | 'json';
}

/** A webhook did not take a notification. Never carries its address, which is a secret. */
export class NotifyError extends CohortSyncError {}

/** Sends one notification to one receiver. Redirects are errors. @throws NotifyError */
export async function sendNotice(receiver: Receiver, notice: Notice, signal: AbortSignal): Promise<void> {
  const failed = (problem: string) =>
    new NotifyError(
      `a webhook did not take the notification on ${notice.pool}: ${problem}`,
      'Check notify.url.',
    );
  let status: number;
  try {
    const response = await fetch(receiver.url, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(notice, receiver.format)),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
    status = response.status;
    await response.body?.cancel();
  } catch (cause) {
    throw failed(messageOf(cause).replaceAll(receiver.url, '(url)'));
  }
  if (status < 200 || status > 299) throw failed(`it answered ${status}`);
}
