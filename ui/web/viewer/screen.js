// The viewer's height on the page, and the whole screen.

// In a shadow root document.fullscreenElement is the host; the root knows the element itself.
const isFull = (viewer) => viewer.root.getRootNode().fullscreenElement === viewer.root || viewer.root.classList.contains("filling");

function toggleFull(viewer) {
  const { root } = viewer;
  if (root.getRootNode().fullscreenElement === root) document.exitFullscreen();
  else if (root.requestFullscreen && !root.classList.contains("filling")) root.requestFullscreen().catch(() => fillWindow(viewer));
  else fillWindow(viewer); // phones that let only videos have the screen
}

function fillWindow(viewer) {
  viewer.root.classList.toggle("filling");
  viewer.screenChanged();
}

// The window's height, less what is above the picture and the bar that stays below it.
function stageHeight(viewer) {
  const { root } = viewer, stage = viewer.$(".stage");
  const box = stage.getBoundingClientRect(), below = viewer.$(".frame").getBoundingClientRect().bottom - box.bottom;
  if (isFull(viewer)) return innerHeight - (box.top - root.getBoundingClientRect().top) - below - 8;
  const page = document.querySelector('[data-testid="stMain"]');
  const top = box.top + (page?.scrollTop ?? scrollY);
  const bar = document.querySelector(".st-key-bar")?.offsetHeight ?? 0;
  const room = Math.max(innerHeight - top - below - bar - 20, 220);
  return viewer.picture.fixed ? Math.min(600, innerHeight * 0.6) : room;
}

function listenToScreen(viewer) {
  const button = viewer.$(".full");
  button.onclick = () => toggleFull(viewer);
  viewer.screenChanged = () => {
    const full = isFull(viewer);
    button.setAttribute("aria-pressed", full);
    button.setAttribute("aria-label", full ? "Leave full screen" : "Full screen");
    button.title = button.getAttribute("aria-label");
    viewer.draw();
  };
  whileShown(viewer.root, document, { fullscreenchange: viewer.screenChanged });
  whileShown(viewer.root, window, { resize: viewer.draw });
}
