// Where the picture lies in a pane. Lengths are CSS pixels; a zoom of 1 is one image pixel to one
// device pixel, so on a sharp screen 100 % is smaller than an image pixel to a CSS pixel.

const MOST = 32;
const density = () => window.devicePixelRatio || 1;
const onDevice = (length) => Math.round(length * density()) / density();
const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

function paneSize(viewer) {
  const pane = viewer.$(".after");
  return { width: pane.clientWidth || 1, height: pane.clientHeight || 1 };
}

function fitZoom(viewer) {
  const { width, height } = paneSize(viewer);
  return Math.min(width / viewer.picture.width, height / viewer.picture.height) * density();
}

const isThere = ({ picture }) => Boolean(picture.noisy || picture.clean || picture.patches?.length);
const allowed = (zoom, fit) => clamp(zoom, Math.min(fit, 1), Math.max(fit, MOST)); // a tiny picture fits above MOST
const zoomOf = (viewer) => { // kept from a larger picture it may be too small for this one
  const { zoom } = viewer.state, fit = fitZoom(viewer);
  return zoom === "fit" ? fit : allowed(zoom, fit);
};
const scaleOf = (viewer) => zoomOf(viewer) / density();

function isWider(viewer) {
  const { width, height } = paneSize(viewer), scale = scaleOf(viewer);
  return viewer.picture.width * scale > width + 1 || viewer.picture.height * scale > height + 1;
}

// The picture's left and top edge in a pane.
function placeOf(viewer) {
  const { width, height } = paneSize(viewer), scale = scaleOf(viewer), { picture, state } = viewer;
  const whole = !isWider(viewer);
  return {
    scale,
    left: width / 2 - (whole ? 0.5 : state.x) * picture.width * scale,
    top: height / 2 - (whole ? 0.5 : state.y) * picture.height * scale,
  };
}

// The pane's middle stays on the picture. Closer bounds would move what is under the pointer.
function keepInside(viewer) {
  if (viewer.root.clientWidth === 0) return; // in a hidden tab
  for (const axis of ["x", "y"]) viewer.state[axis] = clamp(viewer.state[axis], 0, 1);
}

// What is under `point` of a pane stays there. point: {x, y} in the pane; the middle by default.
function zoomTo(viewer, zoom, point) {
  if (!isThere(viewer)) return;
  const { state, picture } = viewer, pane = paneSize(viewer), before = placeOf(viewer);
  const at = point ?? { x: pane.width / 2, y: pane.height / 2 };
  const x = (at.x - before.left) / before.scale, y = (at.y - before.top) / before.scale;
  const fit = fitZoom(viewer), next = zoom === "fit" ? fit : allowed(zoom, fit);
  state.zoom = Math.abs(next / fit - 1) < 0.01 && next !== 1 ? "fit" : next;
  const scale = scaleOf(viewer);
  state.x = x / picture.width + (pane.width / 2 - at.x) / (picture.width * scale);
  state.y = y / picture.height + (pane.height / 2 - at.y) / (picture.height * scale);
  viewer.draw();
}

function moveBy(viewer, dx, dy) {
  const scale = scaleOf(viewer);
  viewer.state.x -= dx / (viewer.picture.width * scale);
  viewer.state.y -= dy / (viewer.picture.height * scale);
  viewer.draw();
}

// The part of the picture that can be seen: [left, top, right, bottom] in image pixels.
function visiblePart(viewer) {
  const { scale, left, top } = placeOf(viewer), pane = paneSize(viewer), { width, height } = viewer.picture;
  const part = [-left / scale, -top / scale, (pane.width - left) / scale, (pane.height - top) / scale];
  return part.map((at, index) => Math.round(clamp(at, 0, index % 2 ? height : width)));
}
