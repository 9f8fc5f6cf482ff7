// The denoised picture at the strengths as they stand, as a PNG for the clipboard.

const ROWS = 256; // of the picture at a time: large ones would need much memory otherwise

async function pictureAsPng(viewer) {
  const [noisy, clean] = [".before .noisy img", ".colour img"].map((selector) => viewer.all(selector).at(-1));
  await Promise.all([noisy.decode(), clean.decode()]);
  const width = clean.naturalWidth, height = clean.naturalHeight; // of huge pictures the browser has half
  const sheet = new OffscreenCanvas(width, height), onto = sheet.getContext("2d");
  const strip = new OffscreenCanvas(width, ROWS).getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += ROWS) {
    const rows = Math.min(ROWS, height - top), [a, b] = [noisy, clean].map((image) => pixels(strip, image, top, rows, width, height));
    onto.putImageData(blend(a, b, viewer.state), 0, top);
  }
  return sheet.convertToBlob({ type: "image/png" });
}

function pixels(strip, image, top, rows, width, height) {
  strip.clearRect(0, 0, width, ROWS);
  strip.drawImage(image, 0, -top, width, height);
  return strip.getImageData(0, 0, width, rows);
}

// As helper.blend does it: brightness and colour of what was removed come back each by its share.
function blend(noisy, clean, { grain, colour }) {
  const a = noisy.data, b = clean.data, grainBack = 1 - grain / 100, colourBack = 1 - colour / 100;
  for (let i = 0; i < b.length; i += 4) {
    const red = a[i] - b[i], green = a[i + 1] - b[i + 1], blue = a[i + 2] - b[i + 2];
    const bright = 0.299 * red + 0.587 * green + 0.114 * blue, add = (grainBack - colourBack) * bright;
    b[i] += add + colourBack * red; // a clamped array rounds and clips
    b[i + 1] += add + colourBack * green;
    b[i + 2] += add + colourBack * blue;
  }
  return clean;
}
