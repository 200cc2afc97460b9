/** MLSMessage (RFC 9420 §6): the outermost frame of everything that travels. */
import { decode, encode, type Writer } from '../codec.ts'
import {
  readPrivateMessage,
  readPublicMessage,
  wireFormats,
  writePrivateMessage,
  writePublicMessage,
  type PrivateMessage,
  type PublicMessage,
} from './framing.ts'
import { readGroupInfo, writeGroupInfo, type GroupInfo } from './group-info.ts'
import { mls10, readKeyPackageFrom, writeKeyPackage, type KeyPackage } from './key-package.ts'
import { readWelcome, writeWelcome, type Welcome } from './welcome.ts'

export type MlsMessage =
  | { readonly kind: 'public'; readonly message: PublicMessage }
  | { readonly kind: 'private'; readonly message: PrivateMessage }
  | { readonly kind: 'welcome'; readonly welcome: Welcome }
  | { readonly kind: 'group-info'; readonly groupInfo: GroupInfo }
  | { readonly kind: 'key-package'; readonly keyPackage: KeyPackage }

export function encodeMlsMessage(message: MlsMessage): Uint8Array {
  return encode((w) => {
    w.u16(mls10)
    writeBody(w, message)
  }, 1024)
}

function writeBody(w: Writer, message: MlsMessage): void {
  switch (message.kind) {
    case 'public':
      w.u16(wireFormats.publicMessage)
      writePublicMessage(w, message.message)
      break
    case 'private':
      w.u16(wireFormats.privateMessage)
      writePrivateMessage(w, message.message)
      break
    case 'welcome':
      w.u16(wireFormats.welcome)
      writeWelcome(w, message.welcome)
      break
    case 'group-info':
      w.u16(wireFormats.groupInfo)
      writeGroupInfo(w, message.groupInfo)
      break
    case 'key-package':
      w.u16(wireFormats.keyPackage)
      writeKeyPackage(w, message.keyPackage)
      break
  }
}

/** `undefined`: not one whole MLSMessage of version mls10. */
export function decodeMlsMessage(bytes: Uint8Array): MlsMessage | undefined {
  return decode<MlsMessage | undefined>(bytes, (r) => {
    if (r.u16() !== mls10) r.fail()
    switch (r.u16()) {
      case wireFormats.publicMessage:
        return { kind: 'public', message: readPublicMessage(r) }
      case wireFormats.privateMessage:
        return { kind: 'private', message: readPrivateMessage(r) }
      case wireFormats.welcome:
        return { kind: 'welcome', welcome: readWelcome(r) }
      case wireFormats.groupInfo:
        return { kind: 'group-info', groupInfo: readGroupInfo(r) }
      case wireFormats.keyPackage: {
        const keyPackage = readKeyPackageFrom(r)
        if (keyPackage.version !== mls10) r.fail() // §10: the same version as the frame's
        return { kind: 'key-package', keyPackage }
      }
      default:
        r.fail()
        return undefined
    }
  })
}
