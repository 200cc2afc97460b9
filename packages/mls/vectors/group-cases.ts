/** Cases of messages, welcome and the passive-client files. */
import { decode, encode, type Reader, type Writer } from '../src/codec.ts'
import { cryptoOf, decryptWith, encryptContext, keyPackageReference, verifyWithLabel } from '../src/crypto.ts'
import { noBytes, sameBytes } from '../src/bytes.ts'
import {
  epochAuthenticator,
  isRefusal,
  joinGroup,
  receive,
  type GroupState,
  type Judge,
  type Provider,
  type PskLookup,
} from '../src/index.ts'
import { encodePrivateKeys } from '../src/key-packages.ts'
import { confirmationTagOf, epochSecretOf, epochSecrets, welcomeKeys, welcomeSecretOf } from '../src/key-schedule.ts'
import { decodeTree, encodeTree } from '../src/ratchet-tree.ts'
import { decodeCommit, encodeCommit } from '../src/structures/commit.ts'
import { encodeGroupContext } from '../src/structures/group-context.ts'
import { decodeGroupInfo, groupInfoToBeSigned } from '../src/structures/group-info.ts'
import { decodeMlsMessage, encodeMlsMessage } from '../src/structures/mls-message.ts'
import { readProposal, writeProposal } from '../src/structures/proposal.ts'
import { decodeGroupSecrets, encodeGroupSecrets } from '../src/structures/welcome.ts'
import { belongsTo } from '../src/tree-kem.ts'
import { bytes, equal, must, privateKey } from './hex.ts'

type Hex = string
const zero = (c: { suite: { hashLength: number } }): Uint8Array => new Uint8Array(c.suite.hashLength)

/** Vectors carry no policy: everything that holds cryptographically is taken. */
const anyone: Judge = {
  credential: () => true,
  commit: () => true,
  nowS: 1_700_000_000,
  lifetimeMaxS: Number.POSITIVE_INFINITY,
}

const proposalNumbers: Record<string, number> = {
  add: 1,
  update: 2,
  remove: 3,
  pre_shared_key: 4,
  re_init: 5,
  external_init: 6,
  group_context_extensions: 7,
}

export async function messages(_: Provider, v: Record<string, Hex>): Promise<void> {
  for (const [name, value] of Object.entries(v)) {
    const given = bytes(value)
    equal(reencoded(name, given), value, name)
  }
}

function reencoded(name: string, given: Uint8Array): Uint8Array | undefined {
  if (name === 'ratchet_tree') return encodeTree(must(decodeTree(given), name))
  if (name === 'group_secrets') return encodeGroupSecrets(must(decodeGroupSecrets(given), name))
  if (name === 'commit') return encodeCommit(must(decodeCommit(given), name))
  if (name.endsWith('_proposal') && !name.startsWith('public')) {
    // The file holds the body of the proposal without its type.
    const number = proposalNumbers[name.slice(0, -'_proposal'.length)] ?? 0
    const typed = encode((w: Writer) => {
      w.u16(number)
      w.raw(given)
    })
    return encode((w) =>
      writeProposal(
        w,
        must(
          decode(typed, (r: Reader) => readProposal(r)),
          name,
        ),
      ),
    ).slice(2)
  }
  return encodeMlsMessage(must(decodeMlsMessage(given), name))
}

