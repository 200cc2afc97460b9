/** Sizes and times as the commands say them. */

export const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** In UTC: a backup may be restored elsewhere. */
export const inTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
