// Listeners on the document or the window for as long as `root` is on the page. Streamlit calls a
// component at every change of its data, and its clean-up once, so they are added once and go by
// themselves.

function whileShown(root, target, events, options) {
  for (const [name, listener] of Object.entries(events)) {
    const guarded = (event) => (root.isConnected ? listener(event) : target.removeEventListener(name, guarded, options));
    target.addEventListener(name, guarded, options);
  }
}
