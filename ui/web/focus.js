// Where the focus goes after an action, as the page asks for it with a growing number.

function followFocus(wanted) {
  if (!wanted || window.imageDenoiserFocus === wanted.number) return;
  window.imageDenoiserFocus = wanted.number;
  focus(wanted.on, 20);
}

// The element may come with one of the next messages. It may be in another component's shadow.
function focus(selector, tries) {
  const [outer, inner] = selector.split(" >> ");
  const host = document.querySelector(outer);
  const target = inner ? host && find(host, inner) : host;
  if (target) target.focus({ preventScroll: true });
  else if (tries) setTimeout(() => focus(selector, tries - 1), 100);
}

function find(host, selector) {
  for (const element of host.querySelectorAll("*")) {
    const found = element.shadowRoot?.querySelector(selector);
    if (found) return found;
  }
  return null;
}
