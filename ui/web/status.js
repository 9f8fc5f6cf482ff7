// One line about the work: a bar or a sentence. Also what follows from it elsewhere: the tab's
// title, what a screen reader says, and where the focus goes.

export default function ({ data, parentElement }) {
  const $ = (selector) => parentElement.querySelector(selector);
  const working = data.part !== null;
  $(".status").classList.toggle("bad", data.bad);
  $(".text").textContent = data.text;
  $(".text").title = data.text;
  $(".track").hidden = !working;
  $(".small").hidden = working || !data.small;
  $(".small").textContent = data.small;
  const percent = Math.round(100 * (data.part ?? 0));
  $(".done").style.width = `${percent}%`;
  $(".track").setAttribute("aria-valuenow", percent);
  $(".track").setAttribute("aria-valuetext", data.text);
  if (data.title) document.title = working && percent ? `${percent} % · ${data.title}` : data.title;
  if ($(".say").textContent !== data.say) $(".say").textContent = data.say;
  if (data.focus && window.imageDenoiserFocus !== data.focus.number) {
    window.imageDenoiserFocus = data.focus.number;
    focus(data.focus.on, 20);
  }
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
