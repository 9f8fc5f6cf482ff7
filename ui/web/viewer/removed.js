// The view of what is removed: middle grey, and the difference of the two pictures many times over.
// It is computed here, because layers mixed by the browser are rounded before they are amplified.

function drawRemoved(viewer) {
  const { root, state } = viewer, canvas = viewer.$(".difference");
  canvas.hidden = state.view !== "removed" || state.original || root.classList.contains("waiting");
  if (canvas.hidden) return;
  cancelAnimationFrame(viewer.drawing);
  viewer.drawing = requestAnimationFrame(() => computeRemoved(viewer, canvas));
}

function computeRemoved(viewer, canvas) {
  const pane = paneSize(viewer), width = Math.round(pane.width * density()), height = Math.round(pane.height * density());
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const noisy = visiblePixels(viewer, ".before .noisy img", width, height);
  const clean = visiblePixels(viewer, ".colour img", width, height);
  const a = noisy.data, b = blend(noisy, clean, viewer.state).data, { gain } = viewer.picture;
  for (let i = 0; i < b.length; i += 4) {
    for (let c = i; c < i + 3; c++) b[c] = 128 + gain * (a[c] - b[c]);
  }
  canvas.getContext("2d").putImageData(clean, 0, 0);
}

// What a sheet's images show in a pane, in device pixels; transparent around the picture.
function visiblePixels(viewer, selector, width, height) {
  const onto = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const { scale, left, top } = placeOf(viewer), zoom = zoomOf(viewer);
  const place = (at) => Math.round(at * density());
  onto.imageSmoothingEnabled = zoom < 2;
  onto.imageSmoothingQuality = "medium";
  for (const image of viewer.all(selector)) {
    if (!image.complete || !image.naturalWidth) continue;
    const [x, y, w, h] = ["left", "top", "width", "height"].map((side) => Number.parseFloat(image.style[side]) || 0);
    onto.drawImage(image, place(left) + x * zoom, place(top) + y * zoom, w * zoom, h * zoom);
  }
  return onto.getImageData(0, 0, width, height);
}
