// Shows how far an import is, and loads its page again once it has ended.
(() => {
  const shown = document.getElementById("progress");
  const bar = shown.querySelector("progress");
  const words = shown.querySelector("span");
  const state = shown.dataset.state;
  const read = async () => {
    const answer = await fetch(shown.dataset.progress, { redirect: "error" });
    if (!answer.ok) return;
    const found = await answer.json();
    if (found.state !== state) {
      location.reload();
      return;
    }
    bar.max = Math.max(found.rows, 1);
    if (state === "running") bar.value = found.told_rows;
    words.textContent = found.words;
    setTimeout(again, 2000);
  };
  const again = () => read().catch(() => setTimeout(again, 10000));
  setTimeout(again, 1000);
})();
