import { limits } from '@halyard/protocol'

/**
 * The middle square of an image file, drawn anew as small as a group's picture is; undefined when the browser reads no
 * image in it. What else stood in the file (where it was taken, with what) is not in what comes of it.
 */
export const readPicture = async (file: Blob): Promise<Uint8Array | undefined> => {
  const image = await createImageBitmap(file).catch(() => undefined)
  if (image === undefined) return undefined
  const side = limits.pictureSide
  const canvas = new OffscreenCanvas(side, side)
  const context = canvas.getContext('2d', { alpha: false })
  if (context === null) return undefined
  const taken = Math.min(image.width, image.height)
  const [left, top] = [(image.width - taken) / 2, (image.height - taken) / 2]
  context.fillStyle = '#fff'
  context.fillRect(0, 0, side, side)
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, left, top, taken, taken, 0, 0, side, side)
  image.close()
  for (const quality of qualities) {
    const drawn = await canvas.convertToBlob({ type: 'image/jpeg', quality })
    if (drawn.size <= limits.pictureMaxBytes) return new Uint8Array(await drawn.arrayBuffer())
  }
  return undefined
}
/** As good as there is room for: noise alone needs the last. */
const qualities = [0.9, 0.8, 0.65, 0.5, 0.3, 0.1]
