/** Shown where a browser would not give Halyard what it needs: self-contained, and nothing but words. */
export const insecurePage = (publicUrl: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Halyard</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem }
code { font-size: 0.95em }
</style>
</head>
<body>
<h1>Not at this address</h1>
<p>Browsers keep keys and messages only for pages that come over a secure connection, and this address is not one. Halyard therefore does not open here.</p>
<p>This server is reached at <code>${escape(publicUrl)}</code>, which works on the computer it runs on only.</p>
<p>To let others in, the operator starts it with a name and a certificate: <code>--url https://chat.example.org --tls-cert FILE --tls-key FILE</code>, or <code>--trust-proxy</code> behind a reverse proxy. That is decided before the first account is made.</p>
</body>
</html>
`
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
