import './ui/tokens.css'
import './ui/base.css'
import { Component } from 'react'
import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { Insecure, OldBrowser, Stopped } from './stop/stopped.tsx'
import { ClientProvider } from './ui/client.tsx'
import type { PageClient } from './ui/client.tsx'
import type { Landing } from './ui/landing.ts'
import { missingSupport } from './ui/support.ts'
import { followLook } from './ui/ui-store.ts'

/** Draws the page. `connect` is called only where Halyard can run: in a secure context and a browser that has all it needs. */
export const start = (root: HTMLElement, landing: Landing, connect: () => PageClient): void => {
  followLook(document.documentElement)
  const screen = createRoot(root)
  if (!isSecureContext) return screen.render(<Insecure />)
  const missing = missingSupport()
  if (missing.length > 0) return screen.render(<OldBrowser missing={missing} />)
  const api = connect()
  screen.render(
    <Boundary>
      <ClientProvider api={api}>
        <App landing={landing} />
      </ClientProvider>
    </Boundary>,
  )
}

/** A fault of the screen unmounts all of it; a part of an older version that cannot be fetched any more is a new version. */
class Boundary extends Component<
  { readonly children: ReactNode },
  { readonly fault: 'none' | 'fault' | 'new-version' }
> {
  override state = { fault: 'none' } as const satisfies { readonly fault: 'none' }
  static getDerivedStateFromError(error: unknown): { readonly fault: 'fault' | 'new-version' } {
    const missingPart = error instanceof TypeError && /import|module|fetch/i.test(error.message)
    return { fault: missingPart ? 'new-version' : 'fault' }
  }
  override render(): ReactNode {
    const { fault } = this.state as { readonly fault: 'none' | 'fault' | 'new-version' }
    return fault === 'none' ? this.props.children : <Stopped reason={fault} />
  }
}
