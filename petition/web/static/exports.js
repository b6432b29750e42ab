// Shows how far an export is, and loads its page again once it is ready.
(() => {
  const shown = document.getElementById("progress");
  const bar = shown.querySelector("progress");
  const words = shown.querySelector("span");
  const read = async () => {
    const answer = await fetch(shown.dataset.progress, { redirect: "error" });
    if (!answer.ok) return;
    const found = await answer.json();
    if (found.state !== "preparing") {
      location.reload();
      return;
    }
    if (found.total !== null) {
      bar.max = Math.max(found.total, 1);
      bar.value = found.counted;
      words.textContent = `${found.counted.toLocaleString("en-US")} of ${found.total.toLocaleString("en-US")} people`;
    }
    setTimeout(again, 2000);
  };
  const again = () => read().catch(() => setTimeout(again, 10000));
  setTimeout(again, 1000);
})();
