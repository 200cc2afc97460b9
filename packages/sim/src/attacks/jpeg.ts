/** JPEGs as an attacker, or a browser, writes them: whole in their structure, of no particular image. */
export interface Jpeg {
  readonly width?: number
  readonly height?: number
  readonly components?: number
  readonly sampling?: number
  /** 0xc0 baseline, 0xc2 progressive. */
  readonly frame?: number
  readonly frames?: number
  /** Segments between the start and the frame: kind and body. */
  readonly beside?: readonly (readonly [kind: number, body: readonly number[]])[]
  readonly scan?: readonly number[]
  readonly after?: readonly number[]
}

export const jpeg = (shade: number, made: Jpeg = {}): Uint8Array => {
  const { width = 128, height = 128, components = 3, sampling = 0x22, frame = 0xc0, frames = 1 } = made
  const each = Array.from({ length: components }, (_, index) => index + 1)
  const parts = each.flatMap((id) => [id, id === 1 ? sampling : 0x11, 0])
  const size = [8, height >> 8, height & 255, width >> 8, width & 255, components, ...parts]
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...(made.beside ?? []).flatMap(([kind, body]) => segment(kind, body)),
    ...segment(0xdb, [0, ...new Array<number>(64).fill(shade)]),
    ...new Array<number[]>(frames).fill(segment(frame, size)).flat(),
    ...segment(0xc4, [0, ...new Array<number>(16).fill(0)]),
    ...segment(0xda, [components, ...each.flatMap((id) => [id, 0]), 0, 63, 0]),
    ...(made.scan ?? [1, 2, 0xff, 0, 0xff, 0xd0, shade]),
    ...[0xff, 0xd9],
    ...(made.after ?? []),
  ])
}

const segment = (kind: number, body: readonly number[]): number[] => {
  const length = body.length + 2
  return [0xff, kind, length >> 8, length & 255, ...body]
}
