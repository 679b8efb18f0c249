/** Milliseconds of this process's own work that a task takes: what else the machine does meanwhile doesn't count. */
export function cpuTime(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
