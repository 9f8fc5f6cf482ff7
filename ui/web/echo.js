// What a script sends to the page comes back with the data later, when a slider may have moved on.

// Whether `given` is news from the page, not an echo of what `holder.sent` lists.
function isNews(holder, given) {
  const echo = holder.sent?.lastIndexOf(given) ?? -1, news = echo < 0 && holder.given !== given;
  if (echo >= 0) holder.sent.splice(0, echo + 1);
  holder.given = given;
  return news;
}
