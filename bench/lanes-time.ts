/** The lanes' time in the benchmark `lanes`: nothing else falls due at it. */
export const lanesTime = new Date('2026-06-15T12:00:00.000Z');
