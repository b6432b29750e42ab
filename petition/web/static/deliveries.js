// Renews the counts and rows of the delivery log every ten seconds: <div id="live" data-live="URL">.
// What has the focus keeps it, and so does what is ticked; while the page is hidden nothing is asked. Without the script, or
// once it is refused, the page shows what it had.
(() => {
  const box = document.getElementById("live");
  const SECONDS = 10;
  const keepFocus = (change) => {
    const name = (one) => one.getAttribute("href") ?? one.value;
    const held = box.contains(document.activeElement) ? name(document.activeElement) : null;
    const ticks = () => [...box.querySelectorAll("input[name=tick]")];
    const ticked = new Map(ticks().map((one) => [one.value, one.checked]));
    change();
    ticks().forEach((one) => { one.checked = ticked.get(one.value) ?? one.checked; });
    const again = held === null ? null : [...box.querySelectorAll("a, input")].find((one) => name(one) === held);
    if (again) again.focus({ preventScroll: true });
  };
  const ask = async () => {
    if (document.hidden) return true;
    const answer = await fetch(box.dataset.live, { redirect: "error" });
    if (answer.status >= 500) return true;
    if (!answer.ok) return false;
    const shown = await answer.text();
    if (!getSelection().toString()) keepFocus(() => { box.innerHTML = shown; });
    return true;
  };
  const again = () => setTimeout(() => ask().then((go) => { if (go) again(); }, again), SECONDS * 1000);
  again();
})();
