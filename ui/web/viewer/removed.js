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
  const { width, height } = fitCanvas(canvas);
  const noisy = visiblePixels(viewer, ".before .noisy img", width, height);
  const clean = visiblePixels(viewer, ".colour img", width, height);
  const a = noisy.data, b = blend(noisy, clean, viewer.state).data, { gain } = viewer.picture;
  for (let i = 0; i < b.length; i += 4) {
    for (let c = i; c < i + 3; c++) b[c] = 128 + gain * (a[c] - b[c]);
    if (!a[i + 3]) b[i + 3] = 0; // the original has not come yet
  }
  canvas.getContext("2d").putImageData(clean, 0, 0);
}

// Over its pane, and on whole device pixels as the layers are.
function fitCanvas(canvas) {
  const box = canvas.parentElement.getBoundingClientRect();
  const [width, height] = [box.width, box.height].map((side) => Math.max(1, Math.ceil(side * density())));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  Object.assign(canvas.style, {
    left: `${onDevice(box.left) - box.left}px`, top: `${onDevice(box.top) - box.top}px`,
    width: `${width / density()}px`, height: `${height / density()}px`,
  });
  return canvas;
}

// What a sheet's images show in a pane, in device pixels; transparent elsewhere.
function visiblePixels(viewer, selector, width, height) {
  const sheet = ((viewer.canvases ??= {})[selector] ??= new OffscreenCanvas(width, height));
  if (sheet.width !== width || sheet.height !== height) Object.assign(sheet, { width, height });
  const onto = sheet.getContext("2d", { willReadFrequently: true });
  const { left, top } = placeOf(viewer), zoom = zoomOf(viewer);
  const place = (at) => Math.round(at * density());
  onto.clearRect(0, 0, width, height);
  onto.imageSmoothingEnabled = zoom < 2;
  onto.imageSmoothingQuality = "medium";
  for (const image of viewer.all(selector)) {
    const [x, y, w, h] = ["left", "top", "width", "height"].map((side) => Number.parseFloat(image.style[side]) || 0);
    const preview = viewer.picture.after === "Preview" && image.naturalWidth < w; // the detail it lacks is no noise
    if (!image.complete || !image.naturalWidth || preview) continue;
    onto.drawImage(image, place(left) + x * zoom, place(top) + y * zoom, w * zoom, h * zoom);
  }
  return onto.getImageData(0, 0, width, height);
}
