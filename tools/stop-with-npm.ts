/**
 * Loaded before the server by `npm start`. npm hands a signal to the shell between them and not to the server, which
 * would then run on alone with the port and the data. So it stops, as by Ctrl-C, when that shell is gone.
 */
const shell = process.ppid
const watch = setInterval(() => {
  if (process.ppid === shell) return
  clearInterval(watch)
  process.kill(process.pid, 'SIGTERM')
}, 500)
watch.unref()
