// The keyboard: one key, one action, wherever in the viewer the focus is.

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ZOOMS = { 0: "fit", 1: 1, 2: 2, 4: 4 };

function listenToKeys(viewer) {
  const { root } = viewer;
  root.addEventListener("keydown", (event) => {
    const target = event.composedPath()[0];
    if (event.key === "Escape" && root.classList.contains("filling")) {
      event.stopPropagation(); // or the page takes it for Cancel
      event.preventDefault();
      return fillWindow(viewer);
    }
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input")) return undefined;
    if (onArrow(viewer, event, target) || onKey(viewer, event, target)) event.preventDefault();
    return undefined;
  });
  root.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") showOriginal(viewer, false);
  });
  root.addEventListener("focusout", () => showOriginal(viewer, false));
}

function onArrow(viewer, event, target) {
  const arrow = ARROWS[event.key], step = event.shiftKey ? 10 : 2;
  if (target === viewer.$(".divider")) {
    const ends = { Home: 0, End: 100 }[event.key];
    if (arrow) setSplit(viewer, viewer.state.split + (arrow[1] - arrow[0]) * step);
    else if (ends !== undefined) setSplit(viewer, ends);
    return Boolean(arrow) || ends !== undefined;
  }
  if (!arrow) return false;
  if (target.getAttribute("role") === "radio") {
    const buttons = viewer.all("[data-show]"), forward = arrow[0] + arrow[1] > 0 ? -1 : 1;
    const next = buttons.at((buttons.indexOf(target) + forward) % buttons.length);
    setView(viewer, next.dataset.show);
    next.focus();
    return true;
  }
  if (target === viewer.$(".stage")) moveBy(viewer, arrow[0] * 20 * step, arrow[1] * 20 * step);
  return target === viewer.$(".stage");
}

function onKey(viewer, event, target) {
  const holds = target === viewer.$(".hold") && event.key === "Enter";
  if (holds || (event.key === " " && (target === viewer.$(".stage") || target === viewer.$(".hold")))) showOriginal(viewer, true);
  else if (event.key === "+" || event.key === "=") zoomTo(viewer, zoomOf(viewer) * 1.25);
  else if (event.key === "-") zoomTo(viewer, zoomOf(viewer) * 0.8);
  else if (event.key === "f" && target === viewer.$(".stage")) toggleFull(viewer);
  else if (ZOOMS[event.key]) zoomTo(viewer, ZOOMS[event.key]);
  else return false;
  return true;
}
