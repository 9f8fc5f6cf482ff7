// Mouse, pen and fingers on the picture: drag, wheel, pinch, double click, hold.

const HOLD_MS = 280;
const STILL = 5; // CSS pixels that a finger moves while it means to rest

function listenToGestures(viewer) {
  const stage = viewer.$(".stage");
  const touch = { fingers: new Map(), mode: "", timer: 0, start: null };
  stage.addEventListener("pointerdown", (event) => press(viewer, touch, event));
  stage.addEventListener("pointermove", (event) => drag(viewer, touch, event));
  for (const type of ["pointerup", "pointercancel"]) {
    stage.addEventListener(type, (event) => release(viewer, touch, event, type === "pointerup"));
  }
  stage.addEventListener("dblclick", (event) => {
    if (onDivider(viewer, event)) return;
    zoomTo(viewer, viewer.state.zoom === 1 ? "fit" : 1, pointIn(viewer, event));
    viewer.used();
  });
  stage.addEventListener("wheel", (event) => turn(viewer, event), { passive: false });
  // Or a phone takes two fingers that move down for a scroll.
  stage.addEventListener("touchmove", (event) => { if (event.touches.length > 1 && event.cancelable) event.preventDefault(); }, { passive: false });
  stage.addEventListener("contextmenu", (event) => { if (touch.fingers.size) event.preventDefault(); });
}

const onDivider = (viewer, event) => event.composedPath().includes(viewer.$(".divider"));

// Where in its pane an event happened; the panes show the same, so which one does not matter.
function pointIn(viewer, { clientX, clientY }) {
  const boxes = viewer.all(".pane").filter((pane) => pane.clientWidth).map((pane) => pane.getBoundingClientRect());
  const inside = (box) => clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
  const box = boxes.find(inside) ?? boxes.at(-1);
  return { x: clientX - box.left, y: clientY - box.top };
}

function turn(viewer, event) {
  const lines = event.deltaMode === 1 ? 20 : 1, pinch = event.ctrlKey ? 4 : 1; // a touchpad's pinch has small steps
  const factor = Math.exp(-clamp(event.deltaY * lines * pinch, -150, 150) * 0.002);
  if (factor < 1 && viewer.state.zoom === "fit" && !event.ctrlKey) return; // nothing to zoom out: the page scrolls
  event.preventDefault();
  const next = zoomOf(viewer) * factor;
  zoomTo(viewer, next <= fitZoom(viewer) ? "fit" : next, pointIn(viewer, event));
  viewer.used();
}

function press(viewer, touch, event) {
  if (event.button) return;
  const { fingers } = touch, divider = onDivider(viewer, event);
  fingers.set(event.pointerId, event);
  clearTimeout(touch.timer);
  touch.start = event;
  touch.mode = fingers.size > 1 ? "pinch" : divider ? "split" : "still";
  if (fingers.size > 1) showOriginal(viewer, false);
  if (divider) event.preventDefault();
  if (divider || event.pointerType === "mouse" || isWider(viewer)) viewer.$(".stage").setPointerCapture(event.pointerId);
  if (touch.mode === "still") {
    touch.timer = setTimeout(() => { touch.mode = "hold"; showOriginal(viewer, true); }, HOLD_MS);
  }
}

function drag(viewer, touch, event) {
  const last = touch.fingers.get(event.pointerId);
  if (!last) return;
  if (touch.mode === "pinch") return pinch(viewer, touch, event);
  if (touch.mode === "still" && Math.hypot(event.clientX - touch.start.clientX, event.clientY - touch.start.clientY) > STILL) {
    clearTimeout(touch.timer);
    touch.mode = isWider(viewer) ? "move" : viewer.state.view === "slide" ? "split" : "idle";
    viewer.root.classList.toggle("moving", touch.mode === "move");
  }
  if (touch.mode === "still" || touch.mode === "hold") return;
  touch.fingers.set(event.pointerId, event);
  if (touch.mode === "split") follow(viewer, event);
  else if (touch.mode === "move") moveBy(viewer, event.clientX - last.clientX, event.clientY - last.clientY);
}

function pinch(viewer, touch, event) {
  const before = span(touch.fingers);
  touch.fingers.set(event.pointerId, event);
  const after = span(touch.fingers);
  if (!before || !after) return;
  const next = (zoomOf(viewer) * after.length) / before.length;
  zoomTo(viewer, next <= fitZoom(viewer) ? "fit" : next, pointIn(viewer, before));
  moveBy(viewer, after.clientX - before.clientX, after.clientY - before.clientY);
  viewer.used();
}

function span(fingers) {
  const [a, b] = [...fingers.values()];
  if (!b) return null;
  const length = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1;
  return { length, clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
}

function release(viewer, touch, event, done) {
  clearTimeout(touch.timer);
  const clicked = done && touch.mode === "still" && touch.fingers.size === 1;
  touch.fingers.delete(event.pointerId);
  if (touch.mode === "move") viewer.used();
  touch.mode = touch.fingers.size > 1 ? "pinch" : touch.fingers.size ? "move" : "";
  viewer.root.classList.remove("moving");
  showOriginal(viewer, false);
  if (clicked && viewer.state.view === "slide" && !isWider(viewer)) follow(viewer, event);
}

function follow(viewer, event) {
  const box = viewer.$(".after").getBoundingClientRect();
  setSplit(viewer, ((event.clientX - box.left) / box.width) * 100);
}

function setSplit(viewer, split) {
  viewer.state.split = clamp(split, 0, 100);
  viewer.draw();
}