export async function welcome(
  provider: Provider,
  v: { cipher_suite: number } & Record<'init_priv' | 'signer_pub' | 'key_package' | 'welcome', Hex>,
): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  const keyPackage = must(decodeMlsMessage(bytes(v.key_package)), 'key_package')
  const message = must(decodeMlsMessage(bytes(v.welcome)), 'welcome')
  if (keyPackage.kind !== 'key-package' || message.kind !== 'welcome') throw new Error('kinds')
  const reference = await keyPackageReference(c, keyPackage.keyPackage.encoded)
  const entry = must(
    message.welcome.secrets.find((s) => sameBytes(s.newMember, reference)),
    'entry',
  )
  const info = await encryptContext(c, 'Welcome', message.welcome.encryptedGroupInfo)
  const keys = { publicKey: keyPackage.keyPackage.initKey, privateKey: privateKey(v.init_priv, v.cipher_suite) }
  const secrets = must(
    decodeGroupSecrets(must(await decryptWith(c, info, keys, entry.sealed), 'decrypt')),
    'group secrets',
  )
  const { key, nonce } = await welcomeKeys(c, await welcomeSecretOf(c, secrets.joinerSecret, zero(c)))
  const opened = must(
    await provider.open(c.suite.aead.name, key, nonce, noBytes, message.welcome.encryptedGroupInfo),
    'group info',
  )
  const groupInfo = must(decodeGroupInfo(opened), 'group info')
  equal(
    await verifyWithLabel(c, bytes(v.signer_pub), 'GroupInfoTBS', groupInfoToBeSigned(groupInfo), groupInfo.signature),
    true,
    'signature',
  )
  const epoch = await epochSecrets(
    c,
    await epochSecretOf(c, secrets.joinerSecret, zero(c), encodeGroupContext(groupInfo.context)),
  )
  equal(
    await confirmationTagOf(c, epoch.secrets.confirmationKey, groupInfo.context.confirmedTranscriptHash),
    groupInfo.confirmationTag,
    'confirmation tag',
  )
}

export type PassiveCase = {
  cipher_suite: number
  external_psks: { psk_id: Hex; psk: Hex }[]
  ratchet_tree: Hex | null
  epochs: { proposals: Hex[]; commit: Hex; epoch_authenticator: Hex }[]
} & Record<
  'key_package' | 'signature_priv' | 'encryption_priv' | 'init_priv' | 'welcome' | 'initial_epoch_authenticator',
  Hex
>

export async function passiveClient(provider: Provider, v: PassiveCase): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  const message = must(decodeMlsMessage(bytes(v.key_package)), 'key_package')
  if (message.kind !== 'key-package') throw new Error('not a key package')
  const { keyPackage } = message
  equal(await belongsTo(c, privateKey(v.init_priv, v.cipher_suite), keyPackage.initKey), true, 'init_priv')
  equal(
    await belongsTo(c, privateKey(v.encryption_priv, v.cipher_suite), keyPackage.leaf.encryptionKey),
    true,
    'encryption_priv',
  )
  const probe = must(
    await provider.sign(c.suite.signature, privateKey(v.signature_priv, v.cipher_suite), Uint8Array.of(1)),
    'signature',
  )
  equal(
    await provider.verify(c.suite.signature, keyPackage.leaf.signatureKey, Uint8Array.of(1), probe),
    true,
    'signature_priv',
  )
  const psk: PskLookup = (id) => {
    const found = id.kind === 'external' ? v.external_psks.find((p) => sameBytes(bytes(p.psk_id), id.id)) : undefined
    return found && bytes(found.psk)
  }
  const joined = await joinGroup({
    provider,
    welcome: bytes(v.welcome),
    keyPackage: keyPackage.encoded,
    privateKeys: encodePrivateKeys(
      privateKey(v.init_priv, v.cipher_suite),
      privateKey(v.encryption_priv, v.cipher_suite),
    ),
    signatureKeyPair: {
      publicKey: keyPackage.leaf.signatureKey,
      privateKey: privateKey(v.signature_priv, v.cipher_suite),
    },
    judge: anyone,
    psk,
    ...(v.ratchet_tree === null ? {} : { ratchetTree: bytes(v.ratchet_tree) }),
  })
  if (isRefusal(joined)) throw new Error(`join: ${joined.code} ${joined.reason}`)
  let { state } = joined
  equal(epochAuthenticator(state), v.initial_epoch_authenticator, 'initial_epoch_authenticator')
  for (const epoch of v.epochs) {
    for (const proposal of epoch.proposals) state = await follow(provider, state, bytes(proposal), psk)
    state = await follow(provider, state, bytes(epoch.commit), psk)
    equal(epochAuthenticator(state), epoch.epoch_authenticator, 'epoch_authenticator')
  }
}

async function follow(provider: Provider, state: GroupState, message: Uint8Array, psk: PskLookup): Promise<GroupState> {
  const received = await receive({ provider, state, message, judge: anyone, psk })
  if (isRefusal(received)) throw new Error(`${received.code} ${received.reason}`)
  return received.newState
}
