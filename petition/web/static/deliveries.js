// Renews the counts and rows of the delivery log every ten seconds: <div id="live" data-live="URL">.
// What has the focus keeps it; while the page is hidden nothing is asked. Without the script, or
// once it is refused, the page shows what it had.
(() => {
  const box = document.getElementById("live");
  const SECONDS = 10;
  const keepFocus = (change) => {
    const held = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    change();
    if (held === null) return;
    const again = [...box.querySelectorAll("a")].find((link) => link.getAttribute("href") === held);
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
