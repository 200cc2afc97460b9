/** The threats of a server that lies, steals or is stolen, which `npm run attack` answers one by one. */
export const attackIds: readonly string[] = [
  ...['T-01', 'T-02', 'T-03', 'T-10', 'T-12', 'T-13', 'T-14', 'T-15', 'T-16', 'T-18', 'T-28', 'T-40', 'T-41', 'T-42'],
  ...['T-43', 'T-46', 'T-50', 'T-60', 'T-61', 'T-62', 'T-63', 'T-66', 'T-67', 'T-75', 'T-80', 'T-85', 'T-86', 'T-87'],
  'T-89',
]
