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
  $(".small").textContent = $(".small").title = data.small;
  const percent = Math.round(100 * (data.part ?? 0));
  $(".done").style.width = `${percent}%`;
  $(".track").setAttribute("aria-valuenow", percent);
  $(".track").setAttribute("aria-valuetext", data.text);
  if (data.title) document.title = working && percent ? `${percent} % · ${data.title}` : data.title;
  if ($(".say").textContent !== data.say) $(".say").textContent = data.say;
  followFocus(data.focus);
}
