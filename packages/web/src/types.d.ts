declare module '*.module.css' {
  const classes: { readonly [name: string]: string }
  export default classes
}
declare module '*.css' {}
declare module '*?worker&url' {
  const url: string
  export default url
}
/** Set by the build of the service worker: what it keeps, and a hash over it. */
declare const halyardAssets: readonly string[]
declare const halyardVersion: string
interface ImportMeta {
  readonly env: { readonly DEV: boolean; readonly PROD: boolean; readonly MODE: string }
}
